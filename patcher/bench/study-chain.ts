import { readFileSync } from 'node:fs';
import path from 'node:path';
import { encodeChunk } from '../formats/pack-format.ts';
import type { ChunkingParameters } from '../formats/manifest.ts';
import { scanTree } from '../scan/scan-tree.ts';
import { walkTree } from '../scan/tree-walk.ts';
import { addCosts, computeDownload, type DownloadCosts } from './download-costs.ts';
import { FrameSizes } from './frame-sizes.ts';
import { BlockIndex } from './search-blocks.ts';
import { type MeasuredTree, simulatePushes } from './simulate-pushes.ts';
import type { Way } from './ways.ts';

/** What one way costs on the versions of one game. */
export interface WayCosts {
  readonly way: string;
  readonly group: Way['group'];
  /** Of the newest build by somebody who has nothing. */
  readonly install: DownloadCosts | undefined;
  /** From each version to the next, added up. */
  readonly steps: DownloadCosts;
  /** From the oldest to the newest at once. */
  readonly skip: DownloadCosts;
  /** Packs of all versions together. */
  readonly storedBytes: number | undefined;
  /** Distinct chunks of the newest build. */
  readonly chunks: number | undefined;
}

/** Block of rsync and of wharf. */
const BLOCK_BYTES = 64 * 1024;

/**
 * What each way costs on the versions of a game, oldest first.
 * @param level zstd level of everything that is compressed.
 */
export async function studyChain(
  roots: readonly string[],
  ways: readonly Way[],
  level: number,
): Promise<WayCosts[]> {
  const frames = new FrameSizes(level);
  const byChunking = Map.groupBy(ways, (way) => JSON.stringify(way.chunking));
  const costs = new Map<Way, WayCosts>();
  for (const [, sharing] of byChunking) {
    const builds = await measureBuilds(roots, (sharing[0] as Way).chunking, frames);
    for (const way of sharing) costs.set(way, costWay(way, builds));
  }
  const ours = ways.flatMap((way) => costs.get(way) ?? []);
  return [...ours, await searchBlocks(roots, level)];
}

async function measureBuilds(
  roots: readonly string[],
  chunking: ChunkingParameters,
  frames: FrameSizes,
): Promise<MeasuredTree[]> {
  const builds: MeasuredTree[] = [];
  for (const root of roots) {
    const scanned = await scanTree({ root, chunking, workers: 1 });
    builds.push({ scanned, frameBytes: frames.measure(scanned) });
  }
  return builds;
}

function costWay({ id, group, packBytes, rule }: Way, builds: readonly MeasuredTree[]): WayCosts {
  const { manifests, storedBytes } = simulatePushes(builds, packBytes);
  const newest = manifests.at(-1);
  if (newest === undefined) throw new Error('a game has a build');
  const steps = manifests.slice(1).map((next, old) => computeDownload(next, manifests[old], rule));
  return {
    way: id,
    group,
    install: computeDownload(newest, undefined, rule),
    steps: addCosts(steps),
    skip: computeDownload(newest, manifests[0], rule),
    storedBytes,
    chunks: newest.chunks.count,
  };
}

/** rsync and wharf: a file a pair of versions, of what lies in no old block; whoever skips versions takes them all. */
async function searchBlocks(roots: readonly string[], level: number): Promise<WayCosts> {
  const patches: DownloadCosts[] = [];
  for (const [old, root] of roots.slice(1).entries()) {
    patches.push(await makeBlockPatch(roots[old] ?? '', root, level));
  }
  const steps = addCosts(patches);
  return {
    way: 'blocks of 64 KiB at any offset, a patch a step (wharf)',
    group: 'rival',
    install: undefined,
    steps,
    skip: steps,
    storedBytes: undefined,
    chunks: undefined,
  };
}

async function makeBlockPatch(oldRoot: string, newRoot: string, level: number): Promise<DownloadCosts> {
  const index = new BlockIndex(BLOCK_BYTES);
  for await (const file of readFiles(oldRoot)) index.add(file);
  const literals: Uint8Array[] = [];
  for await (const file of readFiles(newRoot)) literals.push(...index.findLiterals(file));
  const bytes = literals.length === 0 ? 0 : encodeChunk(Buffer.concat(literals), level).length;
  return { chunks: 0, bytes, wastedBytes: 0, requests: 1, manifestBytes: 0 };
}

async function* readFiles(root: string): AsyncGenerator<Uint8Array> {
  for (const entry of await walkTree({ root })) {
    if (entry.kind === 'file') yield readFileSync(path.join(root, entry.path));
  }
}
