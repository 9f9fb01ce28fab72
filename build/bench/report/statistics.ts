import { type BenchRun, type Figure, figureKey } from './result.ts';

/** @returns undefined for no values, or when one is not positive: a mean of what is left would mislead. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0 || values.some((value) => !(value > 0))) return undefined;
  return Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length);
}

export function findFigure(run: BenchRun, pair: string, tool: string): Figure | undefined {
  return run.figures.get(figureKey(pair, tool));
}

/** The peer that needs the fewest bytes for a pair; Gantry itself and plain downloads do not count. */
export function findSmallestPeer(
  run: BenchRun,
  pair: string,
): { readonly label: string; readonly downloadBytes: number } | undefined {
  return run.tools
    .filter((tool) => tool.kind === 'peer')
    .flatMap(({ id, label }) => {
      const figure = findFigure(run, pair, id);
      return figure === undefined ? [] : [{ label, downloadBytes: figure.downloadBytes }];
    })
    .sort((first, second) => first.downloadBytes - second.downloadBytes)[0];
}

/** A tool's bytes relative to the smallest peer's; undefined where either was not measured. */
export function computeRatio(run: BenchRun, pair: string, tool: string): number | undefined {
  const smallest = findSmallestPeer(run, pair);
  const figure = findFigure(run, pair, tool);
  if (smallest === undefined || figure === undefined) return undefined;
  return figure.downloadBytes / smallest.downloadBytes;
}

/** Mean ratio over all pairs of a class that were run; undefined unless the tool was measured on each of them. */
export function computeMeanRatio(
  run: BenchRun,
  tool: string,
  pairClass?: 'executable' | 'game',
): number | undefined {
  const chosen = run.pairs.filter((pair) => pairClass === undefined || pair.class === pairClass);
  const ratios = chosen.map((pair) => computeRatio(run, pair.id, tool));
  if (ratios.includes(undefined)) return undefined;
  return geometricMean(ratios.filter((ratio) => ratio !== undefined));
}

/** Players' lines the report looks at. */
export const RATES_MBIT = [10, 50, 250] as const;

/** Download, then apply on one core, nothing overlapping: bytes × 8 / rate + CPU seconds. */
export function computeSecondsToPlayable(
  figure: { readonly downloadBytes: number; readonly apply?: { readonly cpuSeconds: number } },
  rateMbit: number,
): number | undefined {
  if (figure.apply === undefined) return undefined;
  return (figure.downloadBytes * 8) / (rateMbit * 1e6) + figure.apply.cpuSeconds;
}

/** CloudFront's published price of the first 10 TB a month in Europe and North America, November 2026. */
export const USD_PER_GB = 0.085;
const GB = 2 ** 30;

/** What the CDN charges for a million players fetching this once. Requests are not counted. */
export function computeUsdPerMillion(downloadBytes: number): number {
  return (downloadBytes / GB) * USD_PER_GB * 1e6;
}
