import { RepeatIndex } from './repeat-index.ts';
import type { Repeat } from './repeats.ts';

/** Fills a buffer with made bytes. */
export type ReadMade = (position: number, into: Uint8Array) => void;

/** A stretch of made bytes. */
export interface MadeRun {
  readonly start: number;
  readonly end: number;
}

/**
 * Least length of a repeat. Shorter ones are found by the coding of a segment when they are near, and would cut streams
 * in two that are compared by their content.
 */
export const REPEAT_BYTES_MIN = 8192;
/** Read at once. */
const BLOCK_BYTES = 2 ** 20;
/** Compared at once. */
const STEP_BYTES = 2 ** 14;

/** Looks for repeats in runs of made bytes, given in their order. */
export class RepeatSearch {
  readonly repeats: Repeat[] = [];
  readonly #index: RepeatIndex;
  readonly #read: ReadMade;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  readonly #one = Buffer.alloc(STEP_BYTES);
  readonly #other = Buffer.alloc(STEP_BYTES);

  constructor(sizeBytes: number, read: ReadMade) {
    this.#index = new RepeatIndex(sizeBytes);
    this.#read = read;
  }

  /** Look at the next bytes of a run. @returns Where to go on. */
  scan(start: number, run: MadeRun): number {
    const block = this.#block.subarray(0, Math.min(BLOCK_BYTES, run.end - start));
    this.#read(start, block);
    for (let at = 0; at < block.length; ) {
      const found = this.#index.findNext(block, at, start);
      if (found === undefined) break;
      const repeat = this.#extend(start + found.at, found.from, run);
      if (repeat !== undefined) this.repeats.push(repeat);
      at = repeat === undefined ? found.next : repeat.start + repeat.length - start;
      if (at > block.length && repeat !== undefined) return start + at;
    }
    return start + block.length;
  }

  /** How far bytes around two places are equal; undefined when it is not worth a piece. */
  #extend(position: number, from: number, run: MadeRun): Repeat | undefined {
    const last = this.repeats.at(-1);
    const floor = Math.max(run.start, last === undefined ? 0 : last.start + last.length);
    const before = this.#countBefore(position, from, Math.min(position - floor, position - from, from));
    const start = position - before;
    const behind = this.#countBehind(position, from, Math.min(run.end - position, start - from));
    const length = before + behind;
    return length < REPEAT_BYTES_MIN ? undefined : { start, length, from: from - before };
  }

  #countBehind(position: number, from: number, limit: number): number {
    let done = 0;
    while (done < limit) {
      const count = Math.min(STEP_BYTES, limit - done);
      const [one, other] = this.#readBoth(position + done, from + done, count);
      if (one.equals(other)) done += count;
      else {
        let equal = 0;
        while (one[equal] === other[equal]) equal++;
        return done + equal;
      }
    }
    return done;
  }

  #countBefore(position: number, from: number, limit: number): number {
    let done = 0;
    while (done < limit) {
      const count = Math.min(STEP_BYTES, limit - done);
      const [one, other] = this.#readBoth(position - done - count, from - done - count, count);
      if (one.equals(other)) done += count;
      else {
        let equal = 0;
        while (one[count - 1 - equal] === other[count - 1 - equal]) equal++;
        return done + equal;
      }
    }
    return done;
  }

  #readBoth(position: number, from: number, count: number): readonly [Buffer, Buffer] {
    const one = this.#one.subarray(0, count);
    const other = this.#other.subarray(0, count);
    this.#read(position, one);
    this.#read(from, other);
    return [one, other];
  }
}
