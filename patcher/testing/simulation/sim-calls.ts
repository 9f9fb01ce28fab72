import { constants } from 'node:fs';
import path from 'node:path';
import { DESCRIPTOR_MIN, type OpenMode, type SimDisk, type SimFlush } from './sim-disk.ts';
import { simError } from './sim-errno.ts';
import { simEntry, simStats } from './sim-stats.ts';

/** Asked before every call that reaches a disk; throws what shall go wrong. */
export type SimHook = (call: SimCall) => void;

export interface SimCall {
  readonly name: string;
  readonly path: string;
  /** True when it changes what is on the disk. */
  readonly changes: boolean;
  readonly disk: SimDisk;
  /** Of an fsync that ends. */
  readonly flush?: SimFlush;
}

/** An fsync under way: what it takes, and its end. */
export interface SimFsync {
  readonly ms: number;
  readonly end: () => void;
}

interface MakeFolderOptions {
  readonly recursive?: boolean;
  readonly mode?: number;
}

interface RemoveOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

interface ListOptions {
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
  readonly encoding?: 'buffer' | BufferEncoding;
}

type Encoding = string | { readonly encoding?: string | null; readonly flag?: string } | null | undefined;
interface WriteOptions {
  readonly flag?: string | number;
  readonly mode?: number;
}

/** Node's file calls, answered by simulated disks; each does what the real one does, in the same small steps. */
export class SimCalls {
  readonly #disks: readonly SimDisk[];
  readonly #hook: SimHook;
  readonly #wait: (ms: number) => void;

  /** @param wait Lets so much time go by. */
  constructor(disks: readonly SimDisk[], hook: SimHook, wait: (ms: number) => void) {
    this.#disks = disks;
    this.#hook = hook;
    this.#wait = wait;
  }

  /** True for a path or descriptor of a simulated disk. */
  owns(at: unknown): boolean {
    if (typeof at === 'number') return at >= DESCRIPTOR_MIN;
    return typeof at === 'string' && this.#find(at) !== undefined;
  }

  access(at: string, mode = 0): void {
    const node = this.#do('access', at, false).find(at, { syscall: 'access' });
    const wanted = (mode & 7) << 6;
    if ((node.mode & wanted) !== wanted) throw simError('EACCES', 'access', at);
  }

  chmod(at: string, mode: number): void {
    this.#do('chmod', at, true).find(at, { syscall: 'chmod' }).mode = mode & 0o7777;
  }

  close(descriptor: number): void {
    const { disk } = this.#of(descriptor);
    disk.close(descriptor);
  }

  copyFile(from: string, to: string, mode = 0): void {
    if ((mode & constants.COPYFILE_FICLONE_FORCE) !== 0) throw simError('ENOTSUP', 'copyfile', from);
    const bytes = this.readFile(from) as Uint8Array;
    this.writeFile(to, bytes, { flag: (mode & constants.COPYFILE_EXCL) === 0 ? 'w' : 'wx' });
    this.chmod(to, this.#disk(from).find(from).mode);
  }

  fchmod(descriptor: number, mode: number): void {
    this.#doAt('fchmod', descriptor, true).nodeAt(descriptor).mode = mode & 0o7777;
  }

  fstat(descriptor: number, options?: { bigint?: boolean }): object {
    const disk = this.#doAt('fstat', descriptor, false);
    return simStats(disk.nodeAt(descriptor), this.#disks.indexOf(disk), options);
  }

  fsync(descriptor: number): void {
    const { ms, end } = this.beginFsync(descriptor);
    this.#wait(ms);
    end();
  }

  beginFsync(descriptor: number): SimFsync {
    const { disk, path: at } = this.#of(descriptor);
    const flush = disk.beginFlush(descriptor);
    const end = () => {
      this.#hook({ name: 'fsync', path: at, changes: true, disk, flush });
      disk.flush(flush);
    };
    return { ms: disk.flushMs(), end };
  }

  ftruncate(descriptor: number, sizeBytes = 0): void {
    this.#doAt('ftruncate', descriptor, true).truncate(descriptor, sizeBytes);
  }

  futimes(descriptor: number, _accessed: number | Date, modified: number | Date): void {
    const disk = this.#doAt('futime', descriptor, true);
    disk.nodeAt(descriptor).mtimeMs = toMs(modified);
  }

  link(from: string, to: string): void {
    this.#do('link', to, true).link(from, to);
  }

  lstat(at: string, options: { bigint?: boolean; throwIfNoEntry?: boolean } = {}): object | undefined {
    const disk = this.#do('lstat', at, false);
    try {
      return simStats(disk.find(at, { follow: false, syscall: 'lstat' }), this.#disks.indexOf(disk), options);
    } catch (error) {
      if (options.throwIfNoEntry === false && isAbsence(error)) return undefined;
      throw error;
    }
  }

  mkdir(at: string, options: MakeFolderOptions | number = {}): void {
    const { recursive = false, mode = 0o777 } = typeof options === 'number' ? { mode: options } : options;
    if (!recursive) {
      this.#do('mkdir', at, true).makeFolder(at, mode & 0o755);
      return;
    }
    const disk = this.#disk(at);
    const above: string[] = [];
    for (let folder = at; folder !== disk.root && !this.exists(folder); folder = path.dirname(folder))
      above.push(folder);
    for (const folder of above.toReversed()) this.#do('mkdir', folder, true).makeFolder(folder, mode & 0o755);
    if (disk.find(at).kind !== 'directory') throw simError('EEXIST', 'mkdir', at);
  }

  exists(at: string): boolean {
    try {
      this.#disk(at).find(at);
      return true;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  open(at: string, flags: string | number = 'r', mode = 0o666): number {
    const parsed = parseFlags(flags);
    const changes = parsed.create || parsed.truncate;
    return this.#do('open', at, changes).open(at, parsed, mode & 0o755);
  }

  read(
    descriptor: number,
    into: Uint8Array,
    offset = 0,
    length = into.length - offset,
    position = 0,
  ): number {
    return this.#doAt('read', descriptor, false).read(
      descriptor,
      into.subarray(offset, offset + length),
      position,
    );
  }

  readFile(at: string, options?: Encoding): Uint8Array | string {
    const disk = this.#do('open', at, false);
    const node = disk.find(at, { syscall: 'open' });
    if (node.kind === 'directory') throw simError('EISDIR', 'read', at);
    if ((node.mode & 0o400) === 0) throw simError('EACCES', 'open', at);
    this.#do('read', at, false);
    const bytes = Buffer.from(node.bytes);
    const encoding = typeof options === 'string' ? options : options?.encoding;
    return encoding === undefined || encoding === null ? bytes : bytes.toString(encoding as BufferEncoding);
  }

  readdir(at: string, options: ListOptions = {}): unknown[] {
    const node = this.#do('scandir', at, false).find(at, { syscall: 'scandir' });
    if (node.kind !== 'directory') throw simError('ENOTDIR', 'scandir', at);
    if ((node.mode & 0o400) === 0) throw simError('EACCES', 'scandir', at);
    const found: unknown[] = [];
    for (const [name, inner] of node.names) {
      const said = toSaid(name, options.encoding);
      found.push(options.withFileTypes === true ? simEntry(inner, said, at) : said);
      if (options.recursive !== true || inner.kind !== 'directory') continue;
      for (const below of this.readdir(path.join(at, name), options))
        found.push(typeof below === 'string' ? path.join(name, below) : below);
    }
    return found;
  }

  /** Names as they are when it is opened. */
  opendir(at: string): Iterable<unknown> {
    return this.readdir(at, { withFileTypes: true });
  }

  readlink(at: string): string {
    const node = this.#do('readlink', at, false).find(at, { follow: false, syscall: 'readlink' });
    if (node.kind !== 'link') throw simError('EINVAL', 'readlink', at);
    return node.target;
  }

  realpath(at: string): string {
    return this.#do('realpath', at, false).realpath(at);
  }

  rename(from: string, to: string): void {
    const disk = this.#do('rename', from, true);
    if (this.#disk(to) !== disk) throw simError('EXDEV', 'rename', from);
    disk.rename(from, to);
  }

  rm(at: string, { recursive = false, force = false }: RemoveOptions = {}): void {
    const disk = this.#do('lstat', at, false);
    let kind: string;
    try {
      ({ kind } = disk.find(at, { follow: false, syscall: 'lstat' }));
    } catch (error) {
      if (force && isAbsence(error)) return;
      throw error;
    }
    if (kind !== 'directory') {
      this.unlink(at);
      return;
    }
    if (!recursive) throw simError('EISDIR', 'rm', at);
    for (const name of this.readdir(at)) this.rm(path.join(at, name as string), { recursive, force });
    this.rmdir(at);
  }

  rmdir(at: string): void {
    this.#do('rmdir', at, true).removeFolder(at);
  }

  stat(at: string, options: { bigint?: boolean; throwIfNoEntry?: boolean } = {}): object | undefined {
    const disk = this.#do('stat', at, false);
    if (options.throwIfNoEntry === false && !this.exists(at)) return undefined;
    return simStats(disk.find(at), this.#disks.indexOf(disk), options);
  }

  statfs(at: string): object {
    const disk = this.#do('statfs', at, false);
    const free = Math.min(disk.freeBytes(), 2 ** 50);
    return {
      type: 0xef53,
      bsize: 1,
      frsize: 1,
      blocks: 2 ** 51,
      bfree: free,
      bavail: free,
      files: 0,
      ffree: 0,
    };
  }

  symlink(target: string, at: string): void {
    this.#do('symlink', at, true).makeLink(target, at);
  }

  unlink(at: string): void {
    this.#do('unlink', at, true).removeFile(at);
  }

  utimes(at: string, _accessed: number | Date, modified: number | Date): void {
    this.#do('utime', at, true).find(at).mtimeMs = toMs(modified);
  }

  write(
    descriptor: number,
    from: Uint8Array,
    offset = 0,
    length = from.length - offset,
    position: number | null = null,
  ): number {
    const bytes = from.subarray(offset, offset + length);
    return this.#doAt('write', descriptor, true).write(descriptor, bytes, position);
  }

  writev(descriptor: number, parts: readonly Uint8Array[], position: number | null = null): number {
    let done = 0;
    for (const part of parts) {
      const writtenBytes = this.write(
        descriptor,
        part,
        0,
        part.length,
        position === null ? null : position + done,
      );
      done += writtenBytes;
      if (writtenBytes < part.length) break;
    }
    return done;
  }

  writeFile(at: string, content: Uint8Array | string, options: WriteOptions | string = {}): void {
    const { flag = 'w', mode = 0o666 } = typeof options === 'string' ? {} : options;
    const descriptor = this.open(at, flag, mode);
    try {
      this.writeAll(descriptor, content);
    } finally {
      this.close(descriptor);
    }
  }

  sizeOf(descriptor: number): number {
    return this.#of(descriptor).disk.nodeAt(descriptor).sizeBytes;
  }

  /** Write all of it, in as many calls as it takes. */
  writeAll(descriptor: number, content: Uint8Array | string, from = 0): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let done = 0; done < bytes.length; )
      done += this.write(descriptor, bytes, done, bytes.length - done, from + done);
  }

  #find(at: string): SimDisk | undefined {
    return this.#disks.find(({ root }) => at === root || at.startsWith(root + path.sep));
  }

  #disk(at: string): SimDisk {
    const disk = this.#find(at);
    if (disk === undefined) throw new Error(`${at} is not on a simulated disk`);
    return disk;
  }

  #do(name: string, at: string, changes: boolean): SimDisk {
    const disk = this.#disk(at);
    this.#hook({ name, path: at, changes, disk });
    return disk;
  }

  #doAt(name: string, descriptor: number, changes: boolean): SimDisk {
    const { disk, path: at } = this.#of(descriptor);
    this.#hook({ name, path: at, changes, disk });
    return disk;
  }

  #of(descriptor: number): { disk: SimDisk; path: string } {
    for (const disk of this.#disks) {
      if (disk.holds(descriptor)) return { disk, path: disk.pathAt(descriptor) };
    }
    throw simError('EBADF', 'close', String(descriptor));
  }
}

function toMs(moment: number | Date): number {
  return typeof moment === 'number' ? moment * 1000 : moment.getTime();
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function parseFlags(flags: string | number): OpenMode {
  const bits = typeof flags === 'number' ? flags : (FLAG_BITS[flags] ?? constants.O_RDONLY);
  const access = bits & 3;
  return {
    read: access !== constants.O_WRONLY,
    write: access !== constants.O_RDONLY,
    create: (bits & constants.O_CREAT) !== 0,
    exclusive: (bits & constants.O_EXCL) !== 0,
    truncate: (bits & constants.O_TRUNC) !== 0,
    append: (bits & constants.O_APPEND) !== 0,
    noFollow: (bits & (constants.O_NOFOLLOW ?? 0)) !== 0,
    directory: (bits & (constants.O_DIRECTORY ?? 0)) !== 0,
  };
}

const CREATED = constants.O_WRONLY | constants.O_CREAT;
const FLAG_BITS: Readonly<Record<string, number>> = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: CREATED | constants.O_TRUNC,
  wx: CREATED | constants.O_TRUNC | constants.O_EXCL,
  'w+': constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  a: CREATED | constants.O_APPEND,
};

/** A name as it is asked for: disks hold it in UTF-8. */
function toSaid(name: string, encoding: ListOptions['encoding'] = 'utf8'): string | Buffer {
  return encoding === 'buffer' ? Buffer.from(name) : Buffer.from(name).toString(encoding);
}
