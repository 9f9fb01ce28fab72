import type { Transferable } from 'node:worker_threads';
import { TaskThread, type TaskThreadOptions } from './task-thread.ts';

export interface TaskPoolOptions extends TaskThreadOptions {
  /** Threads at most; they start when they are needed. */
  readonly threads: number;
}

/** Threads that take tasks as they come, for as long as the pool is in use. */
export class TaskPool<Task, Result> implements AsyncDisposable {
  readonly #options: TaskPoolOptions;
  readonly #all: TaskThread<Task, Result>[] = [];
  readonly #idle: TaskThread<Task, Result>[] = [];
  readonly #waiting: ((thread: TaskThread<Task, Result>) => void)[] = [];

  constructor(options: TaskPoolOptions) {
    this.#options = options;
  }

  /**
   * Do a task on the next free thread.
   * @param moved Buffers of the task to be moved rather than copied.
   * @throws {AppError} As {@link TaskThread.run}.
   */
  async run(task: Task, moved: readonly Transferable[] = []): Promise<Result> {
    const thread = await this.#take();
    try {
      return await thread.run(task, moved);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(thread);
      else next(thread);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.end()));
  }

  #take(): TaskThread<Task, Result> | Promise<TaskThread<Task, Result>> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length >= this.#options.threads)
      return new Promise((resolve) => this.#waiting.push(resolve));
    const thread = new TaskThread<Task, Result>(this.#options);
    this.#all.push(thread);
    return thread;
  }
}
