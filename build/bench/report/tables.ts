import { type Limit, limits } from './limits.ts';
import type { BenchRun, Figure, PairFacts, ToolFacts } from './result.ts';
import {
  RATES_MBIT,
  computeMeanRatio,
  computeRatio,
  computeSecondsToPlayable,
  computeUsdPerMillion,
  findFigure,
  findSmallestPeer,
} from './statistics.ts';

const MISSING = '–';
const MIB = 2 ** 20;

export type TableName =
  | 'pairs'
  | 'download'
  | 'ratio'
  | 'diff'
  | 'apply'
  | 'playable'
  | 'cost'
  | 'limits'
  | 'tools';

/** Every table of a report as Markdown. */
export function renderTables(run: BenchRun): Readonly<Record<TableName, string>> {
  return {
    pairs: pairTable(run),
    download: toolTable(run, (figure) => formatMegabytes(figure.downloadBytes)),
    ratio: ratioTable(run),
    diff: toolTable(run, (figure) => formatUsage(figure.diff)),
    apply: toolTable(run, (figure) => formatUsage(figure.apply)),
    playable: toolTable(run, formatPlayable),
    cost: toolTable(run, (figure) => formatUsd(computeUsdPerMillion(figure.downloadBytes))),
    limits: limitTable(run),
    tools: toolList(run),
  };
}

/**
 * @param cells rows of cells; the first row is the head.
 * @param words how many of the first columns hold words; the others hold figures.
 */
export function formatTable(cells: readonly (readonly string[])[], words = 1): string {
  const [head = [], ...rows] = cells;
  const rule = head.map((_, index) => (index < words ? '---' : '--:'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function pairTable(run: BenchRun): string {
  const head = ['pair', 'what it is', 'old → new', 'new tree, bytes', 'files'];
  const rows = run.pairs.map((pair) => [
    pair.id,
    pair.about,
    pair.versions.old === pair.versions.new
      ? pair.versions.old
      : `${pair.versions.old} → ${pair.versions.new}`,
    pair.newBytes.toLocaleString('en'),
    pair.newFiles.toLocaleString('en'),
  ]);
  return formatTable([head, ...rows], 3);
}

function toolTable(run: BenchRun, cell: (figure: Figure) => string | undefined): string {
  const rows = listTools(run).map((tool) => [
    nameTool(tool),
    ...run.pairs.map((pair) => formatCell(run, pair, tool, cell)),
  ]);
  const told = rows.filter((row) => row.slice(1).some((text) => text !== MISSING));
  return formatTable([['', ...run.pairs.map((pair) => pair.id)], ...told]);
}

function ratioTable(run: BenchRun): string {
  const head = ['', ...run.pairs.map((pair) => pair.id), 'all', 'executables', 'games'];
  const rows = listTools(run).map((tool) => [
    nameTool(tool),
    ...run.pairs.map((pair) =>
      formatCell(run, pair, tool, () => formatRatio(computeRatio(run, pair.id, tool.id))),
    ),
    ...([undefined, 'executable', 'game'] as const).map((pairClass) =>
      formatRatio(computeMeanRatio(run, tool.id, pairClass)),
    ),
  ]);
  const smallest = run.pairs.map((pair) => findSmallestPeer(run, pair.id)?.label ?? MISSING);
  return formatTable([head, ...rows, ['smallest peer', ...smallest, '', '', '']]);
}

/** What misses its limit is bold. */
function limitTable(run: BenchRun): string {
  const rows = limits.map((limit) => [
    limit.what,
    formatLimit(limit, limit.most),
    ...run.pairs.map((pair) => {
      const measured = limit.measure(run, pair);
      if (measured === undefined) return MISSING;
      const text = formatLimit(limit, measured);
      return Number(text) > limit.most ? `**${text}**` : text;
    }),
  ]);
  return formatTable([['', 'at most', ...run.pairs.map((pair) => pair.id)], ...rows]);
}

function formatLimit({ unit, most }: Limit, value: number): string {
  if (unit === 'MiB') return value.toFixed(0);
  return value.toFixed(most < 1 ? 3 : 2);
}

/** Those with a figure for any pair, in their order. */
function listTools(run: BenchRun): readonly ToolFacts[] {
  return run.tools.filter((tool) =>
    run.pairs.some((pair) => findFigure(run, pair.id, tool.id) !== undefined),
  );
}

function nameTool(tool: ToolFacts): string {
  return tool.kind === 'ours' ? `**${tool.label}**` : tool.label;
}

function formatCell(
  run: BenchRun,
  pair: PairFacts,
  tool: ToolFacts,
  cell: (figure: Figure) => string | undefined,
): string {
  const figure = findFigure(run, pair.id, tool.id);
  const text = figure === undefined ? undefined : cell(figure);
  if (figure === undefined || text === undefined) return MISSING;
  return figure.reference ? `*${text}*` : text;
}

/** Three figures that count, in MB of a million bytes. */
export function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  if (megabytes >= 100) return megabytes.toFixed(0);
  if (megabytes >= 10) return megabytes.toFixed(1);
  return megabytes >= 1 ? megabytes.toFixed(2) : megabytes.toFixed(3);
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? MISSING : ratio.toFixed(2);
}

/** `9.1 / 288`: CPU seconds, peak MiB. */
export function formatUsage(usage: Figure['diff']): string | undefined {
  if (usage === undefined) return undefined;
  return `${formatSeconds(usage.cpuSeconds)} / ${(usage.peakBytes / MIB).toFixed(0)}`;
}

export function formatSeconds(seconds: number): string {
  if (seconds >= 100) return seconds.toFixed(0);
  return seconds >= 1 ? seconds.toFixed(1) : seconds.toFixed(2);
}

function formatPlayable(figure: Figure): string | undefined {
  const seconds = RATES_MBIT.flatMap((rate) => computeSecondsToPlayable(figure, rate) ?? []);
  return seconds.length === 0 ? undefined : seconds.map(formatSeconds).join(' / ');
}

function formatUsd(usd: number): string {
  return Math.round(usd).toLocaleString('en');
}

function toolList(run: BenchRun): string {
  const rows = listTools(run).map((tool) => [nameTool(tool), tool.version]);
  return formatTable([['tool', 'version'], ...rows], 2);
}
