import { createHash, type Hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { Sha256 } from '../../formats/manifest.ts';
import type { PatchEntry } from '../../formats/patch.ts';
import type { Rows } from '../../formats/rows.ts';
import { computeSha256, SHA256_BYTES, sha256At } from '../../formats/sha256.ts';
import { deltaErrors } from '../delta-errors.ts';
import { TreeFiles } from '../tree-files.ts';
import { TreePaths } from '../tree-paths.ts';
import { ReusableBytes } from './reusable-bytes.ts';

/** Most files kept open between two writes. */
const OPEN_FILES_MAX = 16;
const READ_BYTES = 2 ** 18;
/** Hashed and written at once: what the processor's cache still holds when it is written. */
const SLICE_BYTES = 2 ** 18;
/** What we need of a file until it is complete, whatever it may be in the end. */
const OWN_MODE = 0o600;
const OWN_FOLDER_MODE = 0o700;
/** Unit of a file's allocated space, as `stat` counts it. */
const BLOCK_BYTES = 512;
const MODE_MASK = 0o777;
/** Windows knows no permission bits but read-only, which would only be in the way of the next update. */
const HAS_MODES = process.platform !== 'win32';

/** A file that is there already, never what a link of its name points to. */
const REOPEN = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

/** What is known of a new file, as bits. */
const IS_MADE = 1;
const HAS_MODE = 2;
const IS_COMPLETE = 4;

/** Of the first bytes of a file that is not complete. */
interface BegunHash {
  readonly hash: Hash;
  bytes: number;
  /** Lengths of what came before its turn, by offset. */
  readonly ahead: Map<number, number>;
}

type FileEntry = Extract<PatchEntry, { kind: 'file' }>;

/**
 * A new tree being written, its files named by their row among its entries. Bytes that come front to back are hashed as they
 * come; pieces that come before their turn are read again when it is.
 */
export class OutputTree implements Disposable {
  readonly #paths: TreePaths;
  readonly #folders = new Set<string>();
  readonly #entries: Rows<PatchEntry>;
  /** Descriptors by entry, the one used first in front. */
  readonly #open = new Map<number, number>();
  readonly #states: Uint8Array;
  /** Of complete files, 32 bytes each. */
  readonly #sha256: Buffer;
  readonly #begun = new Map<number, BegunHash>();
  /** Whether files come with the mode asked for, by mode: the process may have a umask, and the folder a list of rights. */
  readonly #modesKept = new Map<number, boolean>();
  readonly #written: TreeFiles;
  readonly #room = new ReusableBytes();
  /** Of files that an earlier run began, how long it left them, by entry. */
  readonly #found = new Map<number, number>();
  #foundRoom = new Uint8Array();
  /** False once the file system said that it has none. */
  #reflinks = true;
  #bytesReadBack = 0;

  constructor(root: string, entries: Rows<PatchEntry>) {
    this.#paths = new TreePaths(root);
    this.#written = new TreeFiles(root);
    this.#entries = entries;
    this.#states = new Uint8Array(entries.length);
    this.#sha256 = Buffer.alloc(entries.length * SHA256_BYTES);
  }

  /** Bytes read again for their hash. */
  get bytesReadBack(): number {
    return this.#bytesReadBack;
  }

  /**
   * Take over what an earlier run left: its files are written where they hold other bytes, its links made again.
   * @returns Bytes on the disk that its files take.
   * @throws {AppError} `PATCH_OUTPUT_EXISTS` when something of another kind is in the place of an entry.
   */
  adopt(): number {
    let bytes = 0;
    let row = 0;
    for (const entry of this.#entries) bytes += this.#adoptEntry(row++, entry);
    return bytes;
  }

  /** Read a stretch that an earlier run may have written. @returns Whether the file is that long. */
  readFound(entry: number, fileOffset: number, into: Uint8Array): boolean {
    if ((this.#found.get(entry) ?? 0) < fileOffset + into.length) return false;
    const file = this.#fileAt(entry);
    const descriptor = this.#descriptor(entry, file);
    try {
      return readSync(descriptor, into, 0, into.length, fileOffset) === into.length;
    } catch (cause) {
      throw deltaErrors.error('PATCH_READ_FAILED', { path: file.path }, cause);
    }
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

  /** Write a stretch of a file, which must not exist before its first one. */
  write(entry: number, fileOffset: number, bytes: Uint8Array): void {
    if (this.#is(entry, IS_COMPLETE)) throw new RangeError(`entry ${entry} is complete`);
    const file = this.#fileAt(entry);
    if (bytes.length === file.sizeBytes && bytes.length <= SLICE_BYTES && !this.#is(entry, IS_MADE)) {
      this.#writeWhole(entry, file, bytes);
      return;
    }
    const begun = this.#begin(entry);
    const isNext = begun.bytes === fileOffset;
    if (!isNext) begun.ahead.set(fileOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      if (isNext) continueHash(begun, slice);
      this.#writeSlice(entry, file, slice, fileOffset + at);
    }
    if (!isNext) return;
    this.#hashAhead(file.path, begun);
    if (begun.bytes === file.sizeBytes) this.#complete(entry, begun);
  }

  /** Make a file share its blocks with another, where the file system can; it is hashed at the end. */
  clone(entry: number, from: string): boolean {
    if (!this.#reflinks || this.#is(entry, IS_MADE)) return false;
    try {
      const absolute = this.#paths.resolve(this.#fileAt(entry).path);
      copyFileSync(from, absolute, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      // It came with the other's mode, which may forbid us to read it.
      chmodSync(absolute, OWN_MODE);
    } catch {
      // None here, or the source cannot be read: copying its bytes tells which.
      this.#reflinks = false;
      return false;
    }
    this.#mark(entry, IS_MADE);
    return true;
  }

  /** Make the empty files, close all, and hash what could not be hashed as it came. @returns How many files there are. */
  finishFiles(): number {
    for (const [entry, file] of this.#listFilesNot(IS_MADE)) this.#descriptor(entry, file);
    this[Symbol.dispose]();
    for (const [entry, file] of this.#listFilesNot(IS_COMPLETE)) this.#hashRest(entry, file);
    this[Symbol.dispose]();
    return this.#states.reduce((count, state) => count + (state === 0 ? 0 : 1), 0);
  }

  /** What a file holds, once all are finished. */
  sha256Of(entry: number): Sha256 {
    return sha256At(this.#sha256, entry);
  }

  makeLink(path: string, target: string): void {
    this.#attempt(path, (absolute) => symlinkSync(target, absolute));
  }

  /** Give the files that did not come with their mode the right one. */
  setFileModes(): void {
    for (const [, { path, mode }] of this.#listFilesNot(HAS_MODE)) this.#setMode(path, mode);
  }

  setFolderMode(path: string, mode: number): void {
    this.#setMode(path, mode);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
    this.#written[Symbol.dispose]();
    this.#room[Symbol.dispose]();
  }

  #is(entry: number, state: number): boolean {
    return ((this.#states[entry] as number) & state) !== 0;
  }

  #mark(entry: number, state: number): void {
    this.#states[entry] = (this.#states[entry] as number) | state;
  }

  #fileAt(entry: number): FileEntry {
    const file = this.#entries.at(entry);
    if (file?.kind !== 'file') throw new RangeError(`entry ${entry} is no file`);
    return file;
  }

  /** The files of which something is not known yet; of the others not even the path is read. */
  *#listFilesNot(state: number): Generator<[entry: number, file: FileEntry]> {
    for (let row = 0; row < this.#states.length; row++) {
      if (this.#is(row, state)) continue;
      const entry = this.#entries.at(row);
      if (entry?.kind === 'file') yield [row, entry];
    }
  }

  #adoptEntry(row: number, entry: PatchEntry): number {
    const absolute = this.#paths.resolve(entry.path);
    const stats = this.#attempt(entry.path, () => lstatSync(absolute, { throwIfNoEntry: false }));
    if (stats === undefined) return 0;
    if (kindOf(stats) !== entry.kind) throw deltaErrors.error('PATCH_OUTPUT_EXISTS', { path: absolute });
    if (entry.kind === 'link') {
      // Nothing may be written through it.
      this.#attempt(entry.path, () => rmSync(absolute));
      return 0;
    }
    if (entry.kind === 'directory') {
      this.#setMode(entry.path, OWN_FOLDER_MODE);
      this.#folders.add(entry.path);
      return 0;
    }
    this.#setMode(entry.path, OWN_MODE);
    this.#mark(row, IS_MADE);
    this.#found.set(row, stats.size);
    if (stats.size > entry.sizeBytes) {
      this.#attempt(entry.path, () => ftruncateSync(this.#descriptor(row, entry), entry.sizeBytes));
    }
    return Math.min(stats.size, stats.blocks * BLOCK_BYTES);
  }

  #holds(entry: number, fileOffset: number, bytes: Uint8Array): boolean {
    if (!this.#found.has(entry)) return false;
    if (this.#foundRoom.length < bytes.length) this.#foundRoom = new Uint8Array(bytes.length);
    const found = this.#foundRoom.subarray(0, bytes.length);
    return this.readFound(entry, fileOffset, found) && Buffer.compare(found, bytes) === 0;
  }

  #writeWhole(entry: number, file: FileEntry, bytes: Uint8Array): void {
    const descriptor = this.#create(entry, file);
    try {
      this.#writeAll(file.path, descriptor, bytes, 0);
    } finally {
      closeSync(descriptor);
    }
    this.#sha256.write(computeSha256(bytes), entry * SHA256_BYTES, 'hex');
    this.#mark(entry, IS_COMPLETE);
  }

  #writeSlice(entry: number, file: FileEntry, bytes: Uint8Array, fileOffset: number): void {
    if (this.#holds(entry, fileOffset, bytes)) return;
    this.#writeAll(file.path, this.#descriptor(entry, file), bytes, fileOffset);
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

  #hashRest(entry: number, { path, sizeBytes }: FileEntry): void {
    const begun = this.#begin(entry);
    this.#hashWritten(path, begun, sizeBytes);
    this.#complete(entry, begun);
  }

  #begin(entry: number): BegunHash {
    const known = this.#begun.get(entry);
    if (known !== undefined) return known;
    const begun = { hash: createHash('sha256'), bytes: 0, ahead: new Map<number, number>() };
    this.#begun.set(entry, begun);
    return begun;
  }

  /** Go on with what was written before its turn. */
  #hashAhead(path: string, begun: BegunHash): void {
    for (;;) {
      const length = begun.ahead.get(begun.bytes);
      if (length === undefined) return;
      this.#hashWritten(path, begun, begun.bytes + length);
    }
  }

  #hashWritten(path: string, begun: BegunHash, end: number): void {
    while (begun.bytes < end) {
      const bytes = this.#room.take(Math.min(READ_BYTES, end - begun.bytes));
      this.#written.readInto(path, begun.bytes, bytes);
      continueHash(begun, bytes);
      this.#bytesReadBack += bytes.length;
    }
  }

  #complete(entry: number, { hash }: BegunHash): void {
    this.#sha256.write(hash.digest('hex'), entry * SHA256_BYTES, 'hex');
    this.#begun.delete(entry);
    this.#mark(entry, IS_COMPLETE);
    this.#close(entry);
  }

  #descriptor(entry: number, file: FileEntry): number {
    const known = this.#open.get(entry);
    if (known !== undefined) return known;
    const oldest = this.#open.keys().next().value;
    if (this.#open.size >= OPEN_FILES_MAX && oldest !== undefined) this.#close(oldest);
    const descriptor = this.#is(entry, IS_MADE)
      ? this.#attempt(file.path, (absolute) => openSync(absolute, REOPEN))
      : this.#create(entry, file);
    this.#open.set(entry, descriptor);
    return descriptor;
  }

  #create(entry: number, { path, mode: wanted }: FileEntry): number {
    const mode = wanted | OWN_MODE;
    const descriptor = this.#attempt(path, (absolute) => openSync(absolute, 'wx', mode));
    this.#mark(entry, IS_MADE);
    if (mode === wanted && this.#isKept(mode, descriptor)) this.#mark(entry, HAS_MODE);
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

  #close(entry: number): void {
    const descriptor = this.#open.get(entry);
    if (descriptor === undefined) return;
    this.#open.delete(entry);
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

function kindOf(stats: Stats): PatchEntry['kind'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : undefined;
}

function continueHash(begun: BegunHash, bytes: Uint8Array): void {
  begun.hash.update(bytes);
  begun.bytes += bytes.length;
}
