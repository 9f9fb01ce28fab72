import { setImmediate } from 'node:timers/promises';

/** Work that is done task by task; disposed of when there are no more. */
export interface TaskWork<Task, Result> extends Disposable {
  do(task: Task): Result;
}

/** What does tasks one at a time: a `TaskThread`, or the thread that asks. */
export interface TaskRunner<Task, Result> {
  run(task: Task): Promise<Result>;
  end(): Promise<void>;
}

/**
 * Does tasks on the thread that asks, which is blocked for as long as each takes: for work that takes less than another
 * thread's start, 50 to 90 ms of CPU.
 */
export class CallingThread<Task, Result> implements TaskRunner<Task, Result> {
  readonly #work: TaskWork<Task, Result>;
  readonly #signal: AbortSignal | undefined;

  constructor(work: TaskWork<Task, Result>, signal: AbortSignal | undefined) {
    this.#work = work;
    this.#signal = signal;
  }

  /** @throws What the work throws; the signal's reason if it has fired, also while the task before blocked the thread. */
  async run(task: Task): Promise<Result> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    return this.#work.do(task);
  }

  async end(): Promise<void> {
    this.#work[Symbol.dispose]();
  }
}
