import { geometricMean } from '../report/statistics.ts';
import { formatMegabytes, formatSeconds, formatTable } from '../report/tables.ts';
import { type DownloadCosts, allBytes, computeSeconds, computeUsd } from './cost-model.ts';
import type { Study, WayCosts } from './run-study.ts';

export type StudyTableName = 'chains' | 'sizes' | 'mean' | 'updates' | 'packs' | 'gaps' | 'scan';

/** What all others are compared with. */
const DEFAULT_WAY = 'default';
const MISSING = '–';
/** Size of the game that sizes of manifests are told for. */
const LARGE_GAME_BYTES = 100e9;
/** Of a manifest, for each chunk: measured on 1,000,000 chunks (docs/formats/manifest.md). */
const MANIFEST_BYTES_PER_CHUNK = 38.7;

type Deed = 'install' | 'steps' | 'skip';

/** Every table of the study as Markdown. */
export function renderStudy(study: Study): Readonly<Record<StudyTableName, string>> {
  return {
    chains: chainTable(study),
    sizes: sizeTable(study),
    mean: meanTable(study),
    updates: updateTable(study),
    packs: sumTable(study, 'packs'),
    gaps: sumTable(study, 'requests'),
    scan: scanTable(study),
  };
}

function chainTable({ chains }: Study): string {
  const rows = chains.map(({ chain, costs }) => [
    chain.id,
    chain.about,
    chain.versions.join(' → '),
    formatMegabytes(findWay(costs, DEFAULT_WAY)?.install?.bytes ?? 0),
  ]);
  return formatTable([['game', 'what it is', 'versions', 'install, MB'], ...rows], 3);
}

/** How many chunks a large game has of each size: what its manifest weighs. */
function sizeTable({ chains }: Study): string {
  const [first] = chains;
  const rows = (first?.costs ?? []).flatMap(({ way, group }) => {
    const mean = first?.meanChunkBytes[way];
    if (group !== 'chunks' || mean === undefined) return [];
    const chunks = LARGE_GAME_BYTES / mean;
    const cells = [mean / 1024, chunks / 1000, (chunks * MANIFEST_BYTES_PER_CHUNK) / 1e6];
    return [[way, ...cells.map((cell) => Math.round(cell).toLocaleString('en'))]];
  });
  return formatTable([['', 'mean chunk, KiB', 'thousand chunks', 'manifest, MB'], ...rows]);
}

/** Everything relative to the default, as geometric means over the games. */
function meanTable(study: Study): string {
  const columns: readonly (readonly [string, Deed, (costs: DownloadCosts) => number])[] = [
    ['install: bytes', 'install', allBytes],
    ['requests', 'install', ({ requests }) => requests],
    ['USD', 'install', computeUsd],
    ['seconds', 'install', computeSeconds],
    ['update: bytes', 'steps', allBytes],
    ['requests', 'steps', ({ requests }) => requests],
    ['USD', 'steps', computeUsd],
    ['seconds', 'steps', computeSeconds],
    ['oldest to newest: bytes', 'skip', allBytes],
  ];
  const rows = listWays(study, ['chunks', 'rival']).map((way) => [
    way,
    ...columns.map(([, deed, measure]) => formatMean(study, way, deed, measure)),
  ]);
  return formatTable([['', ...columns.map(([title]) => title)], ...rows]);
}

function formatMean(
  { chains }: Study,
  way: string,
  deed: Deed,
  measure: (costs: DownloadCosts) => number,
): string {
  const ratios = chains.map(({ costs }) => {
    const [own, usual] = [findWay(costs, way)?.[deed], findWay(costs, DEFAULT_WAY)?.[deed]];
    return own === undefined || usual === undefined ? 0 : measure(own) / measure(usual);
  });
  const mean = geometricMean(ratios);
  return mean === undefined ? MISSING : mean.toFixed(mean < 10 ? 2 : 0);
}

/** From each version to the next: MB with the manifests, and requests. */
function updateTable(study: Study): string {
  const rows = listWays(study, ['chunks', 'rival']).map((way) => [
    way,
    ...study.chains.map(({ costs }) => {
      const steps = findWay(costs, way)?.steps;
      if (steps === undefined) return MISSING;
      return `${formatMegabytes(allBytes(steps))} / ${steps.requests.toLocaleString('en')}`;
    }),
  ]);
  return formatTable([['', ...study.chains.map(({ chain }) => chain.id)], ...rows]);
}

/** Of all games together, each installed once. */
function sumTable(study: Study, group: WayCosts['group']): string {
  const rows = listWays(study, [group]).map((way) => {
    const installs = study.chains.flatMap(({ costs }) => findWay(costs, way)?.install ?? []);
    const sum = (measure: (costs: DownloadCosts) => number): number =>
      installs.reduce((total, costs) => total + measure(costs), 0);
    return [
      way,
      formatMegabytes(sum(allBytes)),
      formatMegabytes(sum(({ wastedBytes }) => wastedBytes)),
      sum(({ requests }) => requests).toLocaleString('en'),
      Math.round(sum(computeUsd)).toLocaleString('en'),
      formatSeconds(sum(computeSeconds)),
    ];
  });
  const head = ['', 'MB', 'of these in gaps', 'requests', 'USD a million installs', 'seconds'];
  return formatTable([head, ...rows]);
}

function scanTable({ scans }: Study): string {
  const rows = scans.map(({ id, files, bytes, ...seconds }) => [
    id,
    files.toLocaleString('en'),
    formatMegabytes(bytes),
    ...[seconds.hashedOnce, seconds.hashedTwice, seconds.scanned].map(
      (cpu) => `${formatSeconds(cpu)} (${Math.round(bytes / 1e6 / cpu)})`,
    ),
  ]);
  return formatTable([['tree', 'files', 'MB', 'hashed once', 'hashed as a scan does', 'scanned'], ...rows]);
}

function listWays({ chains }: Study, groups: readonly WayCosts['group'][]): string[] {
  return (chains[0]?.costs ?? []).flatMap(({ way, group }) => (groups.includes(group) ? way : []));
}

function findWay(costs: readonly WayCosts[], way: string): WayCosts | undefined {
  return costs.find((cost) => cost.way === way);
}
