import { constants, lstatSync } from 'node:fs';
import { chmod, type FileHandle, open, symlink, unlink } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { FileEntry, Manifest } from '../../formats/manifest.ts';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../../formats/sha256.ts';
import { ByteIntervals, type StagedExtents } from '../../plan/byte-intervals.ts';
import { forEachChunk } from '../../plan/installed-tree.ts';
import { readFully, writeFully } from '../disk/durable-files.ts';
import { partByZeros, readsAsZeros } from '../disk/file-holes.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import type { Journal } from '../state/journal.ts';
import type { StagedFile } from '../state/journal-format.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import type { FullFile, FullOutcome } from './writing/check-full.ts';
import { RunningHashes } from './running-hashes.ts';
import type { StagedFolders } from './staged-folders.ts';
import type { WriterThreads } from './writing/writer-threads.ts';

/** Files held open between two writes; well below the 256 some systems allow a process. */
const HANDLES_MAX = 64;
/** Complete files waiting for their hash and flush before writers wait too. */
const FINISHING_MAX = 16;
/** Bytes of a file that are read and written again at once. */
const REWRITE_BYTES = 2 ** 20;

/** A file of at most so much is checked as a whole once it is full, by another thread: it is still in memory then. */
const CHECKED_WHOLE_BYTES_MAX = 64 * 2 ** 20;

export interface StagingOptions {
  readonly folders: StagedFolders;
  readonly next: Manifest;
  readonly journal: Journal;
  /** From the journal; changed as files grow. */
  readonly staged: Map<number, ByteIntervals | 'complete'>;
  readonly stagedFiles: ReadonlyMap<number, StagedFile>;
  /** Files that are full because they lay on this disk long before: they need no second flush to be there. */
  readonly longThere?: ReadonlySet<number> | undefined;
  readonly onWritten: (bytes: number) => void;
  /** Check files that are not too large for it where they have been started; without, and those, are checked on this thread. */
  readonly threads?: WriterThreads | undefined;
}

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
}

/**
 * New files while they are made. Bytes may arrive in any order and from any source; a file counts only once
 * its whole SHA-256 was computed, of what was written in its order and of the rest as read back, and it was flushed.
 */
export class StagingArea {
  readonly #options: StagingOptions;
  readonly #open = new Map<number, OpenFile>();
  readonly #finishing = new Map<number, Promise<void>>();
  readonly #hashes = new RunningHashes();
  /** Files that were full and did not have their hash. */
  readonly #mismatched = new Set<number>();
  /** Files that were full when a job resumed: their flush may have failed, which nothing shows any more. */
  readonly #doubtful = new Set<number>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: StagingOptions) {
    this.#options = options;
    this.#dropTouched();
    for (const [entry, have] of options.staged) {
      if (have === 'complete' || options.longThere?.has(entry) === true) continue;
      if (have.covers(0, this.#fileAt(entry).sizeBytes)) this.#doubtful.add(entry);
    }
  }

  get staged(): StagedExtents {
    return this.#options.staged;
  }

  /** Where an entry is staged. */
  pathOf(entry: number): string {
    return this.#options.folders.pathOf(entry);
  }

  isComplete(entry: number): boolean {
    return this.#options.staged.get(entry) === 'complete';
  }

  /** Write verified bytes of a new file. A full file is hashed and flushed in the background; see {@link settle}. */
  async write(entry: number, offset: number, bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#use(entry, (handle) => writeSparsely(handle, bytes, offset));
    this.#hashes.add(entry, offset, bytes);
    await this.#note(entry, offset, bytes.length);
  }

  /** Take verified bytes that were written to a file where it is staged. */
  async take(entry: number, offset: number, sizeBytes: number): Promise<void> {
    // Their hash has to be computed of what lies there.
    this.#hashes.rewritten(entry, offset);
    if (!this.#isForThreads(entry)) {
      if (offset === 0) this.#hashes.begin(entry);
      const have = this.#intervalsOf(entry);
      have.add(offset, sizeBytes);
      this.#hashes.readAhead(entry, this.pathOf(entry), (from) => have.coveredTo(from));
    }
    await this.#note(entry, offset, sizeBytes);
  }

  #isForThreads(entry: number): boolean {
    const { threads } = this.#options;
    return threads?.areStarted === true && this.#fileAt(entry).sizeBytes <= CHECKED_WHOLE_BYTES_MAX;
  }

  /** Take files, by entry, that were written where they are staged, had their hash, and were flushed with their mode. */
  takeComplete(files: ReadonlyMap<number, StagedFile>): void {
    this.#options.journal.stagedAll(files);
    for (const [entry, { sizeBytes }] of files) {
      this.#options.staged.set(entry, 'complete');
      this.#options.onWritten(sizeBytes);
    }
  }

  /** Take a file that was made whole by other means, e.g. a reflink; it is hashed like any other. */
  fill(entry: number): void {
    const file = this.#fileAt(entry);
    this.#options.journal.extent(entry, 0, Math.min(file.sizeBytes, 0xffffffff));
    this.#intervalsOf(entry).add(0, file.sizeBytes);
    this.#options.onWritten(file.sizeBytes);
    this.#finishSoon(entry);
  }

  /** Hash and flush files that are already full, e.g. empty ones, or those a resumed job had just written. */
  finishFull(entries: Iterable<number>): void {
    for (const entry of entries) {
      const have = this.#options.staged.get(entry);
      if (have === 'complete') continue;
      const { sizeBytes } = this.#fileAt(entry);
      if (sizeBytes === 0 || have?.covers(0, sizeBytes) === true) this.#finishSoon(entry);
    }
  }

  /**
   * Wait for everything that is being hashed and flushed.
   * @returns Entries that did not have their hash; what is wrong in them is forgotten, what is right is kept.
   */
  async settle(): Promise<number[]> {
    while (this.#finishing.size > 0) await Promise.all(this.#finishing.values());
    if (this.#failure !== undefined) throw this.#failure.error;
    const wrong = [...this.#mismatched];
    this.#mismatched.clear();
    for (const entry of wrong) await this.#keepRightChunks(entry);
    return wrong;
  }

  /** Forget all that is staged of a file. */
  async discard(entry: number): Promise<void> {
    this.#hashes.drop(entry);
    await this.#close(entry);
    this.#options.staged.delete(entry);
    this.#options.journal.dropped(entry);
    await unlinkIfThere(this.pathOf(entry));
  }

  /** These were put in place: should they be missed there, they are to be made again. */
  tookAway(entries: Iterable<number>): void {
    for (const entry of entries) this.#options.staged.delete(entry);
  }

  /** Make a link ready to be moved into place. */
  async stageLink(entry: number, target: string): Promise<void> {
    await unlinkIfThere(this.pathOf(entry));
    await symlink(target, this.pathOf(entry));
  }

  /** Let go of all files; what is staged stays. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#finishing.values());
    for (const entry of this.#open.keys()) await this.#close(entry);
  }

  /** A staged file that changed since its record was written is made anew. */
  #dropTouched(): void {
    const { staged, stagedFiles, journal } = this.#options;
    for (const [entry, have] of staged) {
      const stats = lstatOrUndefined(this.pathOf(entry));
      const known = stagedFiles.get(entry);
      const isFile = stats?.isFile() === true && this.#options.next.entries[entry]?.kind === 'file';
      const same = stats?.size === known?.sizeBytes && stats?.mtimeMs === known?.modifiedMs;
      if (isFile && (have !== 'complete' || same)) continue;
      staged.delete(entry);
      journal.dropped(entry);
    }
  }

  async #note(entry: number, offset: number, sizeBytes: number): Promise<void> {
    this.#options.journal.extent(entry, offset, sizeBytes);
    this.#options.onWritten(sizeBytes);
    const intervals = this.#intervalsOf(entry);
    intervals.add(offset, sizeBytes);
    if (intervals.covers(0, this.#fileAt(entry).sizeBytes)) this.#finishSoon(entry);
    while (this.#finishing.size >= FINISHING_MAX) await Promise.race(this.#finishing.values());
  }

  #fileAt(entry: number): FileEntry {
    const file = this.#options.next.entries[entry];
    if (file?.kind !== 'file') throw new Error(`entry ${entry} is not a file`);
    return file;
  }

  #intervalsOf(entry: number): ByteIntervals {
    const have = this.#options.staged.get(entry);
    if (have instanceof ByteIntervals) return have;
    const intervals = new ByteIntervals();
    this.#options.staged.set(entry, intervals);
    return intervals;
  }

  #finishSoon(entry: number): void {
    if (this.#finishing.has(entry)) return;
    const finishing = this.#finish(entry)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#finishing.delete(entry));
    this.#finishing.set(entry, finishing);
  }

  async #finish(entry: number): Promise<void> {
    const { threads } = this.#options;
    const staysHere = this.#doubtful.has(entry) || this.#hashes.has(entry);
    if (threads !== undefined && this.#isForThreads(entry) && !staysHere) {
      await this.#close(entry);
      return this.#takeChecked(entry, await threads.check(this.#fullFileAt(entry)));
    }
    const file = this.#fileAt(entry);
    const right = await this.#use(entry, async (handle) => {
      await handle.truncate(file.sizeBytes);
      if (this.#doubtful.delete(entry)) await rewrite(handle, file.sizeBytes);
      if ((await this.#hashes.finish(entry, handle, file.sizeBytes)) !== file.sha256) return false;
      // umask took bits away when the file was made; this sets exactly the manifest's.
      await handle.chmod(file.mode);
      await this.#flush(entry, handle);
      return true;
    });
    await this.#close(entry);
    if (!right) {
      this.#mismatched.add(entry);
      return;
    }
    const { size, mtimeMs } = lstatSync(this.pathOf(entry));
    this.#noteComplete(entry, { sizeBytes: size, modifiedMs: mtimeMs });
  }

  #noteComplete(entry: number, file: StagedFile): void {
    this.#options.staged.set(entry, 'complete');
    this.#options.journal.staged(entry, file);
  }

  #fullFileAt(entry: number): FullFile {
    const { path, mode, sizeBytes, sha256 } = this.#fileAt(entry);
    return { path, staged: this.pathOf(entry), mode, sizeBytes, sha256 };
  }

  /** @throws {AppError} What went wrong with the file; a flush that failed leaves nothing of it. */
  #takeChecked(entry: number, outcome: FullOutcome): void {
    if (outcome.kind === 'complete') this.#noteComplete(entry, outcome.file);
    else if (outcome.kind === 'wrong') this.#mismatched.add(entry);
    else {
      const error = new AppError(outcome.error);
      if (error.code === 'INSTALL_DISK_FAILING') this.#forget(entry);
      throw error;
    }
  }

  #forget(entry: number): void {
    this.#options.staged.delete(entry);
    this.#options.journal.dropped(entry);
  }

  /** After a failed flush the kernel may call lost pages clean, so the file is never flushed again but made anew. */
  async #flush(entry: number, handle: FileHandle): Promise<void> {
    try {
      await handle.sync();
    } catch (error) {
      this.#forget(entry);
      await unlinkIfThere(this.pathOf(entry));
      throw installErrors.error('INSTALL_DISK_FAILING', { path: this.#fileAt(entry).path }, error);
    }
  }

  /** Hash a wrong file chunk by chunk and keep the extents of the right ones. */
  async #keepRightChunks(entry: number): Promise<void> {
    const file = this.#fileAt(entry);
    const { next, journal, staged } = this.#options;
    const right = new ByteIntervals();
    await this.#use(entry, async (handle) => {
      const chunks: { row: number; offset: number; sizeBytes: number }[] = [];
      forEachChunk(next, file, (row, offset, sizeBytes) => chunks.push({ row, offset, sizeBytes }));
      for (const { row, offset, sizeBytes } of chunks) {
        const bytes = Buffer.allocUnsafe(sizeBytes);
        if ((await readFully(handle, bytes, offset)) !== sizeBytes) continue;
        const hash = computeSha256Bytes(bytes);
        if (equalSha256(hash, sha256BytesAt(next.chunks.sha256, row))) right.add(offset, sizeBytes);
      }
    });
    journal.dropped(entry);
    // All chunks right and the whole wrong: the manifest contradicts itself or memory fails; start from nothing.
    if (right.covers(0, file.sizeBytes)) {
      staged.delete(entry);
      return;
    }
    for (const [offset, sizeBytes] of right.ranges()) journal.extent(entry, offset, sizeBytes);
    staged.set(entry, right);
  }

  async #use<T>(entry: number, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#open.get(entry) ?? { handle: this.#openFile(entry), users: 0 };
    this.#open.delete(entry);
    this.#open.set(entry, file);
    file.users++;
    try {
      return await work(await file.handle);
    } finally {
      file.users--;
      await this.#closeSpare();
    }
  }

  /** O_NOFOLLOW: the name must be ours. Staging is private (0700), so nobody else can plant one. */
  async #openFile(entry: number): Promise<FileHandle> {
    try {
      return await openOwn(this.pathOf(entry));
    } catch (error) {
      this.#open.delete(entry);
      throw error;
    }
  }

  /** Close the least recently used file that nobody is writing to, if there are too many. */
  async #closeSpare(): Promise<void> {
    if (this.#open.size <= HANDLES_MAX) return;
    const spare = [...this.#open].find(([, { users }]) => users === 0);
    if (spare !== undefined) await this.#close(spare[0]);
  }

  async #close(entry: number): Promise<void> {
    const file = this.#open.get(entry);
    this.#open.delete(entry);
    await (await file?.handle)?.close();
  }
}

/** What is cut off the end is put there when the file is full. */
async function writeSparsely(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (const { start, end, isZero } of partByZeros(bytes, offset)) {
    if (isZero && (await readsAsZeros(handle, offset + start, offset + end))) continue;
    await writeFully(handle, bytes.subarray(start, end), offset + start);
  }
}

/** Make every page dirty again: what a failed flush dropped is called clean although no disk has it. */
async function rewrite(handle: FileHandle, sizeBytes: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(REWRITE_BYTES);
  for (let at = 0; at < sizeBytes; ) {
    const read = await readFully(handle, buffer.subarray(0, Math.min(buffer.length, sizeBytes - at)), at);
    if (read === 0) break;
    await writeFully(handle, buffer.subarray(0, read), at);
    at += read;
  }
}

async function openOwn(file: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    if (!hasErrno(error, 'EACCES')) throw error;
  }
  // A job that was killed had already given it the manifest's mode, which may forbid writing.
  await chmod(file, 0o600);
  return open(file, flags);
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
