import type { BenchRun, Figure, PairFacts } from './result.ts';
import { computeRatio, findFigure } from './statistics.ts';

/** One demand on every pair: what was measured, as a part of its limit or in its own unit, and what it may be at most. */
export interface Limit {
  readonly what: string;
  readonly most: number;
  readonly unit: 'ratio' | 'MiB';
  /** @returns undefined where something it needs was not measured. */
  readonly measure: (run: BenchRun, pair: PairFacts) => number | undefined;
}

const MIB = 2 ** 20;
/** Making has 512 MiB unless told otherwise, and may take so much beside them. */
const MAKING_MIB = 512 + 150;
const APPLYING_MIB = 128;
const HPATCHZ_PARTS = 1.5;
/** New bytes that applying is to make in a CPU second, if it takes longer than by hpatchz's time. */
const BYTES_A_SECOND = 150e6;
const EFFORTS = ['gantry-max', 'gantry-default', 'gantry-fast'];

/** What is demanded of a patch; where hdiffz is named, its lzma2 patches are meant. */
export const limits: readonly Limit[] = [
  bytes('max', 1),
  bytes('default', 1.05),
  bytes('fast', 1.25),
  making('default', 1),
  making('fast', 0.2),
  {
    what: 'making, worst memory in MiB',
    most: MAKING_MIB,
    unit: 'MiB',
    measure: (run, pair) => worstMemory(run, pair, 'diff'),
  },
  {
    what: '`default`, CPU of applying by its limit',
    most: 1,
    unit: 'ratio',
    measure: (run, pair) => {
      const limit = findApplyLimit(run, pair);
      const taken = findFigure(run, pair.id, 'gantry-default')?.apply?.cpuSeconds;
      return limit === undefined || taken === undefined ? undefined : taken / limit;
    },
  },
  {
    what: 'applying, worst memory in MiB',
    most: APPLYING_MIB,
    unit: 'MiB',
    measure: (run, pair) => worstMemory(run, pair, 'apply'),
  },
];

function bytes(effort: string, most: number): Limit {
  return {
    what: `\`${effort}\`, bytes by the smallest peer`,
    most,
    unit: 'ratio',
    measure: (run, pair) => computeRatio(run, pair.id, `gantry-${effort}`),
  };
}

function making(effort: string, most: number): Limit {
  return {
    what: `\`${effort}\`, CPU of making by hdiffz`,
    most,
    unit: 'ratio',
    measure: (run, pair) => {
      const taken = findFigure(run, pair.id, `gantry-${effort}`)?.diff?.cpuSeconds;
      const hdiffz = findHdiffz(run, pair)?.diff?.cpuSeconds;
      return taken === undefined || hdiffz === undefined ? undefined : taken / hdiffz;
    },
  };
}

/**
 * What hpatchz or a rate of bytes allows, and on top what `gantry apply` takes that has nothing to do: a launcher's patcher has
 * started long before there is an update (ADR 16).
 */
function findApplyLimit(run: BenchRun, pair: PairFacts): number | undefined {
  const hpatchz = findHdiffz(run, pair)?.apply?.cpuSeconds;
  if (hpatchz === undefined || run.start === undefined) return undefined;
  return run.start.applySeconds + Math.max(HPATCHZ_PARTS * hpatchz, pair.newBytes / BYTES_A_SECOND);
}

/** Of this run where there is one, else of the newer version as measured elsewhere. */
function findHdiffz(run: BenchRun, pair: PairFacts): Figure | undefined {
  const found = ['hdiffz-lzma2', 'hdiffz3-lzma2'].flatMap((tool) => findFigure(run, pair.id, tool) ?? []);
  return found.find(({ reference }) => !reference) ?? found[0];
}

function worstMemory(run: BenchRun, pair: PairFacts, step: 'diff' | 'apply'): number | undefined {
  const figures = EFFORTS.flatMap((effort) => findFigure(run, pair.id, effort)?.[step]?.peakBytes ?? []);
  return figures.length === 0 ? undefined : Math.max(...figures) / MIB;
}
