import { setImmediate } from 'node:timers/promises';

/**
 * Work that may be paused wherever it yields. One source serves those who want a result at once, as tests and commands do,
 * and those whose event loop has more to do, as the patcher's: 200,000 files are half a second of work in several places.
 */
export type Slices<Result> = Generator<void, Result>;

/** Work of this long is no delay anybody sees, and the pause after it costs nothing beside. */
const SLICE_MS = 8;
/** Of rows that take some microseconds each; a power of two. Trees of fewer files are never paused. */
const ROWS_A_LOOK = 512;

/** Where a loop over rows should yield. @param row From 0 on. */
export function isPause(row: number): boolean {
  return (row & (ROWS_A_LOOK - 1)) === ROWS_A_LOOK - 1;
}

/** Do all of it now. */
export function atOnce<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Do it slice by slice, with a turn of the event loop after each. */
export async function inSlices<Result>(work: Slices<Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await setImmediate();
  }
}

/**
 * What several that work on one thread take of each turn of its event loop: together no more than a slice, and the piece that
 * was begun before it was over. A dozen downloads, each with a piece of 5 ms whenever bytes arrive, made the loop late by 60.
 */
export class SharedTurn {
  #began = Number.NEGATIVE_INFINITY;
  #next: Promise<void> | undefined;

  /** To be asked right before a piece; while it is true, {@link next} is to be waited for. */
  get isOver(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  /** The next turn. Others hear of it as well, and may have taken all of it before. */
  next(): Promise<void> {
    return (this.#next ??= this.#begin());
  }

  async #begin(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
    this.#next = undefined;
  }
}
