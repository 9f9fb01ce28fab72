import { type Clock, sleepUnlessWoken } from './clock.ts';

/**
 * A token bucket: `take` returns once that many bytes may have passed. Bytes are taken after they arrived,
 * so the bucket may go into debt; TCP then slows the sender. Bursts are bounded by one second's worth.
 */
export class BandwidthLimit {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  #tokens: number;
  #filledAt: number;
  /** Who sleeps; woken when the limit changes, so that nobody sleeps off a debt at a rate that no longer holds. */
  readonly #sleepers = new Set<() => void>();

  /** @param bytesPerSecond `Infinity` for no limit. */
  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = Number.isFinite(bytesPerSecond) ? bytesPerSecond : 0;
    this.#filledAt = clock.now();
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Change the limit while streams run; debt at the old rate is forgiven. */
  set bytesPerSecond(value: number) {
    this.#bytesPerSecond = value;
    this.#tokens = 0;
    this.#filledAt = this.#clock.now();
    for (const wake of this.#sleepers) wake();
  }

  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (!Number.isFinite(this.#bytesPerSecond)) return;
    this.#fill();
    this.#tokens -= bytes;
    if (this.#tokens >= 0) return;
    await sleepUnlessWoken(this.#clock, (-this.#tokens / this.#bytesPerSecond) * 1000, {
      signal,
      onWake: (wake) => {
        this.#sleepers.add(wake);
        return () => this.#sleepers.delete(wake);
      },
    });
  }

  #fill(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#filledAt) / 1000) * this.#bytesPerSecond;
    this.#tokens = Math.min(this.#bytesPerSecond, this.#tokens + earned);
    this.#filledAt = now;
  }
}
