import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { evolveFakeBuild, type FakeNode } from '../../testing/trees/tree-builder.ts';
import { planSegments } from '../apply/plan-pieces.ts';
import { isSecondOpinionAvailable } from '../match/second-opinion.ts';
import { makeSmallBuild, memorySource, openBytes, PatchFixture } from '../testing/patch-fixture.ts';
import { openPatch } from '../apply/open-patch.ts';

const MEBIBYTE = 2 ** 20;

function file(bytes: Uint8Array): FakeNode {
  return { kind: 'file', bytes, mode: 0o644 };
}

describe('makePatch', () => {
  for (const seed of [1, 2]) {
    it(`turns a build into the next and back, byte for byte (seed ${seed})`, async () => {
      await using fixture = await PatchFixture.open();
      const build = makeSmallBuild(seed);
      const old = await fixture.write(build);
      const next = await fixture.write(evolveFakeBuild(build, seed + 100));
      for (const [from, to] of [
        [old, next],
        [next, old],
      ] as const) {
        const { bytes, report } = await fixture.make(from, to);
        expect(bytes.length).toBe(report.sizeBytes);
        expect(await compareTrees(to.root, await fixture.apply(bytes, from.root))).toEqual([]);
      }
    });
  }

  it('gives the same bytes whatever the number of threads', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(5);
    const bytes = random.bytes(MEBIBYTE);
    const old = await fixture.write(new Map([['big.pak', file(bytes)]]));
    const next = await fixture.write(new Map([['big.pak', file(Buffer.concat([random.bytes(999), bytes]))]]));
    const one = await fixture.make(old, next, { workers: 1, segmentBytes: 100_000 });
    const two = await fixture.make(old, next, { workers: 2, segmentBytes: 100_000 });
    expect(one.report.segments).toBe(11);
    expect(two.bytes.equals(one.bytes)).toBe(true);
  });

  it('gives the same bytes on the calling thread, which is blocked only for one task at a time', async () => {
    await using fixture = await PatchFixture.open();
    const build = makeSmallBuild(3);
    const old = await fixture.write(build);
    const next = await fixture.write(evolveFakeBuild(build, 103));
    const threaded = await fixture.make(old, next, { effort: 'default' });
    const here = { effort: 'default', workers: undefined, mayBlock: true } as const;
    const inline = await fixture.make(old, next, here);
    expect(inline.bytes.equals(threaded.bytes)).toBe(true);
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(fixture.make(old, next, { ...here, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('stores little more than what was inserted when a pack is re-ordered, even in a small memory budget', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(7);
    const [a, b, c, inserted] = [2, 2.5, 1.5, 0.1].map((size) => random.bytes(size * MEBIBYTE)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const old = await fixture.write(new Map([['pack', file(Buffer.concat([a, b, c]))]]));
    const next = await fixture.write(new Map([['pack', file(Buffer.concat([c, a, inserted, b]))]]));
    for (const memoryBudgetBytes of [16 * MEBIBYTE, 512 * MEBIBYTE]) {
      const { bytes, report } = await fixture.make(old, next, { memoryBudgetBytes });
      expect(report.sizeBytes).toBeLessThan(inserted.length + 4096);
      expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
    }
  });

  it('finds what was edited near known copies when not even what disappeared fits the memory budget', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(8);
    const bytes = random.bytes(20 * MEBIBYTE);
    const edited = Buffer.from(bytes);
    // One byte in every chunk of 32 KiB at most: hardly any chunk is on both sides.
    for (let at = 0; at < edited.length; at += 4096) edited[at] = (edited[at] as number) ^ 1;
    const old = await fixture.write(new Map([['pack', file(bytes)]]));
    const next = await fixture.write(new Map([['pack', file(edited)]]));
    const patch = await fixture.make(old, next, { memoryBudgetBytes: 40 * MEBIBYTE });
    expect(patch.report.sizeBytes).toBeLessThan(MEBIBYTE / 2);
    expect(await compareTrees(next.root, await fixture.apply(patch.bytes, old.root))).toEqual([]);
  });

  it('stores a moved file not at all and two equal new files once', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(9);
    const moved = random.bytes(300_000);
    const fresh = random.bytes(50_000);
    const old = await fixture.write(new Map([['a', file(moved)]]));
    const next = await fixture.write(
      new Map([
        ['b', file(moved)],
        ['x', file(fresh)],
        ['y', file(fresh)],
      ]),
    );
    const { bytes, report } = await fixture.make(old, next);
    expect(report).toMatchObject({ copiedBytes: 300_000, madeBytes: 50_000, segments: 1 });
    expect(report.sizeBytes).toBeLessThan(51_000);
    expect(planSegments((await openBytes(bytes)).patch)).toEqual(
      new Map([
        ['b', { kind: 'copy', oldPath: 'a' }],
        ['x', { kind: 'made', pieces: [{ segment: 0, offsetInSegment: 0, fileOffset: 0, length: 50_000 }] }],
        ['y', { kind: 'made', pieces: [{ segment: 0, offsetInSegment: 0, fileOffset: 0, length: 50_000 }] }],
      ]),
    );
    expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
  });

  it('stores once what new bytes repeat over more than a segment, but not at effort fast', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(10);
    const repeated = random.bytes(60_000);
    const around = (): Uint8Array => random.bytes(90_000);
    const old = await fixture.write(new Map([['pack', file(around())]]));
    const next = await fixture.write(
      new Map([
        ['other', file(Buffer.concat([repeated, around()]))],
        ['pack', file(Buffer.concat([around(), repeated, around(), repeated, around()]))],
      ]),
      DEFAULT_CHUNKING,
    );
    for (const [effort, repeats] of [
      ['fast', 0],
      ['default', 2],
    ] as const) {
      const { bytes, report } = await fixture.make(old, next, { effort, segmentBytes: 30_000 });
      expect(report.madeBytes).toBe(next.totalBytes - repeats * repeated.length);
      expect(report.sizeBytes).toBeLessThan(report.madeBytes + 5000);
      expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
    }
  });

  it('handles trees without a byte on either side', async () => {
    await using fixture = await PatchFixture.open();
    const nothing = await fixture.write(new Map([['empty', file(new Uint8Array())]]));
    const some = await fixture.write(
      new Map([
        ['also-empty', file(new Uint8Array())],
        ['full', file(Buffer.from('bytes'))],
      ]),
    );
    for (const [from, to] of [
      [nothing, some],
      [some, nothing],
      [nothing, nothing],
      [some, some],
    ] as const) {
      const { bytes } = await fixture.make(from, to);
      expect(await compareTrees(to.root, await fixture.apply(bytes, from.root))).toEqual([]);
    }
  });

  it('keeps the smaller of its own and bsdiff’s alignment, and says when bsdiff is not there', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(11);
    const bytes = random.bytes(60_000);
    const edited = Buffer.concat([bytes.subarray(0, 20_000), random.bytes(10), bytes.subarray(20_000)]);
    const old = await fixture.write(
      new Map([
        ['code', file(bytes)],
        ['other', file(random.text(9000))],
      ]),
    );
    const next = await fixture.write(
      new Map([
        ['code', file(edited)],
        ['other', file(random.text(9000))],
      ]),
    );
    const without = await fixture.make(old, next);
    const { bytes: patch, report } = await fixture.make(old, next, { secondOpinion: true });
    expect(without.report.secondOpinion).toBe('off');
    expect(report.secondOpinion).toBe(isSecondOpinionAvailable() ? 'used' : 'unavailable');
    expect(report.sizeBytes).toBeLessThanOrEqual(without.report.sizeBytes);
    expect(await compareTrees(next.root, await fixture.apply(patch, old.root))).toEqual([]);
  });

  it('leaves nothing behind when it is cancelled, and throws the signal’s reason', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(12);
    const old = await fixture.write(new Map([['a', file(random.bytes(1000))]]));
    const next = await fixture.write(new Map([['a', file(random.bytes(20 * MEBIBYTE))]]));
    const before = await readdir(fixture.folder);
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const making = fixture.make(old, next, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(making).rejects.toBe(reason);
    expect(await readdir(fixture.folder)).toEqual(before);
  });

  it('refuses a folder that is not what its tree says', async () => {
    await using fixture = await PatchFixture.open();
    const build = makeSmallBuild(3);
    const old = await fixture.write(build);
    const next = await fixture.write(evolveFakeBuild(build, 4));
    await expect(
      fixture.make(old, { ...next, root: path.join(fixture.folder, 'nowhere') }),
    ).rejects.toMatchObject({ code: 'PATCH_READ_FAILED' });
  });
});

describe('openPatch', () => {
  it('reads a small header in one request and each segment in one', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(new Map([['a', file(Buffer.from('old'))]]));
    const next = await fixture.write(new Map([['a', file(Buffer.from('new'))]]));
    const { bytes } = await fixture.make(old, next);
    const source = memorySource(bytes);
    const { patch, readSegment } = await openPatch(source);
    expect(source.reads).toBe(1);
    for (const segment of patch.segments) await readSegment(segment);
    expect(source.reads).toBe(1 + patch.segments.length);
  });
});
