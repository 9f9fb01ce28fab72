/**
 * `node abort-child.ts RUNS SEED`: start pushes and patches of small trees and abort each at a random moment.
 * A process of its own, because what is tested is that it survives. Prints how many runs were cut short.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makePatch } from '../../delta/make/make-patch.ts';
import { pushBuild } from '../../push/push-build.ts';
import { scanTree } from '../../scan/scan-tree.ts';
import { MemoryDepot } from '../builds/memory-depot.ts';
import { SeededRandom } from '../random-bytes.ts';
import { evolveFakeBuild, makeFakeBuild, writeFakeBuild } from '../trees/tree-builder.ts';

const SMALL = { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 };
const [runs, seed] = process.argv.slice(2).map(Number) as [number, number];
const random = new SeededRandom(seed);
const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-abort-'));
try {
  const [oldRoot, newRoot] = [path.join(scratch, 'old'), path.join(scratch, 'new')];
  const build = makeFakeBuild({ seed, packBytes: 200_000, assets: 5 });
  await writeFakeBuild(oldRoot, build);
  await writeFakeBuild(newRoot, evolveFakeBuild(build, seed + 1));
  const oldTree = await scanTree({ root: oldRoot, chunking: SMALL });
  const newTree = await scanTree({ root: newRoot, chunking: SMALL });
  const push = (signal: AbortSignal) =>
    pushBuild({
      root: newRoot,
      scanned: newTree,
      port: new MemoryDepot(),
      launch: [],
      preserve: [],
      level: 3,
      packBytes: 100_000,
      signal,
    });
  const diff = (signal: AbortSignal) => {
    const outPath = path.join(scratch, 'patch');
    return makePatch({
      oldRoot,
      oldTree,
      newRoot,
      newTree,
      outPath,
      effort: 'fast',
      segmentBytes: 400_000,
      workers: 4,
      signal,
    });
  };
  const longest = [await timeOf(push), await timeOf(diff)] as const;
  let aborted = 0;
  for (let run = 0; run < runs; run++) {
    const work = run % 2 === 0 ? push : diff;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), random.below(Math.ceil(longest[run % 2] as number)));
    await work(stop.signal).catch((error: unknown) => {
      if (error !== stop.signal.reason) throw error;
      aborted++;
    });
    clearTimeout(timer);
  }
  process.stdout.write(`${aborted}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}

async function timeOf(work: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work(new AbortController().signal);
  return performance.now() - started;
}
