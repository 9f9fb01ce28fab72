import type { Clock } from './clock.ts';

/** A reason of its own: without one each end of a watch would make an exception with a stack trace. */
const ENDED = 'it did not stall';

/**
 * Breaks off waiting for one answer where nothing comes for too long. One sleep at a time watches over all of its parts: one
 * for each of them, with a signal to end it, took a thirtieth of an install's CPU.
 */
export class StallWatch implements Disposable {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #ended = new AbortController();
  readonly #stalled = Promise.withResolvers<never>();
  /** Since when somebody waits; undefined while nobody does. */
  #since: number | undefined;

  /** @param toError What those who wait are told when nothing came for `stallMs`. */
  constructor(clock: Clock, stallMs: number, toError: () => Error) {
    this.#clock = clock;
    this.#stallMs = stallMs;
    // Nobody may be waiting when it ends.
    this.#stalled.promise.catch(() => {});
    this.#watch().then(
      () => this.#stalled.reject(toError()),
      () => {
        // It was ended.
      },
    );
  }

  /** Wait for `work`, one at a time. @throws What it throws, or that it stalled. */
  async over<T>(work: Promise<T>): Promise<T> {
    this.#since = this.#clock.now();
    try {
      return await Promise.race([work, this.#stalled.promise]);
    } finally {
      this.#since = undefined;
      work.catch(() => {
        // Reported through the race already, or abandoned with the connection.
      });
    }
  }

  [Symbol.dispose](): void {
    this.#ended.abort(ENDED);
  }

  /** Ends when somebody has waited for too long; whoever begins to wait while it sleeps has his time from then on. */
  async #watch(): Promise<void> {
    for (let leftMs = this.#stallMs; leftMs > 0; leftMs = this.#leftMs()) {
      await this.#clock.sleep(leftMs, this.#ended.signal);
    }
  }

  #leftMs(): number {
    const now = this.#clock.now();
    return (this.#since ?? now) + this.#stallMs - now;
  }
}
