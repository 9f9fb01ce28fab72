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
      const next = this.#waiting.shift();
      if (next === undefined) taken.tasks--;
      else next(taken);
    }
  }

  /** Start all threads now, for tasks that are to come. */
  prepare(): void {
    while (this.#all.length < this.#options.threads) this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(({ thread }) => thread.end()));
  }

  /** @returns undefined when all have as many tasks as they are given at once. */
  #take(): PoolThread<Task, Result> | undefined {
    const { threads, tasksAtOnce = 1 } = this.#options;
    const [least] = this.#all.toSorted((a, b) => a.tasks - b.tasks);
    const isBusy = least === undefined || least.tasks > 0;
    const chosen = isBusy && this.#all.length < threads ? this.#start() : least;
    if (chosen === undefined || chosen.tasks >= tasksAtOnce) return undefined;
    chosen.tasks++;
    return chosen;
  }

  /** Wait for a thread to finish one; what it was counted for is then counted for who waited. */
  #next(): Promise<PoolThread<Task, Result>> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #start(): PoolThread<Task, Result> {
    const started = { thread: new TaskThread<Task, Result>(this.#options), tasks: 0 };
    this.#all.push(started);
    return started;
  }
}
