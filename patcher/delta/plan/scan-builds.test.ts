import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import { scanPair } from '../../scan/scan-pair.ts';
import type { ScanProgress } from '../../scan/scan-tree.ts';
import { walkTree } from '../../scan/tree-walk.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { evolveFakeBuild, type FakeNode, makeFakeBuild } from '../../testing/trees/tree-builder.ts';
import type { Effort } from '../effort.ts';
import { PatchFixture } from '../testing/patch-fixture.ts';
import { computePlanDigest } from './plan-parts.ts';
import { planFromFiles } from './plan-from-files.ts';
import { scanBuilds } from './scan-builds.ts';

const MEBIBYTE = 2 ** 20;
const random = new SeededRandom(4);
const large = random.text(1_500_000);

/** Large files that stay, change at either end, move, and hold what another one holds. */
function largeBuilds(): readonly [Map<string, FakeNode>, Map<string, FakeNode>] {
  const toFile = (bytes: Uint8Array): FakeNode => ({ kind: 'file', bytes, mode: 0o644 });
  const changedAt = (at: number): FakeNode => {
    const bytes = Uint8Array.from(large);
    bytes[at] = (bytes[at] as number) ^ 1;
    return toFile(bytes);
  };
  const small = random.text(200_000);
  const old: [string, FakeNode][] = [
    ['same.pak', toFile(large)],
    ['first.pak', toFile(large)],
    ['last.pak', toFile(large)],
    ['moved.pak', toFile(random.text(300_000))],
    ['small.txt', toFile(small)],
    ['gone.txt', toFile(random.text(90_000))],
  ];
  const next = new Map(old);
  next.set('first.pak', changedAt(0)).set('last.pak', changedAt(large.length - 1));
  next.set('a/moved.pak', next.get('moved.pak') as FakeNode).delete('moved.pak');
  next.set('small.txt', toFile(small.toReversed())).delete('gone.txt');
  // Chunks of a file that stays, in one that is made twice over.
  next.set('twice.pak', toFile(Buffer.concat([large, random.text(70_000), large])));
  return [new Map(old), next];
}

describe('scanBuilds', () => {
  it.each([
    ['fast', 512],
    ['default', 512],
    ['max', 512],
    ['default', 16],
  ] as const)(
    'leads to the patch that complete scans lead to (effort %s, %i MiB)',
    async (effort, mebibytes) => {
      await using fixture = await PatchFixture.open();
      const memoryBudgetBytes = mebibytes * MEBIBYTE;
      const build = makeFakeBuild({ seed: 5, packBytes: 400_000, assets: 8 });
      for (const [old, next] of [largeBuilds(), [build, evolveFakeBuild(build, 6)] as const]) {
        const oldTree = await fixture.write(old, DEFAULT_CHUNKING);
        const newTree = await fixture.write(next, DEFAULT_CHUNKING);
        const roots = { oldRoot: oldTree.root, newRoot: newTree.root };
        const scanned = await scanBuilds({ ...roots, effort, memoryBudgetBytes });
        expect([scanned.oldTree.totalBytes, scanned.newTree.totalBytes]).toEqual([
          oldTree.totalBytes,
          newTree.totalBytes,
        ]);
        const how = { newRoot: newTree.root, effort, memoryBudgetBytes, segmentBytes: MEBIBYTE };
        const plan = await planFromFiles({ ...scanned, ...how });
        const complete = await planFromFiles({ oldTree, newTree, ...how });
        expect(plan.newSpace).toEqual(complete.newSpace);
        expect(plan.segments).toEqual(complete.segments);
        expect(computePlanDigest(plan)).toBe(computePlanDigest(complete));
      }
    },
  );
});

async function scanAs(oldRoot: string, newRoot: string, effort: Effort): Promise<unknown> {
  const oldTree = { root: oldRoot, walked: await walkTree({ root: oldRoot }) };
  const newTree = { root: newRoot, walked: await walkTree({ root: newRoot }) };
  await writeFile(path.join(newRoot, 'file'), 'cut short');
  return await scanPair({ oldTree, newTree, cutsOld: effort !== 'fast' });
}

describe('scanPair', () => {
  it.each([9000, 900_000])(
    'refuses a file of %i bytes that changes after it was listed',
    async (sizeBytes) => {
      await using fixture = await PatchFixture.open();
      const bytes = random.text(sizeBytes);
      const build = new Map<string, FakeNode>([['file', { kind: 'file', bytes, mode: 0o644 }]]);
      const [oldTree, newTree] = [await fixture.write(build), await fixture.write(build)];
      await expect(scanAs(oldTree.root, newTree.root, 'fast')).rejects.toMatchObject({
        code: 'SCAN_FILE_CHANGED',
      });
    },
  );

  it('tells of as many bytes as there are, also where files are read again', async () => {
    await using fixture = await PatchFixture.open();
    const [old, next] = largeBuilds();
    const [{ root: oldRoot, totalBytes: oldBytes }, { root: newRoot, totalBytes: newBytes }] = [
      await fixture.write(old),
      await fixture.write(next),
    ];
    const told: ScanProgress[] = [];
    await scanPair({
      oldTree: { root: oldRoot, walked: await walkTree({ root: oldRoot }) },
      newTree: { root: newRoot, walked: await walkTree({ root: newRoot }) },
      cutsOld: false,
      onProgress: (progress) => told.push(progress),
    });
    const bytesTotal = oldBytes + newBytes;
    expect(told.map((progress) => progress.bytesTotal)).toEqual(told.map(() => bytesTotal));
    expect(told.at(-1)).toMatchObject({ bytesDone: bytesTotal });
  });

  it('stops when it is told to', async () => {
    await using fixture = await PatchFixture.open();
    const build = makeFakeBuild({ seed: 1, packBytes: 1000, assets: 1 });
    const { root } = await fixture.write(build);
    const tree = { root, walked: await walkTree({ root }) };
    const stopped = scanPair({
      oldTree: tree,
      newTree: tree,
      cutsOld: true,
      signal: AbortSignal.abort('enough'),
    });
    await expect(stopped).rejects.toBe('enough');
  });
});
