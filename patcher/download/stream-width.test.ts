import { describe, expect, test } from 'vitest';
import { StreamWidth } from './stream-width.ts';

/** Lets two-second windows pass on a line that gives as many bytes as `rateAt` says of the width. */
function setUp(rateAt: (width: number) => number) {
  let now = 0;
  const width = new StreamWidth({ now: () => now, sleep: () => Promise.resolve() });
  const seen: number[] = [];
  const windows = (count: number): number[] => {
    for (let index = 0; index < count; index++) {
      now += 2000;
      width.arrived(rateAt(width.current) * 2000);
      seen.push(width.current);
    }
    return seen.splice(0);
  };
  return { width, windows, pass: (ms: number) => (now += ms) };
}

describe('StreamWidth', () => {
  test('doubles while that brings more, up to its bound, and after a setback grows by one', () => {
    const { width, windows, pass } = setUp((streams) => streams * 1000);
    expect(windows(3)).toEqual([8, 12, 12]);
    width.slowDown();
    pass(2000);
    expect(windows(9)).toEqual([6, 6, 6, 6, 6, 7, 8, 9, 10]);
  });

  test('takes back a stream that brought nothing, and tries again ever more seldom', () => {
    const { windows } = setUp((width) => Math.min(width, 8) * 1000);
    expect(windows(3)).toEqual([8, 12, 8]);
    const seen = windows(200);
    expect(Math.max(...seen)).toBe(9);
    const tries = seen.flatMap((width, index) => (width === 9 ? [index] : []));
    const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(gaps.slice(0, 4)).toEqual([10, 18, 34, 66]);
    expect(seen.filter((width) => width === 8).length).toBeGreaterThan(190);
  });

  test('a limit on bandwidth keeps it where it is', () => {
    const { windows } = setUp(() => 500);
    const seen = windows(50);
    expect(Math.max(...seen)).toBe(8);
    expect(seen.slice(1).filter((width) => width === 4).length).toBeGreaterThan(43);
  });

  test('halves once however many streams break together, and again in the next window', () => {
    const { width, windows, pass } = setUp((streams) => streams * 1000);
    windows(8);
    for (let stream = 0; stream < 12; stream++) width.slowDown();
    expect(width.current).toBe(6);
    pass(2000);
    width.slowDown();
    width.slowDown();
    expect(width.current).toBe(3);
    for (let time = 0; time < 5; time++) {
      pass(2000);
      width.slowDown();
    }
    expect(width.current).toBe(1);
    expect(windows(10).at(-1)).toBeGreaterThan(3);
  });
});
