import type { Clock } from './clock.ts';

export interface WidthBounds {
  readonly initial: number;
  readonly max: number;
  /** Over how long throughput is measured before the width may change, in ms: a few round trips to the slowest edge. */
  readonly windowMs: number;
  /** An added stream has to bring this much more, as a factor, to be kept. */
  readonly gainMin: number;
}

/**
 * More than twelve connections to one host help nobody who has bandwidth, and hurt whoever shares the line.
 * @see https://datatracker.ietf.org/doc/html/rfc9112#section-9.4
 */
const DEFAULT_BOUNDS: WidthBounds = { initial: 4, max: 12, windowMs: 2_000, gainMin: 1.05 };
/** Windows to leave the width alone after a stream that brought nothing; doubled each time, up to about two minutes. */
const HOLD_FIRST = 4;
const HOLD_MAX = 64;

/**
 * How many streams run at once: twice as many, then one more at a time while that makes the whole faster, half when a
 * server asks for it or connections break (slow start, additive increase, multiplicative decrease).
 */
export class StreamWidth {
  readonly #clock: Clock;
  readonly #bounds: WidthBounds;
  #width: number;
  #windowBegan: number;
  #windowBytes = 0;
  /** Bytes per ms before the last stream was added; undefined when none was just added. */
  #rateBefore: number | undefined;
  #hold = 0;
  #holdNext = HOLD_FIRST;
  #slowed = false;
  /** Twice as many at a time until that brings nothing or too much: a fast line need not wait for a dozen windows. */
  #slowStart = true;
  /** Streams the last step added. */
  #added = 0;

  constructor(clock: Clock, bounds: Partial<WidthBounds> = {}) {
    this.#clock = clock;
    this.#bounds = { ...DEFAULT_BOUNDS, ...bounds };
    this.#width = this.#bounds.initial;
    this.#windowBegan = clock.now();
  }

  get current(): number {
    return this.#width;
  }

  /** Bytes came in over any stream. */
  arrived(sizeBytes: number): void {
    this.#windowBytes += sizeBytes;
    const elapsedMs = this.#clock.now() - this.#windowBegan;
    if (elapsedMs < this.#bounds.windowMs) return;
    this.#judge(this.#windowBytes / elapsedMs);
    this.#beginWindow();
  }

  /** A server asked for less, or a connection broke. Streams that break together halve the width once, not each. */
  slowDown(): void {
    if (this.#slowed && this.#clock.now() - this.#windowBegan < this.#bounds.windowMs) return;
    this.#slowStart = false;
    this.#width = Math.max(1, Math.floor(this.#width / 2));
    this.#rateBefore = undefined;
    this.#hold = HOLD_FIRST;
    this.#beginWindow();
    this.#slowed = true;
  }

  #judge(rate: number): void {
    const before = this.#rateBefore;
    this.#rateBefore = undefined;
    if (this.#slowed) return; // A window in which it was halved says nothing of the width it ends with.
    if (before !== undefined && rate < before * this.#bounds.gainMin) {
      this.#slowStart = false;
      this.#width = Math.max(1, this.#width - this.#added);
      this.#hold = this.#holdNext;
      this.#holdNext = Math.min(HOLD_MAX, this.#holdNext * 2);
      return;
    }
    if (before !== undefined) this.#holdNext = HOLD_FIRST;
    if (this.#hold > 0) this.#hold--;
    else if (this.#width < this.#bounds.max) {
      this.#rateBefore = rate;
      this.#added = Math.min(this.#bounds.max - this.#width, this.#slowStart ? this.#width : 1);
      this.#width += this.#added;
    }
  }

  #beginWindow(): void {
    this.#windowBegan = this.#clock.now();
    this.#windowBytes = 0;
    this.#slowed = false;
  }
}
