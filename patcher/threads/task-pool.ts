import type { Transferable } from 'node:worker_threads';
import { TaskThread, type TaskThreadOptions } from './task-thread.ts';

export interface TaskPoolOptions extends TaskThreadOptions {
  /** Threads at most; they start when they are needed. */
  readonly threads: number;
  /** Tasks a thread is given at once, for tasks that wait for something after their work; one unless told. */
  readonly tasksAtOnce?: number;
}

interface PoolThread<Task, Result> {
  readonly thread: TaskThread<Task, Result>;
  tasks: number;
}

/** Threads that take tasks as they come, for as long as the pool is in use. */
export class TaskPool<Task, Result> implements AsyncDisposable {
  readonly #options: TaskPoolOptions;
  readonly #all: PoolThread<Task, Result>[] = [];
  readonly #waiting: ((thread: PoolThread<Task, Result>) => void)[] = [];

  constructor(options: TaskPoolOptions) {
    this.#options = options;
  }

  /**
   * Do a task on the thread that has the fewest.
   * @param moved Buffers of the task to be moved rather than copied.
   * @throws {AppError} As {@link TaskThread.run}.
   */
  async run(task: Task, moved: readonly Transferable[] = []): Promise<Result> {
    const taken = this.#take() ?? (await this.#next());
    try {
      return await taken.thread.run(task, moved);
    } finally {
      taken.tasks--;
      this.#letNext();
    }
  }

  /** Start all threads now, for tasks that are to come. */
  prepare(): void {
    while (this.#all.length < this.#options.threads) this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(({ thread }) => thread.end()));
  }

  /** @returns undefined when all have as many tasks as they are given at once. One that failed is made up for. */
  #take(): PoolThread<Task, Result> | undefined {
    const { threads, tasksAtOnce = 1 } = this.#options;
    const working = this.#all.filter(({ thread }) => !thread.hasFailed);
    const [least] = working.toSorted((a, b) => a.tasks - b.tasks);
    const isBusy = least === undefined || least.tasks > 0;
    const chosen = isBusy && working.length < threads ? this.#start() : least;
    if (chosen === undefined || chosen.tasks >= tasksAtOnce) return undefined;
    chosen.tasks++;
    return chosen;
  }

  /** Wait for a thread to finish one. */
  #next(): Promise<PoolThread<Task, Result>> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #letNext(): void {
    if (this.#waiting.length === 0) return;
    const taken = this.#take();
    if (taken !== undefined) this.#waiting.shift()?.(taken);
  }

  #start(): PoolThread<Task, Result> {
    const started = { thread: new TaskThread<Task, Result>(this.#options), tasks: 0 };
    this.#all.push(started);
    return started;
  }
}
