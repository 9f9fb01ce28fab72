import type { ThroughputSample } from '../../../preload/contract.ts';

/** Two minutes, one sample a second: what main keeps. */
export const windowSeconds = 120;

export interface ThroughputShape {
  /** SVG path data in a box of `windowSeconds` by 100. */
  readonly networkLine: string;
  readonly networkArea: string;
  readonly diskLine: string;
  /** Bytes per second at the top of the box. */
  readonly ceiling: number;
  /** Highest network speed in the window, in bytes per second. */
  readonly networkPeak: number;
}

/**
 * Lay the samples into a box: newest at the right edge, one unit a second, zero at the bottom.
 * @param samples Oldest first; `at` in milliseconds. Empty gives empty paths.
 */
export function shapeThroughput(samples: readonly ThroughputSample[]): ThroughputShape {
  const newestAt = samples.at(-1)?.at ?? 0;
  const visible = samples.filter(({ at }) => newestAt - at <= windowSeconds * 1000);
  const networkPeak = Math.max(0, ...visible.map((sample) => sample.networkBytesPerSecond));
  const peak = Math.max(networkPeak, ...visible.map((sample) => sample.diskBytesPerSecond));
  const ceiling = niceCeiling(peak);
  const x = (at: number): number => windowSeconds - (newestAt - at) / 1000;
  const y = (speed: number): number => 100 - (speed / ceiling) * 100;
  const network = visible.map((sample): Point => [x(sample.at), y(sample.networkBytesPerSecond)]);
  const disk = visible.map((sample): Point => [x(sample.at), y(sample.diskBytesPerSecond)]);
  const networkLine = smoothLine(network);
  const first = network[0];
  const networkArea =
    first === undefined ? '' : `${networkLine}L${windowSeconds} 100L${round(first[0])} 100Z`;
  return { networkLine, networkArea, diskLine: smoothLine(disk), ceiling, networkPeak };
}

type Point = readonly [x: number, y: number];

/** The next of 1, 2, 5 times a power of ten with a little air above; at least 1 MB/s, so that noise stays small. */
export function niceCeiling(speed: number): number {
  const wanted = Math.max(1_000_000, speed * 1.08);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return (([1, 2, 3, 5, 10] as const).find((step) => step * power >= wanted) ?? 10) * power;
}

/** A curve through every point that never swings past its neighbours. @see Fritsch and Carlson, 1980 */
function smoothLine(points: readonly Point[]): string {
  const slopes = points.map((_, index) => tangentAt(points, index));
  return points
    .map(([x, y], index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${round(x)} ${round(y)}`;
      const third = (x - before[0]) / 3;
      const leave = round(before[1] + third * (slopes[index - 1] ?? 0));
      const arrive = round(y - third * (slopes[index] ?? 0));
      return `C${round(before[0] + third)} ${leave} ${round(x - third)} ${arrive} ${round(x)} ${round(y)}`;
    })
    .join('');
}

/** The curve's slope at a point: the harmonic mean of its two sides, level at a peak, a valley and the ends. */
function tangentAt(points: readonly Point[], index: number): number {
  const before = slopeBetween(points[index - 1], points[index]);
  const after = slopeBetween(points[index], points[index + 1]);
  return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
}

function slopeBetween(from: Point | undefined, to: Point | undefined): number {
  if (from === undefined || to === undefined || to[0] === from[0]) return 0;
  return (to[1] - from[1]) / (to[0] - from[0]);
}

const round = (value: number): number => Math.round(value * 100) / 100;
