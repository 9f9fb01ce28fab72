import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../peers/gantry.ts';
import { renderChart } from './chart.ts';
import { type BenchRun, figureKey } from './result.ts';
import { type TableName, renderTables } from './tables.ts';

const titles: Readonly<Record<TableName, string>> = {
  pairs: 'Pairs',
  download: 'Download, MB (10^6 bytes)',
  ratio: 'Download, relative to the smallest peer; geometric means',
  diff: 'Making it: CPU s / peak MiB',
  apply: 'Applying it: CPU s / peak MiB',
  playable: 'Seconds to playable at 10 / 50 / 250 Mbit/s',
  cost: 'Cost of a million updates, USD',
  limits: 'Against what is demanded; what misses it is bold',
  tools: 'Tools',
};

/** The whole report as Markdown, as it is printed and kept. */
export function renderReport(run: BenchRun): string {
  const tables = renderTables(run);
  const sections = (Object.keys(titles) as TableName[]).map(
    (name) => `## ${titles[name]}\n\n${tables[name]}\n`,
  );
  const remarks = run.remarks.map((remark) => `- ${remark}`).join('\n');
  return [`# Bench\n\n${describeRun(run)}\n`, ...sections, remarks, ''].join('\n');
}

/** When and where, and whether every figure is of this very run. */
function describeRun({ finishedAt, machine, reusedResults }: BenchRun): string {
  const kept =
    reusedResults === 0
      ? 'All in one run.'
      : `${reusedResults} results are kept from earlier runs of the same versions.`;
  return `${finishedAt.slice(0, 10)}, ${machine}. ${kept}`;
}

function describeStart({ start }: BenchRun): string {
  if (start === undefined) return '';
  const [apply, node] = [start.applySeconds, start.nodeSeconds].map((seconds) => (seconds * 1000).toFixed(0));
  return `In this run ${apply} ms of CPU, ${node} ms of which are Node’s own.`;
}

/** Write report.md, chart.svg and results.json into a folder. */
export async function writeReport(run: BenchRun, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const results = run.pairs.flatMap((pair) =>
    run.tools.flatMap((tool) => {
      const figure = run.figures.get(figureKey(pair.id, tool.id));
      return figure === undefined ? [] : [{ pair: pair.id, tool: tool.id, ...figure }];
    }),
  );
  await writeFile(join(folder, 'report.md'), renderReport(run));
  await writeFile(join(folder, 'chart.svg'), renderChart(run));
  await writeFile(join(folder, 'results.json'), `${JSON.stringify({ ...run, figures: results }, null, 1)}\n`);
}

/** Put tables and chart into the project's documentation. */
export async function writeDocs(run: BenchRun): Promise<void> {
  const page = join(projectFolder, 'docs', 'performance.md');
  const blocks: Record<string, string> = {
    ...renderTables(run),
    remarks: run.remarks.map((remark) => `- ${remark}`).join('\n'),
    run: describeRun(run),
    start: describeStart(run),
  };
  await writeFile(page, fillBlocks(await readFile(page, 'utf8'), blocks));
  await writeFile(join(projectFolder, 'docs', 'images', 'bench.svg'), renderChart(run));
}

/**
 * Replace what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; everything else stays.
 * @param kind Another word than `bench`, for blocks that other runs fill.
 * @throws {Error} when the page has a block that the run does not fill, or an end is missing.
 */
export function fillBlocks(page: string, blocks: Readonly<Record<string, string>>, kind = 'bench'): string {
  const starts = page.match(new RegExp(`<!-- ${kind}:[a-z]+ -->`, 'g')) ?? [];
  let replaced = 0;
  const filled = page.replaceAll(
    new RegExp(`<!-- ${kind}:([a-z]+) -->[\\s\\S]*?<!-- /${kind}:\\1 -->`, 'g'),
    (_whole, name: string) => {
      const text = blocks[name];
      if (text === undefined) throw new Error(`the page has a block "${name}" that no ${kind} fills`);
      replaced += 1;
      return `<!-- ${kind}:${name} -->\n\n${text}${text === '' ? '' : '\n\n'}<!-- /${kind}:${name} -->`;
    },
  );
  if (replaced !== starts.length) throw new Error('a block of the page has no end');
  return filled;
}
