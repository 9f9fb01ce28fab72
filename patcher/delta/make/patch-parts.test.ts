import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type FakeFunction, linkFakeElf } from '../../executables/testing/fake-elf.ts';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import type { ScannedTree } from '../../scan/scan-tree.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { evolveFakeBuild, type FakeNode } from '../../testing/trees/tree-builder.ts';
import { PatchFile } from '../apply/open-patch.ts';
import { checkPatchPart, joinPatchParts, makePatchPart } from './patch-parts.ts';
import { planFromFiles } from '../plan/plan-from-files.ts';
import type { PatchPlan } from '../plan/plan-patch.ts';
import { computePlanDigest, planParts } from '../plan/plan-parts.ts';
import { makeSmallBuild, openBytes, PatchFixture } from '../testing/patch-fixture.ts';
import type { SegmentRange } from './write-segments.ts';

const SEGMENT_BYTES = 20_000;

function file(bytes: Uint8Array, mode = 0o644): FakeNode {
  return { kind: 'file', bytes, mode };
}

interface Trees {
  readonly old: ScannedTree;
  readonly next: ScannedTree;
}

function plan({ old, next }: Trees, segmentBytes = SEGMENT_BYTES): Promise<PatchPlan> {
  return planFromFiles({
    oldTree: old,
    newTree: next,
    newRoot: next.root,
    effort: 'default',
    segmentBytes,
  });
}

/** Make each part as its own machine would: from a plan of its own. */
async function makeParts(
  fixture: PatchFixture,
  trees: Trees,
  parts: readonly SegmentRange[],
): Promise<string[]> {
  const paths: string[] = [];
  for (const part of parts) {
    const outPath = fixture.fresh('part');
    const { old, next } = trees;
    await makePatchPart({
      plan: await plan(trees),
      part,
      oldRoot: old.root,
      newRoot: next.root,
      outPath,
      workers: 1,
    });
    paths.push(outPath);
  }
  return paths;
}

async function join(fixture: PatchFixture, trees: Trees, parts: readonly string[]): Promise<Buffer> {
  const outPath = fixture.fresh('joined');
  await joinPatchParts({ plan: await plan(trees), parts, outPath });
  return readFile(outPath);
}

async function writeSmallTrees(fixture: PatchFixture, seed: number): Promise<Trees> {
  const build = makeSmallBuild(seed);
  return {
    old: await fixture.write(build),
    next: await fixture.write(evolveFakeBuild(build, seed + 100)),
  };
}

const COUNT = 1200;

/** Functions that call and load all over the image; grown ones are larger. */
function linkProgram(grown: (row: number) => boolean): Uint8Array {
  const functions = Array.from(
    { length: COUNT },
    (_, row): FakeFunction => ({
      fillBytes: 20 + ((row * 37) % 50) + (grown(row) ? 64 : 0),
      calls: (row * 173) % COUNT,
      loads: (row * 59) % COUNT,
    }),
  );
  return linkFakeElf(functions).bytes;
}

describe('patch parts', () => {
  for (const segmentsPerPart of [1, 2, 100]) {
    it(`join to the very patch that one machine makes (${segmentsPerPart} segments in a part)`, async () => {
      await using fixture = await PatchFixture.open();
      const trees = await writeSmallTrees(fixture, 21);
      const parts = planParts(await plan(trees), { segmentsPerPart });
      expect(parts.length > 3).toBe(segmentsPerPart < 100);
      const joined = await join(fixture, trees, await makeParts(fixture, trees, parts));
      const { bytes } = await fixture.make(trees.old, trees.next, {
        segmentBytes: SEGMENT_BYTES,
        effort: 'default',
      });
      expect(joined.equals(bytes)).toBe(true);
      expect(await compareTrees(trees.next.root, await fixture.apply(joined, trees.old.root))).toEqual([]);
    });
  }

  it('plan alike what new bytes repeat, though each has other bytes to make', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(31);
    const repeated = random.bytes(50_000);
    const around = (): Uint8Array => random.bytes(60_000);
    const old = await fixture.write(new Map([['pack', file(around())]]));
    const pack = Buffer.concat([repeated, around(), repeated, around(), repeated]);
    const trees = { old, next: await fixture.write(new Map([['pack', file(pack)]]), DEFAULT_CHUNKING) };
    const { newSpace, segments } = await plan(trees);
    expect(newSpace.madeBytes).toBe(pack.length - 2 * repeated.length);
    const parts = planParts(await plan(trees), { segmentsPerPart: 3 });
    expect(parts.map(({ end }) => end)).toEqual([3, 6, segments.length]);
    const joined = await join(fixture, trees, await makeParts(fixture, trees, parts));
    const { bytes } = await fixture.make(old, trees.next, {
      segmentBytes: SEGMENT_BYTES,
      effort: 'default',
    });
    expect(joined.equals(bytes)).toBe(true);
    expect(await compareTrees(trees.next.root, await fixture.apply(joined, old.root))).toEqual([]);
  });

  it('keep maps of one old executable apart that were made for different new ones', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(
      new Map([
        [
          'game',
          file(
            linkProgram(() => false),
            0o755,
          ),
        ],
      ]),
    );
    const next = await fixture.write(
      new Map([
        [
          'game',
          file(
            linkProgram((row) => row % 100 === 50),
            0o755,
          ),
        ],
        [
          'server',
          file(
            linkProgram((row) => row % 100 === 20),
            0o755,
          ),
        ],
      ]),
    );
    const trees = { old, next };
    const segments = (await plan(trees)).segments.length;
    const middle = Math.floor(segments / 2);
    const halves = [
      { first: 0, end: middle },
      { first: middle, end: segments },
    ];
    const joined = await join(fixture, trees, await makeParts(fixture, trees, halves));
    const { patch } = await openBytes(joined);
    expect(patch.addressMaps.map(({ oldFile, firstSegment }) => ({ oldFile, firstSegment }))).toEqual([
      { oldFile: 0, firstSegment: 0 },
      { oldFile: 0, firstSegment: middle },
    ]);
    expect(await compareTrees(next.root, await fixture.apply(joined, old.root))).toEqual([]);

    const whole = await join(fixture, trees, await makeParts(fixture, trees, [{ first: 0, end: segments }]));
    const { bytes } = await fixture.make(old, next, { segmentBytes: SEGMENT_BYTES, effort: 'default' });
    expect(whole.equals(bytes)).toBe(true);
  });

  it('are nothing when nothing is made, and still join', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(new Map([['a', file(Buffer.from('same'))]]));
    const trees = { old, next: await fixture.write(new Map([['b', file(Buffer.from('same'))]])) };
    expect(planParts(await plan(trees), { segmentsPerPart: 64 })).toEqual([]);
    const joined = await join(fixture, trees, []);
    expect(await compareTrees(trees.next.root, await fixture.apply(joined, old.root))).toEqual([]);
  });

  it('are refused in another order, when one is missing, and by another plan', async () => {
    await using fixture = await PatchFixture.open();
    const trees = await writeSmallTrees(fixture, 22);
    const parts = planParts(await plan(trees), { segmentsPerPart: 2 });
    const paths = await makeParts(fixture, trees, parts);
    await expect(join(fixture, trees, paths.toReversed())).rejects.toMatchObject({
      code: 'PATCH_PART_INVALID',
      details: { reason: 'it does not follow the one before it' },
    });
    await expect(join(fixture, trees, paths.slice(0, -1))).rejects.toMatchObject({
      code: 'PATCH_PARTS_INCOMPLETE',
    });
    const reverse = { old: trees.next, next: trees.old };
    await expect(join(fixture, reverse, paths)).rejects.toMatchObject({ code: 'PATCH_PART_INVALID' });
    expect(computePlanDigest(await plan(trees, 9_000))).not.toBe(computePlanDigest(await plan(trees)));
  });

  it('are refused wherever a byte of one is damaged or cut off', async () => {
    await using fixture = await PatchFixture.open();
    const trees = await writeSmallTrees(fixture, 23);
    const part = { first: 0, end: 1 };
    const [path = ''] = await makeParts(fixture, trees, [part]);
    const bytes = await readFile(path);
    const check = async (changed: Uint8Array, range = part): Promise<void> => {
      const damaged = fixture.fresh('damaged');
      await writeFile(damaged, changed);
      await using source = await PatchFile.open(damaged);
      await checkPatchPart(source, { plan: await plan(trees), part: range, name: 'the part' });
    };
    await check(bytes);
    const refusal = { code: 'PATCH_PART_INVALID', details: { part: 'the part' } };
    await expect(check(bytes, { first: 1, end: 2 })).rejects.toMatchObject(refusal);
    const random = new SeededRandom(5);
    for (let run = 0; run < 60; run++) {
      const at = run < 52 ? run : random.below(bytes.length);
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      await expect(check(changed)).rejects.toMatchObject(refusal);
      await expect(check(bytes.subarray(0, at))).rejects.toMatchObject(refusal);
    }
  });
});
