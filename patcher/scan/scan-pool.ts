import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import type { ChunkingParameters } from '../formats/manifest.ts';
import { scanErrors } from './scan-errors.ts';
import type { FileScan, FileToScan } from './scan-file.ts';
import type { ScanBatch, ScanReply, ScanWorkerData } from './scan-worker.ts';

/** Files of one message to a thread at most. */
const BATCH_FILES = 128;
/** Bytes of one message to a thread at most, unless a single file is larger. */
const BATCH_BYTES = 8 * 2 ** 20;

export interface ScanPoolOptions {
  readonly chunking: ChunkingParameters;
  /** Threads, at least 1; never more than there are batches. */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many more bytes have been read, on all threads. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Scan files on worker threads. Each takes the next batch when it has finished one, so that a large file keeps
 * one thread busy and not the others.
 * @returns Scans in the order of the files.
 * @throws {AppError} The first failure; all threads have ended by then. The signal's reason if it fires.
 */
export async function scanFiles(files: readonly FileToScan[], options: ScanPoolOptions): Promise<FileScan[]> {
  options.signal?.throwIfAborted();
  const batches = toBatches(files);
  const results: (readonly FileScan[])[] = [];
  let next = 0;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const runWorker = async () => {
    const worker = new ScanThread(options, signal);
    try {
      while (next < batches.length) {
        const at = next++;
        results[at] = await worker.scan({ files: batches[at] as FileToScan[] });
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      await worker.end();
    }
  };
  const threads = Math.min(Math.max(1, options.workers), batches.length);
  const outcomes = await Promise.allSettled(Array.from({ length: threads }, runWorker));
  signal.throwIfAborted();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flat();
}

/** One thread, one batch at a time. */
class ScanThread {
  readonly #worker: Worker;
  readonly #onBytes: (bytes: number) => void;
  readonly #signal: AbortSignal;
  #settle: PromiseWithResolvers<readonly FileScan[]> | undefined;
  /** Why it can scan no more; a thread may die between two batches. */
  #failure: unknown;

  constructor({ chunking, onBytes }: ScanPoolOptions, signal: AbortSignal) {
    this.#onBytes = onBytes;
    this.#signal = signal;
    this.#worker = new Worker(new URL('scan-worker.ts', import.meta.url), {
      workerData: { chunking } satisfies ScanWorkerData,
    });
    this.#worker.on('message', (reply: ScanReply) => this.#take(reply));
    this.#worker.on('error', (cause) => this.#fail(scanErrors.error('SCAN_WORKER_FAILED', {}, cause)));
    this.#worker.on('exit', () => this.#fail(scanErrors.error('SCAN_WORKER_FAILED')));
    signal.addEventListener('abort', this.#abort);
  }

  scan(batch: ScanBatch): Promise<readonly FileScan[]> {
    this.#signal.throwIfAborted();
    this.#settle = Promise.withResolvers();
    if (this.#failure !== undefined) this.#settle.reject(this.#failure);
    this.#worker.postMessage(batch);
    return this.#settle.promise;
  }

  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#worker.terminate();
  }

  readonly #abort = () => this.#fail(this.#signal.reason);

  #take(reply: ScanReply): void {
    if (reply.kind === 'progress') this.#onBytes(reply.bytes);
    else if (reply.kind === 'scanned') this.#settle?.resolve(reply.scans);
    else this.#fail(new AppError(reply.error));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#settle?.reject(error);
  }
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
