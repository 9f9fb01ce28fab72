import type { JobResult } from './job-runner.ts';

interface Waiter {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for how a game's job ends. */
export class JobWaiters {
  readonly #waiters = new Map<string, Waiter[]>();

  /** @returns The job's result; rejects with its error, or with that it was paused or cancelled. */
  wait(gameId: string): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.#waiters.set(gameId, [...(this.#waiters.get(gameId) ?? []), { resolve, reject }]);
    });
  }

  resolve(gameId: string, result: JobResult): void {
    for (const waiter of this.#take(gameId)) waiter.resolve(result);
  }

  reject(gameId: string, error: unknown): void {
    for (const waiter of this.#take(gameId)) waiter.reject(error);
  }

  #take(gameId: string): Waiter[] {
    const waiters = this.#waiters.get(gameId) ?? [];
    this.#waiters.delete(gameId);
    return waiters;
  }
}
