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
