import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import type { ReportBytes, TaskReply } from './task-server.ts';
import { threadErrors } from './thread-errors.ts';

export interface TaskThreadOptions {
  /** The worker's script, which calls `serveTasks`. */
  readonly script: URL;
  /** Given to the script as `workerData`. */
  readonly data: unknown;
  readonly signal: AbortSignal;
  readonly onBytes: ReportBytes;
}

/** One worker thread that does one task at a time. */
export class TaskThread<Task, Result> {
  readonly #worker: Worker;
  readonly #onBytes: ReportBytes;
  readonly #signal: AbortSignal;
  #settle: PromiseWithResolvers<Result> | undefined;
  /** Why it can work no more; a thread may die between two tasks. */
  #failure: unknown;

  constructor({ script, data, signal, onBytes }: TaskThreadOptions) {
    this.#onBytes = onBytes;
    this.#signal = signal;
    this.#worker = new Worker(script, { workerData: data });
    this.#worker.on('message', (reply: TaskReply<Result>) => this.#take(reply));
    this.#worker.on('error', (cause) => this.#fail(threadErrors.error('THREAD_FAILED', {}, cause)));
    this.#worker.on('exit', () => this.#fail(threadErrors.error('THREAD_FAILED')));
    signal.addEventListener('abort', this.#abort);
  }

  /** @throws {AppError} What the task threw; `THREAD_FAILED`; the signal's reason once it has fired. */
  async run(task: Task): Promise<Result> {
    this.#signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    this.#settle = Promise.withResolvers();
    this.#worker.postMessage(task);
    return await this.#settle.promise;
  }

  /** Stop the thread, whatever it is doing. */
  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#worker.terminate();
  }

  readonly #abort = () => this.#settle?.reject(this.#signal.reason);

  #take(reply: TaskReply<Result>): void {
    if (reply.kind === 'progress') this.#onBytes(reply.bytes);
    else if (reply.kind === 'done') this.#settle?.resolve(reply.result);
    else this.#settle?.reject(new AppError(reply.error));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#settle?.reject(error);
  }
}
