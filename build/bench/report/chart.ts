import type { BenchRun, ToolFacts } from './result.ts';
import { computeMeanRatio, computeRatio } from './statistics.ts';

/** In pixels of the drawing. */
const WIDTH = 960;
const LEFT = 150;
const RIGHT = 70;
const TOP = 64;
const BAR = 11;
const GROUP_GAP = 20;
/** Beyond this many times the smallest peer a bar is cut, and its figure says how long it would be. */
const RATIO_MAX = 4;

/** Gantry's colours are warm, the peers' cool, so that the two kinds are told apart at a glance. */
const OURS = ['#c2410c', '#ea7317', '#f6ad55', '#caa53d'];
const OTHERS = ['#4f86c6', '#5aa9a3', '#8d7fc9', '#7f9172', '#94a3b8', '#b08ea2', '#64748b'];

interface Row {
  readonly name: string;
  readonly bars: readonly { readonly tool: ToolFacts; readonly ratio: number; readonly colour: string }[];
}

/**
 * Download bytes relative to the smallest peer, grouped by pair, with the mean of all pairs first, as an SVG that follows
 * the reader's light or dark setting.
 */
export function renderChart(run: BenchRun): string {
  const colours = chooseColours(run.tools);
  const rows = [meanRow(run, colours), ...run.pairs.map((pair) => pairRow(run, pair.id, colours))].filter(
    (row) => row.bars.length > 0,
  );
  const legendLines = Math.ceil(colours.size / 5);
  const top = TOP + legendLines * 20;
  const height = top + rows.reduce((total, row) => total + row.bars.length * BAR + GROUP_GAP, 0) + 24;
  const parts: string[] = [];
  let y = top;
  for (const row of rows) {
    parts.push(renderRow(row, y));
    y += row.bars.length * BAR + GROUP_GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">Bytes to download for an update, relative to the smallest peer</title>',
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="10"/>`,
    `<text class="title" x="24" y="32">Bytes to download for an update, smallest peer = 1</text>`,
    renderLegend(colours, run.tools),
    renderGrid(top - 8, height - 24),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const STYLE = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2933}',
  '.title{font-size:16px;font-weight:600}.name{font-weight:600;text-anchor:end}.tick{text-anchor:middle;fill:#66707c}',
  '.figure{font-size:10px;font-variant-numeric:tabular-nums}.page{fill:#fbfaf8}',
  '.grid{stroke:#d9d6d0}.one{stroke:#1f2933;stroke-dasharray:3 3}',
  '@media (prefers-color-scheme:dark){text{fill:#e6e9ee}.page{fill:#14181f}.tick{fill:#98a2b0}',
  '.grid{stroke:#2c333d}.one{stroke:#e6e9ee}}',
].join('');

function chooseColours(tools: readonly ToolFacts[]): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  const shown = tools.filter((tool) => tool.kind !== 'baseline' && tool.variant === undefined);
  for (const [kind, palette] of [
    ['ours', OURS],
    ['peer', OTHERS],
  ] as const) {
    const own = shown.filter((tool) => tool.kind === kind);
    for (const [index, tool] of own.entries())
      colours.set(tool.id, palette[index % palette.length] ?? '#888888');
  }
  return colours;
}

function pairRow(run: BenchRun, pair: string, colours: ReadonlyMap<string, string>): Row {
  return { name: pair, bars: makeBars(run, colours, (tool) => computeRatio(run, pair, tool.id)) };
}

function meanRow(run: BenchRun, colours: ReadonlyMap<string, string>): Row {
  return { name: 'mean of all', bars: makeBars(run, colours, (tool) => computeMeanRatio(run, tool.id)) };
}

function makeBars(
  run: BenchRun,
  colours: ReadonlyMap<string, string>,
  read: (tool: ToolFacts) => number | undefined,
): Row['bars'] {
  return run.tools.flatMap((tool) => {
    const [ratio, colour] = [read(tool), colours.get(tool.id)];
    return ratio === undefined || colour === undefined ? [] : [{ tool, ratio, colour }];
  });
}

function renderRow(row: Row, y: number): string {
  const middle = y + (row.bars.length * BAR) / 2 + 4;
  const name = `<text class="name" x="${LEFT - 12}" y="${middle}">${escape(row.name)}</text>`;
  const bars = row.bars.map(({ tool, ratio, colour }, index) => {
    const top = y + index * BAR;
    const width = round(place(Math.min(ratio, RATIO_MAX)) - LEFT);
    const figure = ratio > RATIO_MAX ? `${ratio.toFixed(1)} »` : ratio.toFixed(2);
    return [
      `<rect x="${LEFT}" y="${top}" width="${width}" height="${BAR - 2}" rx="2" fill="${colour}"/>`,
      `<text class="figure" x="${LEFT + width + 5}" y="${top + BAR - 3}">${figure}`,
      `<title>${escape(`${tool.label} on ${row.name}: ${ratio.toFixed(3)}`)}</title></text>`,
    ].join('');
  });
  return [name, ...bars].join('\n');
}

function renderLegend(colours: ReadonlyMap<string, string>, tools: readonly ToolFacts[]): string {
  const step = (WIDTH - 48) / 5;
  return [...colours]
    .map(([id, colour], index) => {
      const [x, y] = [24 + (index % 5) * step, 46 + Math.floor(index / 5) * 20];
      const label = tools.find((tool) => tool.id === id)?.label ?? id;
      const mark = `<rect x="${x}" y="${y}" width="12" height="12" rx="2" fill="${colour}"/>`;
      return `${mark}<text x="${x + 18}" y="${y + 10}">${escape(label)}</text>`;
    })
    .join('\n');
}

function renderGrid(top: number, bottom: number): string {
  const lines: string[] = [];
  for (let ratio = 0; ratio <= RATIO_MAX; ratio += 0.5) {
    const x = round(place(ratio));
    lines.push(
      `<line class="${ratio === 1 ? 'one' : 'grid'}" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/>`,
      `<text class="tick" x="${x}" y="${bottom + 16}">${ratio === 0 ? '0' : `${ratio} ×`}</text>`,
    );
  }
  return lines.join('\n');
}

/** The x of a ratio. */
function place(ratio: number): number {
  return LEFT + ((WIDTH - LEFT - RIGHT) * ratio) / RATIO_MAX;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
