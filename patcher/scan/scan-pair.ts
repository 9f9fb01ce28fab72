import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { compareUtf8 } from '../paths/utf8-order.ts';
import { DEFAULT_CHUNKING } from './chunker.ts';
import { type FilePair, PairScanner } from './pair-scanner.ts';
import { packScans, type ScanBatch } from './scan-batch.ts';
import type { FileScan, FileToScan } from './scan-file.ts';
import { gatherTree } from './scan-gathering.ts';
import type { ScannedTree, ScanProgress } from './scan-tree.ts';
import type { WalkedEntry, WalkedFile } from './tree-walk.ts';
import { atOnce } from '../threads/slices.ts';

/** A tree as far as a patch has to know it: a file that did not change is a single chunk, however large. */
export type ComparedTree = Pick<ScannedTree, 'entries' | 'chunks' | 'totalBytes'>;

export interface ScannedPair {
  readonly oldTree: ComparedTree;
  readonly newTree: ComparedTree;
  /** Of old files that changed or are gone. */
  readonly changedOldBytes: number;
}

/** A folder and what it holds. */
export interface WalkedTree {
  readonly root: string;
  readonly walked: readonly WalkedEntry[];
}

export interface ScanPairOptions {
  readonly oldTree: WalkedTree;
  readonly newTree: WalkedTree;
  /** Whether old files that changed are cut into chunks, too. */
  readonly cutsOld: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/** Files between two looks at the signal, and scans packed at once. */
const BATCH_FILES = 128;
/** So many bytes are read before the next look, but for a file that is larger. */
const BATCH_BYTES = 2 ** 24;

/**
 * Scan two trees side by side on the calling thread: a file that both have at the same path is compared, and where it did
 * not change hashed once and not cut. For trees of some 100 MiB.
 * @throws {AppError} As `scanTree` does.
 */
export async function scanPair({ oldTree, newTree, ...options }: ScanPairOptions): Promise<ScannedPair> {
  const { cutsOld, signal, onProgress } = options;
  const pairs = pairFiles(oldTree.walked, newTree.walked);
  const bytesTotal = pairs.reduce((sum, pair) => sum + countBytes(pair), 0);
  let bytesDone = 0;
  const scanner = new PairScanner(DEFAULT_CHUNKING, cutsOld);
  const oldScans = new PackedScans();
  const newScans = new PackedScans();
  let changedOldBytes = 0;
  let seenBytes = 0;
  for (const [row, { oldFile, newFile }] of pairs.entries()) {
    if (row % BATCH_FILES === 0 || bytesDone > seenBytes + BATCH_BYTES) {
      signal?.throwIfAborted();
      seenBytes = bytesDone;
      onProgress?.({ bytesDone, bytesTotal, filesTotal: pairs.length });
      await setImmediate();
    }
    const { oldScan, newScan, isSame } = scanner.scan({
      oldFile: oldFile && toScan(oldTree.root, oldFile),
      newFile: newFile && toScan(newTree.root, newFile),
    });
    if (oldScan !== undefined) oldScans.add(oldScan);
    if (newScan !== undefined) newScans.add(newScan);
    if (!isSame) changedOldBytes += oldFile?.stamp.sizeBytes ?? 0;
    bytesDone += countBytes({ oldFile, newFile });
  }
  onProgress?.({ bytesDone, bytesTotal, filesTotal: pairs.length });
  return {
    oldTree: toTree(oldTree.walked, oldScans),
    newTree: toTree(newTree.walked, newScans),
    changedOldBytes,
  };
}

/** Bytes of old files that cannot be the same in new: those that no file of that path and size follows. */
export function countSurelyChanged(
  oldWalked: readonly WalkedEntry[],
  newWalked: readonly WalkedEntry[],
): number {
  const changed = pairFiles(oldWalked, newWalked).filter(
    ({ oldFile, newFile }) => oldFile?.stamp.sizeBytes !== newFile?.stamp.sizeBytes,
  );
  return sumBytes(changed.flatMap(({ oldFile }) => oldFile ?? []));
}

/** The files of two listings by path, in its order. */
function pairFiles(
  oldWalked: readonly WalkedEntry[],
  newWalked: readonly WalkedEntry[],
): FilePair<WalkedFile>[] {
  const [oldFiles, newFiles] = [listFiles(oldWalked), listFiles(newWalked)];
  const pairs: FilePair<WalkedFile>[] = [];
  for (let oldRow = 0, newRow = 0; oldRow < oldFiles.length || newRow < newFiles.length; ) {
    const oldFile = oldFiles[oldRow];
    const newFile = newFiles[newRow];
    const order = compareFiles(oldFile, newFile);
    pairs.push({ oldFile: order <= 0 ? oldFile : undefined, newFile: order >= 0 ? newFile : undefined });
    if (order <= 0) oldRow++;
    if (order >= 0) newRow++;
  }
  return pairs;
}

function compareFiles(oldFile: WalkedFile | undefined, newFile: WalkedFile | undefined): number {
  if (oldFile === undefined) return 1;
  if (newFile === undefined) return -1;
  return oldFile.path === newFile.path ? 0 : compareUtf8(oldFile.path, newFile.path);
}

function listFiles(walked: readonly WalkedEntry[]): WalkedFile[] {
  return walked.filter((entry): entry is WalkedFile => entry.kind === 'file');
}

function sumBytes(files: readonly WalkedFile[]): number {
  return files.reduce((sum, { stamp }) => sum + stamp.sizeBytes, 0);
}

/** Of both files. A large one whose bytes turn out to be others is read twice, and counts once. */
function countBytes({ oldFile, newFile }: FilePair<WalkedFile>): number {
  return (oldFile?.stamp.sizeBytes ?? 0) + (newFile?.stamp.sizeBytes ?? 0);
}

function toScan(root: string, file: WalkedFile): FileToScan {
  return { absolute: `${root}${path.sep}${file.path}`, path: file.path, stamp: file.stamp };
}

function toTree(walked: readonly WalkedEntry[], scans: PackedScans): ComparedTree {
  return { totalBytes: sumBytes(listFiles(walked)), ...atOnce(gatherTree(walked, scans.finish())) };
}

/** Scans one after the other, packed as they come: unpacked, all would take half a kilobyte a file. */
class PackedScans {
  readonly #batches: ScanBatch[] = [];
  #loose: FileScan[] = [];

  add(scan: FileScan): void {
    this.#loose.push(scan);
    if (this.#loose.length === BATCH_FILES) this.#pack();
  }

  finish(): ScanBatch[] {
    this.#pack();
    return this.#batches;
  }

  #pack(): void {
    if (this.#loose.length > 0) this.#batches.push(packScans(this.#loose));
    this.#loose = [];
  }
}
