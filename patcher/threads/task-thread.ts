import { type Transferable, Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import type { TaskRunner } from './calling-thread.ts';
import { createStopFlag, raise, type ThreadData } from './stop-flag.ts';
import type { ReportBytes, TaskMessage, TaskReply } from './task-server.ts';
import { threadErrors } from './thread-errors.ts';

export interface TaskThreadOptions {
  /** The worker's script, which calls `serveTasks`. */
  readonly script: URL;
  /** What the script has from `threadData`. */
  readonly data: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ReportBytes | undefined;
}

/** Most of a thread's work is on buffers: it has few objects that die young, and as many MiB for them would be 48. */
const YOUNG_MIB_MAX = 8;

/** One worker thread. It begins its tasks in order; while one waits for something it does the next. */
export class TaskThread<Task, Result> implements TaskRunner<Task, Result> {
  readonly #worker: Worker;
  readonly #stopFlag = createStopFlag();
  readonly #ended = Promise.withResolvers<void>();
  readonly #onBytes: ReportBytes | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Tasks it has not answered, by their number. */
  readonly #unanswered = new Map<number, PromiseWithResolvers<Result>>();
  #sentTasks = 0;
  /** Why it can work no more; a thread may die between two tasks. */
  #failure: unknown;

  constructor({ script, data, signal, onBytes }: TaskThreadOptions) {
    this.#onBytes = onBytes;
    this.#signal = signal;
    const workerData: ThreadData<unknown> = { stopFlag: this.#stopFlag, data };
    this.#worker = new Worker(script, {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB_MAX },
    });
    this.#worker.on('message', (reply: TaskReply<Result>) => this.#take(reply));
    this.#worker.on('error', (cause) => this.#fail(threadErrors.error('THREAD_FAILED', {}, cause)));
    this.#worker.on('exit', () => {
      this.#fail(threadErrors.error('THREAD_FAILED'));
      this.#ended.resolve();
    });
    signal?.addEventListener('abort', this.#abort);
  }

  /** True when it can work no more. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * @param moved Buffers of the task to be moved rather than copied.
   * @throws {AppError} What the task threw; `THREAD_FAILED`; the signal's reason once it has fired.
   */
  async run(task: Task, moved: readonly Transferable[] = []): Promise<Result> {
    this.#signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    const id = this.#sentTasks++;
    const answer = Promise.withResolvers<Result>();
    this.#unanswered.set(id, answer);
    try {
      this.#send({ kind: 'task', id, task }, moved);
      return await answer.promise;
    } finally {
      this.#unanswered.delete(id);
    }
  }

  /**
   * Ask the thread to end, and wait until it has: at once when it is idle, else when its task next reports or
   * looks at its flag. It is never terminated: see `throwIfStopped`.
   */
  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    raise(this.#stopFlag);
    this.#send({ kind: 'end' });
    await this.#ended.promise;
  }

  /** Nobody waits for the task any more; the thread hears of it without waiting for `end`. */
  readonly #abort = () => {
    raise(this.#stopFlag);
    this.#rejectAll(this.#signal?.reason);
  };

  #send(message: TaskMessage<Task>, moved: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  #take(reply: TaskReply<Result>): void {
    if (reply.kind === 'progress') this.#onBytes?.(reply.bytes);
    else if (reply.kind === 'done') this.#unanswered.get(reply.id)?.resolve(reply.result);
    else if (reply.kind === 'failed') this.#unanswered.get(reply.id)?.reject(new AppError(reply.error));
    else this.#fail(threadErrors.error('THREAD_FAILED', {}, reply.cause));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#rejectAll(error);
  }

  #rejectAll(reason: unknown): void {
    for (const answer of this.#unanswered.values()) answer.reject(reason);
  }
}
