import type { Clock } from './clock.ts';

/**
 * A token bucket: `take` returns once that many bytes may have passed. Bytes are taken after they arrived,
 * so the bucket may go into debt; TCP then slows the sender. Bursts are bounded by one second's worth.
 */
export class BandwidthLimit {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  #tokens: number;
  #filledAt: number;
  /** Aborted when the limit changes, so that nobody sleeps off a debt at a rate that no longer holds. */
  #changed = new AbortController();

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
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (!Number.isFinite(this.#bytesPerSecond)) return;
    this.#fill();
    this.#tokens -= bytes;
    if (this.#tokens >= 0) return;
    const changed = this.#changed.signal;
    const either = signal === undefined ? changed : AbortSignal.any([signal, changed]);
    try {
      await this.#clock.sleep((-this.#tokens / this.#bytesPerSecond) * 1000, either);
    } catch (error) {
      signal?.throwIfAborted();
      if (!changed.aborted) throw error;
    }
  }

  #fill(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#filledAt) / 1000) * this.#bytesPerSecond;
    this.#tokens = Math.min(this.#bytesPerSecond, this.#tokens + earned);
    this.#filledAt = now;
  }
}
