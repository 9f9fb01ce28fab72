import { describe, expect, it } from 'vitest';
import { renderChart } from './chart.ts';
import { type BenchRun, type Figure, figureKey } from './result.ts';
import {
  computeMeanRatio,
  computeRatio,
  computeSecondsToPlayable,
  computeUsdPerMillion,
  findSmallestPeer,
  geometricMean,
} from './statistics.ts';
import { formatMegabytes, formatTable, formatUsage, renderTables } from './tables.ts';
import { fillBlocks, renderReport } from './write-report.ts';

const usage = { cpuSeconds: 2, peakBytes: 64 * 2 ** 20 };

function figure(downloadBytes: number, reference = false): Figure {
  return { downloadBytes, diff: usage, apply: usage, reference };
}

const run: BenchRun = {
  pairs: (
    [
      ['tool', 'executable'],
      ['game', 'game'],
    ] as const
  ).map(([id, pairClass]) => ({
    id,
    about: `a ${id}`,
    class: pairClass,
    versions: { old: '1', new: '2' },
    oldBytes: 900,
    newBytes: 1_234_567,
    newFiles: 3,
  })),
  tools: [
    { id: 'own', label: 'Own', kind: 'ours', version: 'abc' },
    { id: 'peer', label: 'Peer', kind: 'peer', version: '1.0' },
    { id: 'known', label: 'Known', kind: 'peer', version: '2.0' },
    { id: 'full', label: 'Full <all>', kind: 'baseline', version: '' },
    { id: 'absent', label: 'Absent', kind: 'peer', version: '' },
  ],
  figures: new Map([
    [figureKey('tool', 'own'), figure(500_000)],
    [figureKey('game', 'own'), figure(2_000_000)],
    [figureKey('tool', 'peer'), figure(1_500_000)],
    [figureKey('tool', 'known'), figure(1_000_000, true)],
    [figureKey('game', 'peer'), figure(1_000_000)],
    [figureKey('tool', 'full'), figure(100)],
  ]),
  remarks: ['absent: not found; left out.'],
  reusedResults: 0,
  machine: 'a machine',
  finishedAt: '2026-11-22T10:00:00.000Z',
};

describe('statistics', () => {
  it('take the geometric mean', () => {
    expect(geometricMean([0.5, 2])).toBeCloseTo(1);
    expect(geometricMean([0.25, 1, 1, 1])).toBeCloseTo(0.7071, 4);
  });

  it('give no mean of nothing, and none over a value that is not positive', () => {
    expect(geometricMean([])).toBeUndefined();
    expect(geometricMean([1, 0])).toBeUndefined();
  });

  it('measure against the smallest peer, known from elsewhere or not, and never against ourselves or a plain download', () => {
    expect(findSmallestPeer(run, 'tool')).toEqual({ label: 'Known', downloadBytes: 1_000_000 });
    expect(computeRatio(run, 'tool', 'own')).toBe(0.5);
    expect(computeRatio(run, 'game', 'own')).toBe(2);
    expect(findSmallestPeer(run, 'nowhere')).toBeUndefined();
  });

  it('give a mean ratio only to a tool that was measured on every pair of the class', () => {
    expect(computeMeanRatio(run, 'own')).toBeCloseTo(1);
    expect(computeMeanRatio(run, 'own', 'executable')).toBeCloseTo(0.5);
    expect(computeMeanRatio(run, 'known')).toBeUndefined();
    expect(computeMeanRatio(run, 'known', 'executable')).toBeCloseTo(1);
  });

  it('count the download at the line’s rate and the work of applying after it', () => {
    expect(computeSecondsToPlayable(figure(12_500_000), 50)).toBeCloseTo(2 + 2);
    expect(computeSecondsToPlayable({ downloadBytes: 1 }, 50)).toBeUndefined();
  });

  it('price a million downloads by the gigabyte', () => {
    expect(computeUsdPerMillion(2 ** 30)).toBeCloseTo(85_000);
  });
});

describe('tables', () => {
  it('are Markdown, figures to the right', () => {
    expect(
      formatTable([
        ['a', 'b'],
        ['x', '1'],
      ]),
    ).toBe('| a | b |\n| --- | --: |\n| x | 1 |');
  });

  it('show sizes with three figures that count', () => {
    expect([123_400_000, 12_340_000, 1_234_000, 806_400].map(formatMegabytes)).toEqual([
      '123',
      '12.3',
      '1.23',
      '0.806',
    ]);
  });

  it('show CPU seconds and MiB', () => {
    expect(formatUsage({ cpuSeconds: 9.12, peakBytes: 288 * 2 ** 20 })).toBe('9.1 / 288');
    expect(formatUsage(undefined)).toBeUndefined();
  });

  it('print figures from elsewhere in italics, a dash for what was not measured, and no tool without a figure', () => {
    const lines = renderTables(run).download.split('\n');
    expect(lines[0]).toBe('|  | tool | game |');
    expect(lines).toContain('| **Own** | 0.500 | 2.00 |');
    expect(lines).toContain('| Known | *1.00* | – |');
    expect(lines.some((line) => line.includes('Absent'))).toBe(false);
  });

  it('end the ratios with the means of all pairs, executables and games', () => {
    expect(renderTables(run).ratio.split('\n')).toContain('| **Own** | 0.50 | 2.00 | 1.00 | 0.50 | 2.00 |');
  });

  it('name the smallest peer of each pair', () => {
    expect(renderTables(run).ratio.split('\n').at(-1)).toBe('| smallest peer | Known | Peer |  |  |  |');
  });

  it('set what was measured against what is demanded, and make bold what misses it', () => {
    const [maker, bench] = [
      { cpuSeconds: 10, peakBytes: 2 ** 20 },
      { cpuSeconds: 0.4, peakBytes: 2 ** 20 },
    ];
    const own = (making: number, applying: number): Figure => ({
      downloadBytes: 110,
      diff: { cpuSeconds: making, peakBytes: 663 * 2 ** 20 },
      apply: { cpuSeconds: applying, peakBytes: 128 * 2 ** 20 },
      reference: false,
    });
    const [tool] = run.pairs;
    if (tool === undefined) throw new Error('no pair');
    const { limits } = renderTables({
      ...run,
      start: { applySeconds: 0.1, nodeSeconds: 0.05 },
      pairs: [tool],
      tools: [
        { id: 'gantry-default', label: 'Own', kind: 'ours', version: '' },
        { id: 'gantry-fast', label: 'Own', kind: 'ours', version: '' },
        { id: 'hdiffz3-lzma2', label: 'Peer', kind: 'peer', version: '' },
      ],
      figures: new Map([
        [figureKey('tool', 'gantry-default'), own(10, 0.7)],
        [figureKey('tool', 'gantry-fast'), own(2.01, 0.7)],
        [
          figureKey('tool', 'hdiffz3-lzma2'),
          { downloadBytes: 100, diff: maker, apply: bench, reference: false },
        ],
      ]),
    });
    expect(limits.split('\n').slice(2)).toEqual([
      '| `max`, bytes by the smallest peer | 1.00 | – |',
      '| `default`, bytes by the smallest peer | 1.05 | **1.10** |',
      '| `fast`, bytes by the smallest peer | 1.25 | 1.10 |',
      '| `default`, CPU of making by hdiffz | 1.00 | 1.00 |',
      '| `fast`, CPU of making by hdiffz | 0.200 | **0.201** |',
      '| making, worst memory in MiB | 662 | **663** |',
      '| `default`, CPU of applying by its limit | 1.00 | 1.00 |',
      '| applying, worst memory in MiB | 128 | 128 |',
    ]);
  });

  it('are all in the report, with what was left out', () => {
    const report = renderReport(run);
    for (const table of Object.values(renderTables(run))) expect(report).toContain(table);
    expect(report).toContain('- absent: not found; left out.');
    expect(report).toContain('All in one run.');
    expect(renderReport({ ...run, reusedResults: 3 })).toContain('3 results are kept from earlier runs');
  });
});

describe('the chart', () => {
  const chart = renderChart(run);

  it('has a bar for every tool measured on a pair, and one for every mean there is', () => {
    // Three tools on one pair and two on the other (a plain download is no competitor), two on both.
    expect(chart.match(/<title>[^<]* on /g)).toHaveLength(3 + 2 + 2);
  });

  it('is well-formed and follows the reader’s light or dark setting', () => {
    const open = chart.match(/<(?!\/)[a-z]+[^>]*[^/]>/g)?.length;
    expect(chart.match(/<\/[a-z]+>/g)).toHaveLength(open ?? 0);
    expect(chart).toContain('prefers-color-scheme:dark');
    expect(chart).not.toContain('NaN');
  });
});

describe('blocks of a page', () => {
  it('are replaced, and nothing else is', () => {
    const page = 'before\n<!-- bench:cost -->\nold\n<!-- /bench:cost -->\nafter';
    const filled = fillBlocks(page, { cost: '| new |' });
    expect(filled).toBe('before\n<!-- bench:cost -->\n\n| new |\n\n<!-- /bench:cost -->\nafter');
    expect(fillBlocks(filled, { cost: '| new |' })).toBe(filled);
  });

  it('must have an end and a text', () => {
    expect(() => fillBlocks('<!-- bench:cost -->', { cost: '' })).toThrow(/no end/);
    expect(() => fillBlocks('<!-- bench:other --><!-- /bench:other -->', {})).toThrow(/"other"/);
  });
});
