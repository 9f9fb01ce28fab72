import type { ChunkingParameters } from '../formats/manifest.ts';
import { runTasks } from '../threads/run-tasks.ts';
import { type ScanBatch, unpackScans } from './scan-batch.ts';
import type { FileScan, FileToScan } from './scan-file.ts';
import type { ScanWorkerData } from './scan-worker.ts';

/** Files of one task at most: tiny files cost more to send than to read. */
const BATCH_FILES = 128;
/** Bytes of one task at most, unless a single file is larger. */
const BATCH_BYTES = 8 * 2 ** 20;

export interface ScanPoolOptions {
  readonly chunking: ChunkingParameters;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many more bytes have been read, on all threads. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Scan files on worker threads.
 * @returns Scans in the order of the files.
 * @throws {AppError} The first failure; the signal's reason if it fires.
 */
export async function scanFiles(files: readonly FileToScan[], options: ScanPoolOptions): Promise<FileScan[]> {
  const { chunking, threads, signal, onBytes } = options;
  const batches = toBatches(files);
  const scans: (readonly FileScan[])[] = [];
  await runTasks<readonly FileToScan[], ScanBatch>({
    script: new URL('scan-worker.ts', import.meta.url),
    data: { chunking } satisfies ScanWorkerData,
    taskCount: batches.length,
    toTask: (row) => batches[row] as FileToScan[],
    threads,
    signal,
    onBytes,
    onResult: (batch, row) => {
      scans[row] = unpackScans(batch);
    },
  });
  return scans.flat();
}

function toBatches(files: readonly FileToScan[]): FileToScan[][] {
  const batches: FileToScan[][] = [];
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
