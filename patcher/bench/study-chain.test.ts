import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_COALESCING } from '../download/coalesce-ranges.ts';
import { pushBuild } from '../push/push-build.ts';
import { type ScannedTree, scanTree } from '../scan/scan-tree.ts';
import { MemoryDepot } from '../testing/builds/memory-depot.ts';
import { evolveFakeBuild, makeFakeBuild, writeFakeBuild } from '../testing/trees/tree-builder.ts';
import { computeDownload } from './download-costs.ts';
import { FrameSizes } from './frame-sizes.ts';
import { simulatePushes } from './simulate-pushes.ts';
import { studyChain } from './study-chain.ts';
import type { Way } from './ways.ts';

const CHUNKING = { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 };
const PACK_BYTES = 400_000;
const LEVEL = 1;
let scratch: string;
let roots: string[];
let trees: ScannedTree[];

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-study-'));
  roots = ['old', 'new'].map((name) => path.join(scratch, name));
  const old = makeFakeBuild({ seed: 1, packBytes: 600_000 });
  await writeFakeBuild(roots[0] as string, old);
  await writeFakeBuild(roots[1] as string, evolveFakeBuild(old, 2));
  trees = [];
  for (const root of roots) trees.push(await scanTree({ root, chunking: CHUNKING, workers: 1 }));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

function simulate(): ReturnType<typeof simulatePushes> {
  const frames = new FrameSizes(LEVEL);
  const builds = trees.map((scanned) => ({ scanned, frameBytes: frames.measure(scanned) }));
  return simulatePushes(builds, PACK_BYTES);
}

describe('simulatePushes', () => {
  it('lays every chunk where a real push lays it', async () => {
    const depot = new MemoryDepot();
    for (const [at, scanned] of trees.entries()) {
      const push = { scanned, port: depot, launch: [], preserve: [], level: LEVEL, packBytes: PACK_BYTES };
      await pushBuild({ ...push, root: roots[at] as string });
    }
    const { manifests, storedBytes, packs } = simulate();
    manifests.forEach((manifest, at) => {
      const real = depot.manifest(at + 1);
      expect(manifest.chunks).toEqual(real.chunks);
      expect(manifest.packs.map(({ sizeBytes }) => sizeBytes)).toEqual(
        real.packs.map(({ sizeBytes }) => sizeBytes),
      );
    });
    expect(packs).toBe(depot.packs.size);
    expect(storedBytes).toBe([...depot.packs.values()].reduce((sum, { length }) => sum + length, 0));
  });
});

describe('computeDownload', () => {
  it('fetches all of an install, little of an update, nothing of the same build', () => {
    const [old, next] = simulate().manifests;
    if (old === undefined || next === undefined) throw new Error('two builds were pushed');
    const install = computeDownload(next, undefined, DEFAULT_COALESCING);
    const update = computeDownload(next, old, DEFAULT_COALESCING);
    expect(install.chunks).toBe(next.chunks.count);
    expect(update.bytes).toBeLessThan(install.bytes / 2);
    expect(computeDownload(next, next, DEFAULT_COALESCING)).toMatchObject({ bytes: 0, requests: 0 });
  });

  it('wastes nothing and asks for each chunk where chunks are objects', () => {
    const [next] = simulate().manifests.slice(-1);
    if (next === undefined) throw new Error('two builds were pushed');
    const objects = computeDownload(next, undefined, 'objects');
    const packs = computeDownload(next, undefined, DEFAULT_COALESCING);
    expect(objects).toMatchObject({ wastedBytes: 0, requests: next.chunks.count });
    expect(packs.bytes - packs.wastedBytes).toBe(objects.bytes);
  });
});

describe('studyChain', () => {
  it('tells what each way costs, and the search for blocks last', async () => {
    const common = { group: 'chunks', packBytes: PACK_BYTES, rule: DEFAULT_COALESCING } as const;
    const ways: readonly Way[] = [
      { ...common, id: 'fine', chunking: CHUNKING },
      { ...common, id: 'fixed', chunking: { minBytes: 65_536, averageBytes: 65_536, maxBytes: 65_536 } },
    ];
    const costs = await studyChain(roots, ways, LEVEL);
    expect(costs.map(({ way }) => way)).toEqual(['fine', 'fixed', expect.stringContaining('wharf')]);
    const [fine, fixed, blocks] = costs;
    expect(fine?.steps.bytes).toBeLessThan(fixed?.steps.bytes ?? 0);
    expect(fine?.skip).toEqual(fine?.steps);
    expect(blocks?.steps).toMatchObject({ requests: 1, manifestBytes: 0 });
    expect(blocks?.install).toBeUndefined();
  });
});
