import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pairs } from '../pairs/catalogue.ts';
import { projectFolder } from '../peers/gantry.ts';
import { fillBlocks } from '../report/write-report.ts';
import { chains } from './chains.ts';
import { type DownloadCosts, computeSeconds, computeUsd } from './cost-model.ts';
import type { ChainStudy, Study, WayCosts } from './run-study.ts';
import { renderStudy } from './study-tables.ts';
import { renderStudyReport } from './write-study.ts';

function costsOf(bytes: number, requests: number): DownloadCosts {
  return { chunks: requests, bytes, wastedBytes: 0, requests, manifestBytes: 0 };
}

function wayOf(way: string, group: WayCosts['group'], bytes: number, requests: number): WayCosts {
  const costs = costsOf(bytes, requests);
  return { way, group, install: costs, steps: costs, skip: costs };
}

function chainOf(id: string, scale: number): ChainStudy {
  const { install: _none, ...blocks } = wayOf('wharf', 'rival', 2e6 * scale, 1);
  return {
    chain: { id, about: 'a game', versions: ['1', '2'], roots: [] },
    meanChunkBytes: { default: 262_144, fine: 65_536 },
    costs: [
      wayOf('default', 'chunks', 4e6 * scale, 10),
      wayOf('fine', 'chunks', 3e6 * scale, 40),
      wayOf('small packs', 'packs', 4e6 * scale, 20),
      blocks,
    ],
  };
}

const scans = [{ id: 'one', files: 1, bytes: 100e6, hashedOnce: 0.1, hashedTwice: 0.2, scanned: 0.25 }];
const study: Study = { chains: [chainOf('one', 1), chainOf('two', 3)], scans };

describe('the cost of a download', () => {
  it('is its bytes and its requests', () => {
    expect(computeUsd(costsOf(2 ** 30, 0))).toBeCloseTo(85_000);
    expect(computeUsd(costsOf(0, 7))).toBeCloseTo(7);
    expect(computeSeconds(costsOf(6_250_000, 0))).toBeCloseTo(1);
    expect(computeSeconds(costsOf(0, 80))).toBeCloseTo(0.3);
  });
});

describe('the tables of the chunk study', () => {
  const tables = renderStudy(study);

  it('compare ways with the default over all games', () => {
    expect(tables.mean).toContain('| fine | 0.75 | 4.00 |');
    expect(tables.mean).not.toContain('small packs');
  });

  it('leave out what a way does not do', () => {
    expect(tables.mean).toMatch(/\| wharf \| – \| – \| – \| – \| 0\.50 \|/);
  });

  it('add up the games for packs', () => {
    expect(tables.packs).toContain('| small packs | 16.0 | 0.000 | 40 |');
  });

  it('tell what a manifest of a large game weighs', () => {
    expect(tables.sizes).toContain('| fine | 64 | 1,526 | 59 |');
  });

  it('tell MB a CPU second of scans', () => {
    expect(tables.scan).toContain('| one | 1 | 100 | 0.10 (1000) | 0.20 (500) | 0.25 (400) |');
  });

  it('fill every block of the page', async () => {
    const page = await readFile(join(projectFolder, 'docs', 'performance.md'), 'utf8');
    const filled = fillBlocks(page, tables, 'chunks');
    for (const table of Object.values(tables)) {
      expect(filled).toContain(table);
      expect(renderStudyReport(study)).toContain(table);
    }
  });
});

describe('the list of chains', () => {
  it('names pairs and chains that there are, and at least two versions', () => {
    for (const { source } of chains) {
      if (source.from === 'pair') expect(pairs.map(({ id }) => id)).toContain(source.pair);
      else if (source.from === 'packed') expect(chains.map(({ id }) => id)).toContain(source.chain);
      else expect(source.versions.length).toBeGreaterThan(1);
    }
  });
});
