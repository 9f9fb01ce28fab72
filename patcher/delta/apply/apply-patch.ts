import { readdir, statfs } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { AppError } from '../../errors.ts';
import type { Sha256 } from '../../formats/manifest.ts';
import type { OldFile, Patch, PatchSegment } from '../../formats/patch.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { computeTreeDigest, type DigestEntry } from '../../formats/tree-digest.ts';
import { makeFolders } from '../../paths/make-folders.ts';
import { AheadQueue } from './ahead-queue.ts';
import { checkOldHashes, checkOldSizes } from './check-old.ts';
import { type DecodeTask, toDecodeTask, viewDecodeTask } from './decode-task.ts';
import type { DecodeWorkerData } from './decode-worker.ts';
import { deltaErrors } from '../delta-errors.ts';
import { segmentBodyRoom } from './decode-segment.ts';
import type { OpenPatch } from './open-patch.ts';
import { OutputTree } from './output-tree.ts';
import { segmentPieces } from './plan-pieces.ts';
import { APPLY_MEMORY_BYTES, planDecoding, SegmentDecoders } from './segment-decoders.ts';
import { type BytesRoom, ReusableBytes } from './reusable-bytes.ts';
import type { ReadSegment } from './segment-memory.ts';
import { TreeFiles } from '../tree-files.ts';
import { UnfinishedMark } from './unfinished-mark.ts';
import { collectGarbage } from '../../threads/collect-garbage.ts';
import { inSlices } from '../../threads/slices.ts';

export interface ApplyPatchOptions {
  readonly patch: OpenPatch;
  readonly oldRoot: string;
  /** Created; if it exists, it must be empty or hold what an earlier run left of the same new tree, which is gone on with. */
  readonly outRoot: string;
  /** For all that the process holds, and so for how many segments are made side by side; 128 MiB by default. */
  readonly memoryBytes?: number;
  /**
   * Make segments on the calling thread when no two fit the memory: cheaper, for a process that does nothing else.
   * Otherwise the calling thread only reads the patch, writes and hashes.
   */
  readonly useCallingThread?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ApplyProgress) => void;
  /** Told of a segment's rows once they are read, by its place among the segments; not of those that threads make. */
  readonly onRows?: (segment: number, read: ReadSegment) => void;
}

export interface ApplyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface ApplyReport {
  readonly newTreeDigest: Sha256;
  readonly files: number;
  readonly bytesWritten: number;
  /** Bytes of segments that an earlier run, which was stopped, had made. */
  readonly bytesReused: number;
  /** Written bytes that were read again for their hash: those that did not come in the order of their file. */
  readonly bytesReadBack: number;
  /** Threads that made segments; 0 for the calling one. */
  readonly threads: number;
}

/**
 * Make the complete new tree in a fresh folder. The files of a run that failed or was stopped are left: the next run for the
 * same folder and new tree checks each segment by its hash and makes those that are not there. Of the old files only the
 * sizes are checked before: what is made of wrong bytes has the wrong hash.
 * @throws {AppError} `PATCH_OLD_MISMATCH` when the old folder is another build; `PATCH_OUTPUT_EXISTS`, `PATCH_NO_SPACE`,
 *   `PATCH_SEGMENT_DAMAGED`, `PATCH_RESULT_MISMATCH`, `PATCH_READ_FAILED`, `PATCH_WRITE_FAILED`, `THREAD_FAILED`; what
 *   the patch's source throws; the signal's reason if it fires.
 */
export async function applyPatchToFolder(options: ApplyPatchOptions): Promise<ApplyReport> {
  const { patch, oldRoot, outRoot, signal } = options;
  signal?.throwIfAborted();
  await checkOldSizes(patch.patch, oldRoot, signal);
  const mark = new UnfinishedMark(outRoot, patch.patch.newTreeDigest);
  const isResumed = await isUnfinished(outRoot, mark);
  using output = new OutputTree(outRoot, patch.patch.entries);
  using oldFiles = new TreeFiles(oldRoot);
  await checkSpace(patch.patch, outRoot, isResumed ? output.adopt() : 0);
  // Again, where it was begun: it may not be whole.
  mark.set();
  try {
    const report = await new ApplyRun({ ...options, isResumed }, output, oldFiles).run();
    mark.remove();
    return report;
  } catch (error) {
    if (isWrongResult(error)) await checkOldHashes(patch.patch, oldRoot, signal);
    throw error;
  }
}

/** Wrong old bytes look like a wrong patch until they are hashed themselves. */
function isWrongResult(error: unknown): boolean {
  return error instanceof AppError && ['PATCH_RESULT_MISMATCH', 'PATCH_SEGMENT_DAMAGED'].includes(error.code);
}

/** Create the folder to make. @returns Whether an earlier run was stopped in it. */
async function isUnfinished(outRoot: string, mark: UnfinishedMark): Promise<boolean> {
  let held: string[];
  try {
    await makeFolders(outRoot);
    held = await readdir(outRoot);
  } catch (cause) {
    throw deltaErrors.error('PATCH_WRITE_FAILED', { path: outRoot }, cause);
  }
  if (held.length > 0 && !mark.isSet(held)) throw deltaErrors.error('PATCH_OUTPUT_EXISTS', { path: outRoot });
  return held.length > 0;
}

async function checkSpace({ entries }: Patch, outRoot: string, foundBytes: number): Promise<void> {
  const neededBytes = sumSizes(entries) - foundBytes;
  let freeBytes: number;
  try {
    const { bavail, bsize } = await statfs(outRoot);
    freeBytes = bavail * bsize;
  } catch (cause) {
    throw deltaErrors.error('PATCH_WRITE_FAILED', { path: outRoot }, cause);
  }
  if (neededBytes > freeBytes) throw deltaErrors.error('PATCH_NO_SPACE', { neededBytes, freeBytes });
}

function sumSizes(entries: Patch['entries']): number {
  let sum = 0;
  for (const entry of entries) if (entry.kind === 'file') sum += entry.sizeBytes;
  return sum;
}

class ApplyRun {
  readonly #options: ApplyPatchOptions & { readonly isResumed: boolean };
  readonly #patch: Patch;
  readonly #output: OutputTree;
  readonly #oldFiles: TreeFiles;
  readonly #bytesTotal: number;
  #bytesDone = 0;
  #bytesReused = 0;
  /** Since timers, signals and sockets last had their turn. */
  #stepBytes = 0;

  constructor(
    options: ApplyPatchOptions & { readonly isResumed: boolean },
    output: OutputTree,
    oldFiles: TreeFiles,
  ) {
    this.#options = options;
    this.#patch = options.patch.patch;
    this.#output = output;
    this.#oldFiles = oldFiles;
    this.#bytesTotal = sumSizes(this.#patch.entries);
  }

  async run(): Promise<ApplyReport> {
    this.#makeFolders();
    await this.#copyFiles();
    const threads = await this.#makeFiles();
    const files = this.#output.finishFiles();
    this.#finishEntries();
    const newTreeDigest = computeTreeDigest(this.#describe());
    if (newTreeDigest !== this.#patch.newTreeDigest) {
      throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'the new tree is not the expected one' });
    }
    return {
      newTreeDigest,
      files,
      bytesWritten: this.#bytesDone,
      bytesReused: this.#bytesReused,
      bytesReadBack: this.#output.bytesReadBack,
      threads,
    };
  }

  #makeFolders(): void {
    for (const { kind, path } of this.#patch.entries) {
      if (kind === 'directory') this.#output.makeFolder(path);
      else this.#output.makeParents(path);
    }
  }

  async #copyFiles(): Promise<void> {
    const { entries, oldFiles } = this.#patch;
    using room = new ReusableBytes();
    let row = -1;
    for (const entry of entries) {
      row++;
      if (entry.kind !== 'file' || entry.origin.kind !== 'copy') continue;
      const { path, sizeBytes } = oldFiles.at(entry.origin.oldFile) as OldFile;
      if (sizeBytes >= CLONE_BYTES_MIN && this.#output.clone(row, this.#oldFiles.resolve(path))) {
        await this.#advance(sizeBytes);
        continue;
      }
      for (let offset = 0; offset < sizeBytes; offset += COPY_BYTES) {
        const bytes = room.take(Math.min(COPY_BYTES, sizeBytes - offset));
        this.#oldFiles.readInto(path, offset, bytes);
        this.#output.write(row, offset, bytes);
        await this.#advance(bytes.length);
      }
    }
  }

  /** @returns Threads that it was done on; 0 for this one. */
  async #makeFiles(): Promise<number> {
    const { oldRoot, signal, useCallingThread, memoryBytes = APPLY_MEMORY_BYTES, onRows } = this.#options;
    collectGarbage(HEAP_BYTES_MAX);
    const heldBytes = process.memoryUsage.rss();
    const plan = planDecoding(this.#patch.segments, { memoryBytes, heldBytes });
    const { threads } = plan;
    const rows = await this.#reuseSegments();
    const addressMaps = this.#patch.addressMaps.map(({ map }) => map);
    if (threads === 1 && useCallingThread === true) {
      let done = 0;
      const decode = async (task: DecodeTask): Promise<Uint8Array<ArrayBuffer>> => {
        const segment = rows[done++] as number;
        return viewDecodeTask(
          task,
          addressMaps,
          ({ path, offset }, into) => this.#oldFiles.readInto(path, offset, into),
          onRows && ((read) => onRows(segment, read)),
        );
      };
      await this.#writeSegments(rows, 1, decode, segmentBodyRoom);
      return 0;
    }
    const script = new URL('decode-worker.ts', import.meta.url);
    const data: DecodeWorkerData = { oldRoot, addressMaps };
    await using decoders = new SegmentDecoders({ script, data, ...plan, signal });
    const rooms: Uint8Array<ArrayBuffer>[] = [];
    // A body that goes to another thread is copied there, but only when the thread is free.
    using bodyRoom = threads === 1 ? new ReusableBytes() : undefined;
    await this.#writeSegments(
      rows,
      threads,
      (task) => decoders.decode({ ...task, room: rooms.pop() }),
      bodyRoom,
      (made) => rooms.push(new Uint8Array(made.buffer)),
    );
    return threads;
  }

  /** Take what a run that was stopped had made, by its hash. @returns Rows of the segments that are still to be made. */
  async #reuseSegments(): Promise<readonly number[]> {
    const { segments } = this.#patch;
    const rows = [...segments.keys()];
    if (!this.#options.isResumed) return rows;
    using room = new ReusableBytes();
    const missing: number[] = [];
    for (const row of rows) {
      const { newBytes, newSha256 } = segments[row] as PatchSegment;
      const made = room.take(newBytes);
      if (!this.#readFound(row, made) || computeSha256(made) !== newSha256) missing.push(row);
      else {
        this.#bytesReused += newBytes;
        await this.#writePieces(row, made);
      }
    }
    return missing;
  }

  #readFound(row: number, into: Uint8Array): boolean {
    for (const { entry, offsetInSegment, fileOffset, length } of segmentPieces(this.#patch).of(row)) {
      const stretch = into.subarray(offsetInSegment, offsetInSegment + length);
      if (!this.#output.readFound(entry, fileOffset, stretch)) return false;
    }
    return true;
  }

  /** Have segments made, so many at a time, and write them in their order, which is mostly that of the files. */
  async #writeSegments(
    rows: readonly number[],
    width: number,
    decode: (task: DecodeTask) => Promise<Uint8Array<ArrayBuffer>>,
    bodyRoom: BytesRoom | undefined,
    release: (made: Uint8Array<ArrayBuffer>) => void = () => {},
  ): Promise<void> {
    const { patch, signal } = this.#options;
    const { segments } = this.#patch;
    const heapBytes = getHeapStatistics().total_heap_size;
    const make = async (segment: PatchSegment): Promise<Uint8Array<ArrayBuffer>> => {
      collectGarbage(heapBytes + HEAP_GROWTH_BYTES_MAX);
      const compressed = await patch.readSegment(segment, signal, bodyRoom);
      // The files are hashed as they are written, and their hashes are checked at the end.
      const task = await inSlices(toDecodeTask(segment, this.#patch, compressed));
      return await decode({ ...task, isHashedLater: true });
    };
    const wanted = rows.map((row) => segments[row] as PatchSegment);
    const ahead = new AheadQueue(wanted, make, width);
    for (const row of rows) {
      const made = await ahead.next();
      await this.#writePieces(row, made);
      release(made);
    }
  }

  async #writePieces(row: number, made: Uint8Array): Promise<void> {
    for (const { entry, offsetInSegment, fileOffset, length } of segmentPieces(this.#patch).of(row)) {
      this.#output.write(entry, fileOffset, made.subarray(offsetInSegment, offsetInSegment + length));
      await this.#advance(length);
    }
  }

  /** Links last, so that nothing is written through one; then modes, folders after what they hold. */
  #finishEntries(): void {
    const { entries } = this.#patch;
    for (const entry of entries) if (entry.kind === 'link') this.#output.makeLink(entry.path, entry.target);
    this.#output.setFileModes();
    for (let row = entries.length - 1; row >= 0; row--) {
      const entry = entries.at(row);
      if (entry?.kind === 'directory') this.#output.setFolderMode(entry.path, entry.mode);
    }
  }

  *#describe(): Generator<DigestEntry> {
    let row = -1;
    for (const entry of this.#patch.entries) {
      row++;
      if (entry.kind !== 'file') yield entry;
      else {
        const { kind, path, mode, sizeBytes } = entry;
        yield { kind, path, mode, sizeBytes, sha256: this.#output.sha256Of(row) };
      }
    }
  }

  async #advance(bytes: number): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#bytesDone += bytes;
    this.#options.onProgress?.({ bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal });
    this.#stepBytes += bytes + FILE_STEP_BYTES;
    if (this.#stepBytes < STEP_BYTES) return;
    this.#stepBytes = 0;
    // Reads and writes above are synchronous: let timers, signals and sockets have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the processor's cache holds while it is read, hashed and written. */
const COPY_BYTES = 2 ** 18;
/**
 * Listing thousands of files leaves a heap of 18 to 27 MiB of which 8 are in use; making segments needs none of it, so that
 * it would lie beside them to the end. Those of a few files are 12 MiB, and a collection would take a tenth of what making 10 MB
 * does.
 */
const HEAP_BYTES_MAX = 15 * 2 ** 20;
/** What a heap may grow by from segment to segment: a collection takes some 30 ms. */
const HEAP_GROWTH_BYTES_MAX = 3 * 2 ** 20;
/** Smaller files are copied as soon as they are cloned. */
const CLONE_BYTES_MIN = 2 ** 18;
/** Written between two turns of the event loop, some milliseconds; a file costs as much as so many bytes of one. */
const STEP_BYTES = 2 ** 20;
const FILE_STEP_BYTES = 2 ** 15;
