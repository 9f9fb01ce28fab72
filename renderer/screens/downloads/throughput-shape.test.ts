import { describe, expect, it } from 'vitest';
import { sampleThroughput } from '../../testing/scenarios.ts';
import { niceCeiling, shapeThroughput } from './throughput-shape.ts';

const sample = (seconds: number, network: number, disk = 0) => ({
  at: seconds * 1000,
  networkBytesPerSecond: network,
  diskBytesPerSecond: disk,
});

/** All end points of a path's segments. */
const ends = (path: string): number[][] =>
  path
    .split(/[MC]/)
    .slice(1)
    .map((segment) => segment.split(' ').slice(-2).map(Number));

describe('shapeThroughput', () => {
  it('is empty without samples', () => {
    expect(shapeThroughput([])).toMatchObject({
      networkLine: '',
      networkArea: '',
      diskLine: '',
      networkPeak: 0,
    });
  });

  it('puts the newest at the right edge and one second one unit to its left', () => {
    expect(ends(shapeThroughput([sample(9, 0), sample(10, 1_000_000)]).networkLine)).toEqual([
      [119, 100],
      [120, 50],
    ]);
  });

  it('leaves out what is older than two minutes', () => {
    expect(ends(shapeThroughput([sample(0, 9e9), sample(500, 1), sample(501, 1)]).networkLine)).toHaveLength(
      2,
    );
  });

  it('gives the ceiling air for the faster of network and disk, and the peak of the network alone', () => {
    const shape = shapeThroughput([sample(1, 30_000_000, 80_000_000)]);
    expect(shape).toMatchObject({ ceiling: 100_000_000, networkPeak: 30_000_000 });
  });

  it('never draws outside its box', () => {
    const { networkLine, diskLine } = shapeThroughput(sampleThroughput());
    const numbers = `${networkLine}${diskLine}`.match(/-?[\d.]+/g)?.map(Number) ?? [];
    expect(numbers.length).toBeGreaterThan(1000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(120);
  });
});

describe('niceCeiling', () => {
  it.each([
    [0, 1_000_000],
    [900_000, 1_000_000],
    [1_000_000, 2_000_000],
    [48_000_000, 100_000_000],
    [98_000_000, 200_000_000],
  ])('%d bytes a second stand under %d', (speed, ceiling) => {
    expect(niceCeiling(speed)).toBe(ceiling);
  });
});
