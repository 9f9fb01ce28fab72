import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { Sha256 } from '../../formats/manifest.ts';
import { EMPTY_SHA256 } from '../../formats/sha256.ts';
import { deltaErrors } from '../delta-errors.ts';
import { TreeFiles } from '../tree-files.ts';
import { TreePaths } from '../tree-paths.ts';
import { ReusableBytes } from './reusable-bytes.ts';

/** Most files kept open between two writes. */
const OPEN_FILES_MAX = 16;
const READ_BYTES = 2 ** 20;
/** What we need of a file until it is complete, whatever it may be in the end. */
const OWN_MODE = 0o600;
const MODE_MASK = 0o777;
/** Windows knows no permission bits but read-only, which would only be in the way of the next update. */
const HAS_MODES = process.platform !== 'win32';

/** A new file, from when it is announced. */
interface OutputFile {
  readonly sizeBytes: number;
  readonly mode: number;
  /** False until its first bytes come. */
  isMade: boolean;
  /** Whether it has its mode. */
  hasMode: boolean;
  /** Of the bytes up to `hashedBytes`, of which there are not yet all. */
  hash: Hash | undefined;
  hashedBytes: number;
  /** Lengths of what came before its turn, by offset. */
  ahead: Map<number, number> | undefined;
  /** Once it is complete. */
  sha256: Sha256 | undefined;
}

/**
 * A new tree being written. Bytes that come front to back are hashed as they come; pieces that come before their turn are
 * read again when it is.
 */
export class OutputTree implements Disposable {
  readonly #paths: TreePaths;
  readonly #folders = new Set<string>();
  readonly #open = new Map<string, number>();
  readonly #files = new Map<string, OutputFile>();
  /** Whether files come with the mode asked for, by mode: the process may have a umask, and the folder a list of rights. */
  readonly #modesKept = new Map<number, boolean>();
  readonly #written: TreeFiles;
  readonly #room = new ReusableBytes();
  /** False once the file system said that it has none. */
  #reflinks = true;
  #bytesReadBack = 0;

  constructor(root: string) {
    this.#paths = new TreePaths(root);
    this.#written = new TreeFiles(root);
  }

  /** Bytes read again for their hash. */
  get bytesReadBack(): number {
    return this.#bytesReadBack;
  }

  /** Make the folders above a path; with full rights for now, their own modes are set at the end. */
  makeParents(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash !== -1) this.makeFolder(path.slice(0, slash));
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.makeParents(path);
    this.#attempt(path, (absolute) => mkdirSync(absolute));
    this.#folders.add(path);
  }

  /** Announce a file; it must not exist. */
  addFile(path: string, sizeBytes: number, mode: number): void {
    this.#files.set(path, {
      sizeBytes,
      mode,
      isMade: false,
      hasMode: false,
      hash: undefined,
      hashedBytes: 0,
      ahead: undefined,
      sha256: undefined,
    });
  }

  /** Write a stretch of a file that was announced. */
  write(path: string, fileOffset: number, bytes: Uint8Array): void {
    const file = this.#files.get(path);
    if (file === undefined || file.sha256 !== undefined) {
      throw new RangeError(`${path} is complete, or was never announced`);
    }
    if (bytes.length === file.sizeBytes) {
      this.#writeWhole(path, file, bytes);
      return;
    }
    this.#writeAll(path, this.#descriptor(path, file), bytes, fileOffset);
    if (file.hashedBytes !== fileOffset) {
      file.ahead ??= new Map();
      file.ahead.set(fileOffset, bytes.length);
      return;
    }
    continueHash(file, bytes);
    this.#hashAhead(path, file);
    if (file.hashedBytes === file.sizeBytes) this.#complete(path, file);
  }

  /** Make an announced file share its blocks with another, where the file system can; it is hashed at the end. */
  clone(path: string, from: string): boolean {
    const file = this.#files.get(path);
    if (!this.#reflinks || file === undefined) return false;
    try {
      const absolute = this.#paths.resolve(path);
      copyFileSync(from, absolute, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      // It came with the other's mode, which may forbid us to read it.
      chmodSync(absolute, OWN_MODE);
    } catch {
      // None here, or the source cannot be read: copying its bytes tells which.
      this.#reflinks = false;
      return false;
    }
    file.isMade = true;
    return true;
  }

  /** Make the empty files, close all, and say what the files hold. */
  finishFiles(): ReadonlyMap<string, Sha256> {
    for (const [path, file] of this.#files) if (!file.isMade) this.#descriptor(path, file);
    this[Symbol.dispose]();
    const hashes = new Map<string, Sha256>();
    for (const [path, file] of this.#files) {
      if (file.sha256 === undefined) this.#hashRest(path, file);
      hashes.set(path, file.sha256 as Sha256);
    }
    this.#written[Symbol.dispose]();
    return hashes;
  }

  makeLink(path: string, target: string): void {
    this.#attempt(path, (absolute) => symlinkSync(target, absolute));
  }

  /** Give the files that did not come with their mode the right one. */
  setFileModes(): void {
    for (const [path, { mode, hasMode }] of this.#files) if (!hasMode) this.#setMode(path, mode);
  }

  setFolderMode(path: string, mode: number): void {
    this.#setMode(path, mode);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
    this.#written[Symbol.dispose]();
  }

  #writeWhole(path: string, file: OutputFile, bytes: Uint8Array): void {
    const descriptor = this.#create(path, file);
    try {
      this.#writeAll(path, descriptor, bytes, 0);
    } finally {
      closeSync(descriptor);
    }
    file.sha256 = hashOnce('sha256', bytes, 'hex') as Sha256;
  }

  #writeAll(path: string, descriptor: number, bytes: Uint8Array, fileOffset: number): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, fileOffset + done);
      }
    } catch (cause) {
      throw deltaErrors.error('PATCH_WRITE_FAILED', { path }, cause);
    }
  }

  #hashRest(path: string, file: OutputFile): void {
    this.#hashWritten(path, file, file.sizeBytes);
    this.#complete(path, file);
  }

  /** Go on with what was written before its turn. */
  #hashAhead(path: string, file: OutputFile): void {
    for (;;) {
      const length = file.ahead?.get(file.hashedBytes);
      if (length === undefined) return;
      this.#hashWritten(path, file, file.hashedBytes + length);
    }
  }

  #hashWritten(path: string, file: OutputFile, end: number): void {
    while (file.hashedBytes < end) {
      const bytes = this.#room.take(Math.min(READ_BYTES, end - file.hashedBytes));
      this.#written.readInto(path, file.hashedBytes, bytes);
      continueHash(file, bytes);
      this.#bytesReadBack += bytes.length;
    }
  }

  #complete(path: string, file: OutputFile): void {
    file.sha256 = (file.hash?.digest('hex') ?? EMPTY_SHA256) as Sha256;
    file.hash = undefined;
    file.ahead = undefined;
    this.#close(path);
  }

  #descriptor(path: string, file: OutputFile): number {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const oldest = this.#open.keys().next().value;
    if (this.#open.size >= OPEN_FILES_MAX && oldest !== undefined) this.#close(oldest);
    const descriptor = file.isMade
      ? this.#attempt(path, (absolute) => openSync(absolute, 'r+'))
      : this.#create(path, file);
    this.#open.set(path, descriptor);
    return descriptor;
  }

  #create(path: string, file: OutputFile): number {
    const mode = file.mode | OWN_MODE;
    const descriptor = this.#attempt(path, (absolute) => openSync(absolute, 'wx', mode));
    file.isMade = true;
    file.hasMode = mode === file.mode && this.#isKept(mode, descriptor);
    return descriptor;
  }

  /** Asked once for each mode: to set the mode of every file would take as long as to make it. */
  #isKept(mode: number, descriptor: number): boolean {
    const known = this.#modesKept.get(mode);
    if (known !== undefined) return known;
    const kept = (fstatSync(descriptor).mode & MODE_MASK) === mode;
    this.#modesKept.set(mode, kept);
    return kept;
  }

  #close(path: string): void {
    const descriptor = this.#open.get(path);
    if (descriptor === undefined) return;
    this.#open.delete(path);
    closeSync(descriptor);
  }

  #setMode(path: string, mode: number): void {
    if (HAS_MODES) this.#attempt(path, (absolute) => chmodSync(absolute, mode));
  }

  #attempt<Value>(path: string, write: (absolute: string) => Value): Value {
    try {
      return write(this.#paths.resolve(path));
    } catch (cause) {
      throw deltaErrors.error('PATCH_WRITE_FAILED', { path }, cause);
    }
  }
}

function continueHash(file: OutputFile, bytes: Uint8Array): void {
  file.hash ??= createHash('sha256');
  file.hash.update(bytes);
  file.hashedBytes += bytes.length;
}
