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
  test('grows by one while every stream brings more, up to its bound', () => {
    const { windows } = setUp((width) => width * 1000);
    expect(windows(12)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12, 12]);
  });

  test('takes back a stream that brought nothing, and tries again ever more seldom', () => {
    const { windows } = setUp((width) => Math.min(width, 6) * 1000);
    const seen = windows(200);
    expect(Math.max(...seen)).toBe(7);
    const tries = seen.flatMap((width, index) => (width === 7 ? [index] : []));
    const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(gaps.slice(0, 4)).toEqual([6, 10, 18, 34]);
    expect(seen.filter((width) => width === 6).length).toBeGreaterThan(180);
  });

  test('a limit on bandwidth keeps it where it is', () => {
    const { windows } = setUp(() => 500);
    const seen = windows(50);
    expect(Math.max(...seen)).toBe(5);
    expect(seen.at(-1)).toBe(4);
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
