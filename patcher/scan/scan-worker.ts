import { parentPort, workerData } from 'node:worker_threads';
import { AppError, type ErrorData } from '../errors.ts';
import type { ChunkingParameters } from '../formats/manifest.ts';
import { type FileScan, FileScanner, type FileToScan } from './scan-file.ts';

/** Given to a scanning thread when it starts. */
export interface ScanWorkerData {
  readonly chunking: ChunkingParameters;
}

/** Files to scan, as one message: tiny files by the hundred. */
export interface ScanBatch {
  readonly files: readonly FileToScan[];
}

export type ScanReply =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'scanned'; readonly scans: readonly FileScan[] }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 8 * 2 ** 20;

const port = parentPort;
if (port === null) throw new Error('scan-worker runs on a worker thread');
const { chunking } = workerData as ScanWorkerData;

let unreported = 0;
const scanner = new FileScanner(chunking, (bytes) => {
  unreported += bytes;
  if (unreported >= PROGRESS_BYTES) report();
});

port.on('message', ({ files }: ScanBatch) => {
  try {
    const scans = files.map((file) => scanner.scan(file));
    report();
    reply({ kind: 'scanned', scans });
  } catch (error) {
    // Expected failures travel as data; anything else ends the thread and is seen as its 'error'.
    if (!(error instanceof AppError)) throw error;
    reply({ kind: 'failed', error: error.toData() });
  }
});

function report(): void {
  reply({ kind: 'progress', bytes: unreported });
  unreported = 0;
}

function reply(message: ScanReply): void {
  port?.postMessage(message);
}
