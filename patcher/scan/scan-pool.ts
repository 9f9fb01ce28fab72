import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ChunkingParameters } from '../formats/manifest.ts';
import { runTasks } from '../threads/run-tasks.ts';
import { packScans, type ScanBatch } from './scan-batch.ts';
import { FileScanner, type FileToScan } from './scan-file.ts';
import type { ScanWorkerData } from './scan-worker.ts';
import type { WalkedFile } from './tree-walk.ts';

/** Files of one task at most: tiny files cost more to send than to read. */
const BATCH_FILES = 128;
/** So little is scanned at once on the thread that asks: another one takes as long to start as these to be read. */
const INLINE_BYTES_MAX = 16 * 2 ** 20;
/**
 * Where the thread that asks may be blocked, so much is scanned on it: half a second, for which others' starts and the
 * messages to them would be a tenth to a fifth of the work.
 */
export const BLOCKING_BYTES_MAX = 256 * 2 ** 20;
/** Bytes of one task at most, unless a single file is larger. */
const BATCH_BYTES = 8 * 2 ** 20;

export interface ScanPoolOptions {
  /** The folder that the files' paths lie in. */
  readonly root: string;
  readonly chunking: ChunkingParameters;
  /** By default one a core, and none where they take longer to start than they save. */
  readonly threads: number | undefined;
  /** Whether the thread that asks may be blocked, for a file or a task at a time. */
  readonly mayBlock?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many more bytes have been read, on all threads. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Scan files on worker threads.
 * @returns Scans in the order of the files, as they came from the threads: all of them unpacked would take half a kilobyte a file.
 * @throws {AppError} The first failure; the signal's reason if it fires.
 */
export async function scanFiles(
  files: readonly WalkedFile[],
  options: ScanPoolOptions,
): Promise<ScanBatch[]> {
  const { root, chunking, threads = availableParallelism(), signal, onBytes } = options;
  const batches = toBatches(files);
  if (options.threads === undefined && isSmall(files, options.mayBlock ?? false)) {
    return await scanHere(batches, options);
  }
  const scans: ScanBatch[] = [];
  await runTasks<readonly FileToScan[], ScanBatch>({
    script: new URL('scan-worker.ts', import.meta.url),
    data: { chunking } satisfies ScanWorkerData,
    taskCount: batches.length,
    toTask: (row) => toTask(root, batches[row] as WalkedFile[]),
    threads,
    signal,
    onBytes,
    onResult: (batch, row) => {
      scans[row] = batch;
    },
  });
  return scans;
}

function toTask(root: string, files: readonly WalkedFile[]): FileToScan[] {
  return files.map((file) => ({
    absolute: path.join(root, file.path),
    path: file.path,
    stamp: file.stamp,
  }));
}

function isSmall(files: readonly WalkedFile[], mayBlock: boolean): boolean {
  const bytes = files.reduce((sum, { stamp }) => sum + stamp.sizeBytes, 0);
  return mayBlock ? bytes <= BLOCKING_BYTES_MAX : files.length <= BATCH_FILES && bytes <= INLINE_BYTES_MAX;
}

/** On the thread that asks, which looks up between batches. */
async function scanHere(
  batches: readonly WalkedFile[][],
  { root, chunking, signal, onBytes }: ScanPoolOptions,
): Promise<ScanBatch[]> {
  const scanner = new FileScanner(chunking, onBytes);
  const scans: ScanBatch[] = [];
  for (const batch of batches) {
    signal?.throwIfAborted();
    scans.push(packScans(toTask(root, batch).map((file) => scanner.scan(file))));
    await setImmediate();
  }
  return scans;
}

function toBatches(files: readonly WalkedFile[]): WalkedFile[][] {
  const batches: WalkedFile[][] = [];
  let batchBytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    const fits =
      last !== undefined && last.length < BATCH_FILES && batchBytes + file.stamp.sizeBytes <= BATCH_BYTES;
    if (fits) last.push(file);
    else batches.push([file]);
    batchBytes = (fits ? batchBytes : 0) + file.stamp.sizeBytes;
  }
  return batches;
}
