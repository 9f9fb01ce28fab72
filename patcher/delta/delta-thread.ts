import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { deltaErrors } from './delta-errors.ts';
import type { DeltaReply, DeltaTask, DeltaWorkerData } from './delta-worker.ts';

/** What a task gives back when it did not fail. */
export type DeltaResult = Extract<DeltaReply, { kind: 'indexed' | 'made' }>;

/** One worker thread, one task at a time. */
export class DeltaThread {
  readonly #worker: Worker;
  #settle: PromiseWithResolvers<DeltaResult> | undefined;
  #failure: unknown;

  constructor(data: DeltaWorkerData) {
    this.#worker = new Worker(new URL('delta-worker.ts', import.meta.url), { workerData: data });
    this.#worker.on('message', (reply: DeltaReply) => this.#take(reply));
    this.#worker.on('error', (cause) => this.#fail(deltaErrors.error('PATCH_WORKER_FAILED', {}, cause)));
    this.#worker.on('exit', () => this.#fail(deltaErrors.error('PATCH_WORKER_FAILED')));
  }

  /** @throws {AppError} What the task threw, or `PATCH_WORKER_FAILED`. */
  run(task: DeltaTask): Promise<DeltaResult> {
    this.#settle = Promise.withResolvers();
    if (this.#failure === undefined) this.#worker.postMessage(task);
    else this.#settle.reject(this.#failure);
    return this.#settle.promise;
  }

  /** Give up, whatever runs. */
  async end(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #take(reply: DeltaReply): void {
    if (reply.kind === 'failed') this.#settle?.reject(new AppError(reply.error));
    else if (reply.kind === 'crashed') {
      this.#settle?.reject(deltaErrors.error('PATCH_WORKER_FAILED', { reason: reply.reason }));
    } else this.#settle?.resolve(reply);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#settle?.reject(this.#failure);
  }
}
