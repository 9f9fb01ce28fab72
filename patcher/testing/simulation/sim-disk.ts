import path from 'node:path';
import type { SeededRandom } from '../random-bytes.ts';
import { simError, type SimErrno } from './sim-errno.ts';
import { type FlushMark, SimNode } from './sim-node.ts';

/** A change of names, in the order the journal of the file system has it. */
interface NameChange {
  readonly folders: readonly SimNode[];
  readonly apply: (names: (folder: SimNode) => Map<string, SimNode>) => void;
}

/** A flush that has begun. */
export interface SimFlush {
  readonly descriptor: number;
  readonly ofNode: FlushMark;
  /** Changes of names, since the disk was made, up to the last in this folder. */
  readonly names: number;
}

interface SimDescriptor {
  readonly node: SimNode;
  readonly path: string;
  readonly writable: boolean;
  readonly append: boolean;
}

/** First number of a simulated descriptor: far above any the system gives. */
export const DESCRIPTOR_MIN = 1_000_000;
/** Never used twice, on any disk. */
let nextDescriptor = DESCRIPTOR_MIN;
const LINKS_MAX = 40;
const BLOCK_BYTES = 4096;

export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly append: boolean;
  readonly noFollow: boolean;
  readonly directory: boolean;
}

/**
 * A disk in memory that knows what a power cut would leave: bytes since the last flush of their file are lost
 * or torn, names since the last flush of their folder are lost from some point of the journal on.
 */
export class SimDisk {
  readonly root: string;
  readonly rootNode: SimNode;
  /** Free space ends here. */
  capacityBytes = Number.POSITIVE_INFINITY;
  descriptorsMax = 1000;
  /** One call reads or writes no more: systems may do less than they are asked. */
  callBytesMax = Number.POSITIVE_INFINITY;
  /** What a flush takes, in milliseconds; asked for each. */
  flushMs: () => number = () => 0;
  /** Flushes under way. */
  flushing = 0;
  /** Milliseconds since 1970. */
  now = 1_800_000_000_000;
  #nodes = 1;
  #descriptors = new Map<number, SimDescriptor>();
  #journal: NameChange[] = [];
  /** Changes of names that are durable, or lost. */
  #settledNames = 0;

  /** @param root Where programs find it; an absolute path. */
  constructor(root: string, rootNode?: SimNode) {
    this.root = root;
    this.rootNode = rootNode ?? new SimNode(0, { kind: 'directory', mode: 0o755, now: this.now });
  }

  // ---- names

  /** @throws ENOENT, ENOTDIR, ELOOP */
  find(absolute: string, { follow = true, syscall = 'stat' } = {}): SimNode {
    const { folder, name, node } = this.#walk(absolute, syscall, follow);
    if (node === undefined) throw simError('ENOENT', syscall, absolute);
    return name === '' ? folder : node;
  }

  /** Where a path leads once all links on the way are followed. */
  realpath(absolute: string): string {
    return this.#walk(absolute, 'realpath', true, true).real;
  }

  makeFolder(absolute: string, mode: number): void {
    const { folder, name, node } = this.#walk(absolute, 'mkdir', false);
    if (node !== undefined || name === '') throw simError('EEXIST', 'mkdir', absolute);
    this.#assertWritable(folder, 'mkdir', absolute);
    this.#add(folder, name, this.#make('directory', mode));
  }

  makeLink(target: string, absolute: string): void {
    const { folder, name, node } = this.#walk(absolute, 'symlink', false);
    if (node !== undefined) throw simError('EEXIST', 'symlink', absolute);
    this.#assertWritable(folder, 'symlink', absolute);
    this.#add(folder, name, this.#make('link', 0o777, target));
  }

  /** A second name for a file. */
  link(from: string, to: string): void {
    const node = this.find(from, { follow: false, syscall: 'link' });
    const { folder, name, node: there } = this.#walk(to, 'link', false);
    if (there !== undefined) throw simError('EEXIST', 'link', to);
    this.#assertWritable(folder, 'link', to);
    this.#add(folder, name, node);
  }

  removeFile(absolute: string): void {
    const { folder, name, node } = this.#walk(absolute, 'unlink', false);
    if (node === undefined) throw simError('ENOENT', 'unlink', absolute);
    if (node.kind === 'directory') throw simError('EISDIR', 'unlink', absolute);
    this.#assertWritable(folder, 'unlink', absolute);
    this.#change({ folders: [folder], apply: (names) => names(folder).delete(name) });
  }

  removeFolder(absolute: string): void {
    const { folder, name, node } = this.#walk(absolute, 'rmdir', false);
    if (node === undefined) throw simError('ENOENT', 'rmdir', absolute);
    if (node.kind !== 'directory') throw simError('ENOTDIR', 'rmdir', absolute);
    if (node.names.size > 0) throw simError('ENOTEMPTY', 'rmdir', absolute);
    this.#assertWritable(folder, 'rmdir', absolute);
    this.#change({ folders: [folder], apply: (names) => names(folder).delete(name) });
  }

  rename(from: string, to: string): void {
    const old = this.#walk(from, 'rename', false);
    const next = this.#walk(to, 'rename', false);
    const { node } = old;
    if (node === undefined) throw simError('ENOENT', 'rename', from);
    if (next.node === node) return;
    if (next.node !== undefined) assertReplaceable(node, next.node, to);
    this.#assertWritable(old.folder, 'rename', from);
    this.#assertWritable(next.folder, 'rename', to);
    this.#change({
      folders: [old.folder, next.folder],
      apply: (names) => {
        names(old.folder).delete(old.name);
        names(next.folder).set(next.name, node);
      },
    });
  }

  // ---- files

  open(absolute: string, mode: OpenMode, permission: number): number {
    if (this.#descriptors.size >= this.descriptorsMax) throw simError('EMFILE', 'open', absolute);
    const { folder, name, node: found } = this.#walk(absolute, 'open', !mode.noFollow);
    let node = name === '' ? folder : found;
    if (node !== undefined && mode.exclusive) throw simError('EEXIST', 'open', absolute);
    if (node === undefined) {
      if (!mode.create) throw simError('ENOENT', 'open', absolute);
      this.#assertWritable(folder, 'open', absolute);
      node = this.#make('file', permission);
      this.#add(folder, name, node);
    } else {
      assertOpenable(node, mode, absolute);
    }
    if (mode.truncate && mode.write) node.resize(0, this.#tick());
    const descriptor = nextDescriptor++;
    this.#descriptors.set(descriptor, {
      node,
      path: absolute,
      writable: mode.write,
      append: mode.append,
    });
    return descriptor;
  }

  close(descriptor: number): void {
    this.#at(descriptor, 'close');
    this.#descriptors.delete(descriptor);
  }

  /** @returns How many bytes were there. */
  read(descriptor: number, into: Uint8Array, position: number): number {
    const { node, path: at } = this.#at(descriptor, 'read');
    if (node.kind !== 'file') throw simError('EISDIR', 'read', at);
    const bytes = node.bytes.subarray(position, position + Math.min(into.length, this.callBytesMax));
    into.set(bytes);
    return bytes.length;
  }

  /** @returns How many bytes were written: fewer than given when the disk fills. */
  write(descriptor: number, bytes: Uint8Array, position: number | null): number {
    const { node, path: at, writable, append } = this.#at(descriptor, 'write');
    if (!writable) throw simError('EBADF', 'write', at);
    const offset = append || position === null ? node.sizeBytes : position;
    const room = this.freeBytes() + roundUp(node.sizeBytes) - offset;
    if (bytes.length > 0 && room <= 0) throw simError('ENOSPC', 'write', at);
    const fitting = bytes.subarray(0, Math.min(bytes.length, room, this.callBytesMax));
    node.write(offset, fitting, this.#tick());
    return fitting.length;
  }

  truncate(descriptor: number, sizeBytes: number): void {
    const { node, path: at } = this.#at(descriptor, 'ftruncate');
    if (roundUp(sizeBytes) - roundUp(node.sizeBytes) > this.freeBytes())
      throw simError('ENOSPC', 'ftruncate', at);
    node.resize(sizeBytes, this.#tick());
  }

  beginFlush(descriptor: number): SimFlush {
    const { node } = this.#at(descriptor, 'fsync');
    const last = this.#journal.findLastIndex(({ folders }) => folders.includes(node));
    this.flushing++;
    return { descriptor, ofNode: node.markFlush(), names: this.#settledNames + last + 1 };
  }

  /** What a flush makes durable once it ends: a file's bytes, or all names up to the last change in a folder. */
  flush({ descriptor, ofNode, names }: SimFlush): void {
    this.flushing--;
    this.#at(descriptor, 'fsync').node.flush(ofNode);
    this.#settleNames(names - this.#settledNames);
  }

  /** Everything programs see of names becomes durable. */
  flushNames(): void {
    this.#settleNames(this.#journal.length);
  }

  failFlush({ descriptor, ofNode }: SimFlush): void {
    this.flushing--;
    this.#at(descriptor, 'fsync').node.failFlush(ofNode);
  }

  nodeAt(descriptor: number): SimNode {
    return this.#at(descriptor, 'fstat').node;
  }

  /** Paths of all files that are open. */
  openPaths(): string[] {
    return [...this.#descriptors.values()].map((open) => open.path);
  }

  holds(descriptor: number): boolean {
    return this.#descriptors.has(descriptor);
  }

  pathAt(descriptor: number): string {
    return this.#at(descriptor, 'fstat').path;
  }

  freeBytes(): number {
    return this.capacityBytes - this.usedBytes();
  }

  /** Bytes in whole blocks, of what programs see. */
  usedBytes(node = this.rootNode): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return 0;
    if (node.kind === 'file') return roundUp(node.sizeBytes);
    return [...node.names.values()].reduce((sum, inner) => sum + this.usedBytes(inner), 0);
  }

  /** The same disk again, with everything flushed and nothing open. */
  copy(): SimDisk {
    const copy = new SimDisk(this.root, this.rootNode.copy(new Map()));
    copy.now = this.now;
    copy.#nodes = this.#nodes;
    return copy;
  }

  // ---- faults

  /** The program is gone, the disk is as programs saw it. */
  closeAll(): void {
    this.flushing = 0;
    this.#descriptors.clear();
  }

  /** The power goes: some of what was not flushed is lost. */
  cutPower(random: SeededRandom): void {
    this.closeAll();
    this.#settleNames(random.below(this.#journal.length + 1));
    this.#settledNames += this.#journal.splice(0).length;
    loseUnflushed(this.rootNode, random);
  }

  // ---- inside

  #walk(absolute: string, syscall: string, follow: boolean, mustExist = false): Walk {
    let segments = absolute
      .slice(this.root.length)
      .split(path.sep)
      .filter((segment) => segment !== '' && segment !== '.');
    let folder = this.rootNode;
    const above: { node: SimNode; name: string }[] = [];
    let links = 0;
    for (let at = 0; at < segments.length; at++) {
      const name = segments[at] as string;
      const isLast = at === segments.length - 1;
      const node = folder.names.get(name);
      if (node?.kind === 'link' && (!isLast || follow)) {
        if (++links > LINKS_MAX) throw simError('ELOOP', syscall, absolute);
        const resolved = path.resolve(this.root, ...above.map(({ name: up }) => up), node.target);
        segments = [
          ...resolved.slice(this.root.length).split(path.sep).filter(Boolean),
          ...segments.slice(at + 1),
        ];
        at = -1;
        folder = this.rootNode;
        above.length = 0;
        continue;
      }
      if (isLast && (node !== undefined || !mustExist)) {
        return { folder, name, node, real: path.join(this.root, ...segments) };
      }
      if (node === undefined) throw simError('ENOENT', syscall, absolute);
      if (node.kind !== 'directory') throw simError('ENOTDIR', syscall, absolute);
      above.push({ node: folder, name });
      folder = node;
    }
    return { folder, name: '', node: this.rootNode, real: this.root };
  }

  #make(kind: SimNode['kind'], mode: number, target = ''): SimNode {
    return new SimNode(this.#nodes++, { kind, mode, target, now: this.#tick() });
  }

  #add(folder: SimNode, name: string, node: SimNode): void {
    this.#change({ folders: [folder], apply: (names) => names(folder).set(name, node) });
  }

  #change(change: NameChange): void {
    change.apply((folder) => folder.names);
    this.#journal.push(change);
  }

  /** The first so many changes of names that are not durable become so. */
  #settleNames(count: number): void {
    const changes = this.#journal.splice(0, Math.max(0, count));
    for (const change of changes) change.apply((folder) => folder.durableNames);
    this.#settledNames += changes.length;
  }

  #assertWritable(folder: SimNode, syscall: SimSyscall, absolute: string): void {
    if (folder.kind !== 'directory') throw simError('ENOTDIR', syscall, absolute);
    if ((folder.mode & 0o300) !== 0o300) throw simError('EACCES', syscall, absolute);
  }

  #at(descriptor: number, syscall: string): SimDescriptor {
    const open = this.#descriptors.get(descriptor);
    if (open === undefined) throw simError('EBADF', syscall, String(descriptor));
    return open;
  }

  /** Every change has a time of its own. */
  #tick(): number {
    this.now += 1;
    return this.now;
  }
}

type SimSyscall = 'mkdir' | 'symlink' | 'link' | 'unlink' | 'rmdir' | 'rename' | 'open';

interface Walk {
  readonly folder: SimNode;
  /** '' for the disk's own root. */
  readonly name: string;
  readonly node: SimNode | undefined;
  readonly real: string;
}

function assertReplaceable(node: SimNode, there: SimNode, to: string): void {
  let code: SimErrno | undefined;
  if (there.kind === 'directory' && node.kind !== 'directory') code = 'EISDIR';
  else if (there.kind !== 'directory' && node.kind === 'directory') code = 'ENOTDIR';
  else if (there.names.size > 0) code = 'ENOTEMPTY';
  if (code !== undefined) throw simError(code, 'rename', to);
}

function assertOpenable(node: SimNode, mode: OpenMode, absolute: string): void {
  if (node.kind === 'link') throw simError('ELOOP', 'open', absolute);
  if (mode.directory && node.kind !== 'directory') throw simError('ENOTDIR', 'open', absolute);
  if (node.kind === 'directory' && mode.write) throw simError('EISDIR', 'open', absolute);
  const bits = (mode.read ? 0o400 : 0) | (mode.write ? 0o200 : 0);
  if (node.kind === 'file' && (node.mode & bits) !== bits) throw simError('EACCES', 'open', absolute);
}

function loseUnflushed(node: SimNode, random: SeededRandom): void {
  node.loseUnflushed(random);
  node.names.clear();
  for (const [name, inner] of node.durableNames) {
    node.names.set(name, inner);
    loseUnflushed(inner, random);
  }
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}
