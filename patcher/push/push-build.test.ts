import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import type { LaunchTarget } from '../formats/manifest.ts';
import { type ScannedTree, scanTree } from '../scan/scan-tree.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { MemoryDepot } from '../testing/builds/memory-depot.ts';
import { evolveFakeBuild, makeFakeBuild, writeFakeBuild } from '../testing/trees/tree-builder.ts';
import { planPush } from './plan-push.ts';
import { type PushOptions, type PushProgress, pushBuild } from './push-build.ts';

const SMALL = { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 };
const LAUNCH: readonly LaunchTarget[] = [
  { name: 'Play', kind: 'executable', path: 'game', arguments: [], workingDirectory: '' },
];
let scratch: string;
let root: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-push-'));
  root = path.join(scratch, 'build');
});

afterEach(async () => {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

/** Small packs, so that small trees make several. */
async function push(depot: MemoryDepot, more: Partial<PushOptions> = {}): ReturnType<typeof pushBuild> {
  const scanned = more.scanned ?? (await scanTree({ root, chunking: SMALL }));
  return pushBuild({
    root,
    scanned,
    port: depot,
    launch: LAUNCH,
    preserve: ['data/saves/**'],
    level: 3,
    packBytes: 400_000,
    ...more,
  });
}

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('pushBuild', () => {
  it('stores a tree that comes back byte for byte, modes, links and empty folders included', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 1 }));
    const depot = new MemoryDepot();
    const report = await push(depot);
    expect(report).toMatchObject({ buildId: 1, knownChunks: 0, packs: depot.packs.size, files: 53 });
    expect(report.packs).toBeGreaterThan(5);
    await depot.restore(1, path.join(scratch, 'restored'));
    expect(await compareTrees(root, path.join(scratch, 'restored'))).toEqual([]);
  });

  it('uploads nothing the second time and makes the same manifest', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 2 }));
    const depot = new MemoryDepot();
    const first = await push(depot);
    const uploads = depot.uploads;
    const second = await push(depot);
    expect(second).toMatchObject({ uploadedBytes: 0, newChunks: 0, packs: 0, knownChunks: first.newChunks });
    expect(second.manifestSha256).toBe(first.manifestSha256);
    expect(depot.uploads).toBe(uploads);
  });

  it('makes the same packs and manifest for the same tree in an empty depot', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 3 }));
    const first = await push(new MemoryDepot());
    const second = await push(new MemoryDepot());
    expect(second).toEqual(first);
  });

  it('uploads only what is new of the next version', async () => {
    const old = makeFakeBuild({ seed: 4 });
    const depot = new MemoryDepot();
    await writeFakeBuild(root, old);
    const first = await push(depot);
    const next = path.join(scratch, 'next');
    await writeFakeBuild(next, evolveFakeBuild(old, 5));
    const scanned = await scanTree({ root: next, chunking: SMALL });
    const second = await push(depot, { root: next, scanned });
    expect(second.uploadedBytes).toBeLessThan(first.uploadedBytes / 2);
    expect(second.knownChunks).toBeGreaterThan(0);
    await depot.restore(2, path.join(scratch, 'restored'));
    expect(await compareTrees(next, path.join(scratch, 'restored'))).toEqual([]);
  });

  it('pushes a tree of nothing but an empty file', async () => {
    await writeFakeBuild(root, new Map([['game', { kind: 'file', bytes: new Uint8Array(), mode: 0o755 }]]));
    const depot = new MemoryDepot();
    expect(await push(depot)).toMatchObject({ files: 1, totalBytes: 0, uploadedBytes: 0, packs: 0 });
    await depot.restore(1, path.join(scratch, 'restored'));
    expect(await compareTrees(root, path.join(scratch, 'restored'))).toEqual([]);
  });

  it('uploads at most three packs at once', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 6 }));
    const depot = new MemoryDepot();
    let running = 0;
    let most = 0;
    // The first two wait for the third, so that fewer lanes would hang and more would be seen.
    const three = Promise.withResolvers<void>();
    const port = {
      locateChunks: (sha256s: Uint8Array) => depot.locateChunks(sha256s),
      commitManifest: (bytes: Uint8Array) => depot.commitManifest(bytes),
      uploadPack: async (pack: Parameters<MemoryDepot['uploadPack']>[0]) => {
        most = Math.max(most, ++running);
        if (running === 3) three.resolve();
        await three.promise;
        await depot.uploadPack(pack);
        running--;
      },
    };
    await push(depot, { port });
    expect(most).toBe(3);
  });

  it('refuses to go on with a file that changed after the scan, and commits nothing', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 7 }));
    const scanned = await scanTree({ root, chunking: SMALL });
    const depot = new MemoryDepot();
    const file = path.join(root, 'data/big.pak');
    await writeFile(file, 'short now');
    expect(await codeOf(() => push(depot, { scanned }))).toBe('PUSH_FILE_CHANGED');
    await writeFile(file, new Uint8Array(3_000_000));
    expect(await codeOf(() => push(depot, { scanned }))).toBe('PUSH_FILE_CHANGED');
    await rm(file);
    expect(await codeOf(() => push(depot, { scanned }))).toBe('PUSH_FILE_CHANGED');
    expect(depot.manifests).toEqual([]);
  });

  it('passes on what the service refuses, and resumes afterwards', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 8 }));
    const scanned = await scanTree({ root, chunking: SMALL });
    const depot = new MemoryDepot();
    let calls = 0;
    const port = {
      locateChunks: (sha256s: Uint8Array) => depot.locateChunks(sha256s),
      commitManifest: (bytes: Uint8Array) => depot.commitManifest(bytes),
      uploadPack: async (pack: Parameters<MemoryDepot['uploadPack']>[0]) => {
        if (++calls === 4) throw new Error('disk full');
        await depot.uploadPack(pack);
      },
    };
    await expect(push(depot, { scanned, port })).rejects.toThrow('disk full');
    expect(depot.manifests).toEqual([]);
    const stored = depot.packs.size;
    expect(stored).toBeGreaterThanOrEqual(3);
    const report = await push(depot, { scanned });
    expect(report.packs + stored).toBe(depot.packs.size);
    await depot.restore(1, path.join(scratch, 'restored'));
    expect(await compareTrees(root, path.join(scratch, 'restored'))).toEqual([]);
  });

  it('stops when asked to', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 9 }));
    const scanned = await scanTree({ root, chunking: SMALL });
    const stop = new AbortController();
    const depot = new MemoryDepot();
    const stopped = push(depot, {
      scanned,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(depot.manifests).toEqual([]);
  });

  it('reports progress up to the last new byte', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 10 }));
    const reports: PushProgress[] = [];
    await push(new MemoryDepot(), { onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)?.bytesDone).toBe(reports.at(-1)?.bytesTotal);
  });

  it('refuses a launch target that names nothing before it uploads anything', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 11 }));
    const depot = new MemoryDepot();
    const launch: readonly LaunchTarget[] = [{ ...(LAUNCH[0] as LaunchTarget), path: 'nothing' }];
    expect(await codeOf(() => push(depot, { launch }))).toBe('FORMAT_MANIFEST_INVALID');
    expect(depot.uploads).toBe(0);
  });
});

describe('planPush', () => {
  function scannedOf(sizes: readonly number[]): ScannedTree {
    const count = sizes.length;
    const chunks = {
      count,
      sha256: new Uint8Array(count * 32),
      sizeBytes: Uint32Array.from(sizes),
      entry: new Uint32Array(count),
      offset: new Float64Array(count),
    };
    return { root: '/', chunking: SMALL, entries: [], chunks, totalBytes: 0 };
  }

  function knownOf(pack: readonly number[]) {
    return { packs: [], pack, offset: pack.map(() => 0), packedBytes: pack.map(() => 1) };
  }

  it('closes a pack before it outgrows its size', () => {
    const plan = planPush(scannedOf([40, 40, 40, 100, 10, 20]), knownOf([-1, -1, -1, -1, -1, -1]), 100);
    expect(plan.packs.map((rows) => [...rows])).toEqual([[0, 1], [2], [3], [4, 5]]);
    expect(plan).toMatchObject({ newChunks: 6, newBytes: 250, knownChunks: 0 });
  });

  it('leaves out what is stored', () => {
    const known = { ...knownOf([0, -1, 0]), packs: [{ sha256: 'a'.repeat(64) as never, sizeBytes: 10 }] };
    expect(planPush(scannedOf([1, 2, 3]), known).packs.map((rows) => [...rows])).toEqual([[1]]);
  });

  it('refuses an answer that does not fit the question', async () => {
    expect(await codeOf(async () => planPush(scannedOf([1, 2]), knownOf([-1])))).toBe(
      'PUSH_ANSWER_MALFORMED',
    );
    expect(await codeOf(async () => planPush(scannedOf([1]), knownOf([0])))).toBe('PUSH_ANSWER_MALFORMED');
    expect(await codeOf(async () => planPush(scannedOf([1]), knownOf([-2])))).toBe('PUSH_ANSWER_MALFORMED');
    expect(await codeOf(async () => planPush(scannedOf([1]), knownOf([0.5])))).toBe('PUSH_ANSWER_MALFORMED');
  });
});
