import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKING } from '../scan/chunker.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { PatchFixture } from './testing/patch-fixture.ts';
import { arbitraryBuilds, type RandomBuilds } from './testing/random-edits.ts';
import { buildContent, insertFunctions, type RandomContent } from './testing/random-files.ts';
import { checkRoundTrip, WAYS } from './testing/round-trip.ts';

describe('a patch between any two builds', () => {
  it('gives back each from the other, and is the same on any number of threads', async () => {
    const builds = arbitraryBuilds({ files: 5, edits: 8, fileBytes: 30_000 });
    const way = fc.constantFrom(...WAYS);
    await fc.assert(
      fc.asyncProperty(builds, way, async (pair, chosen) => {
        await using fixture = await PatchFixture.open();
        await checkRoundTrip(fixture, pair, [chosen]);
      }),
      { numRuns: 5, seed: 1, endOnFailure: true },
    );
  });

  it('holds for new bytes that repeat themselves all over', async () => {
    const blobs = fc.array(fc.nat(5), { maxLength: 7 });
    const files = fc.array(blobs, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        await using fixture = await PatchFixture.open();
        const old = await fixture.write(layBlobs(before), DEFAULT_CHUNKING);
        const next = await fixture.write(layBlobs(after), DEFAULT_CHUNKING);
        const { bytes } = await fixture.make(old, next, { effort: 'default', segmentBytes: 20_000 });
        expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
      }),
      { numRuns: 3, seed: 2, endOnFailure: true },
    );
  });

  it.each(['default', 'max'] as const)(
    'holds for a program with a function inserted, cut into small segments (effort %s)',
    async (effort) => {
      await using fixture = await PatchFixture.open();
      const ways = WAYS.filter((way) => way.effort === effort && way.segmentBytes === 64 * 1024).slice(-1);
      const { addressMaps, segments } = await checkRoundTrip(fixture, rebuiltProgram(), ways);
      expect(segments).toBeGreaterThan(2);
      expect(addressMaps).toBeGreaterThan(0);
    },
  );
});

/** Files of blobs of some 9 to 16 KB; the last two are unlike any other each time, and one goes on and on. */
function layBlobs(files: readonly (readonly number[])[]): Map<string, FakeNode> {
  const entries = files.map((blobs, file): [string, FakeNode] => {
    const parts = blobs.map((blob, at) => {
      if (blob === 3) return Buffer.alloc(40_000, 'pattern');
      return new SeededRandom(blob < 3 ? blob : 100 * file + at).bytes(9000 + blob * 1234);
    });
    return [
      `file-${file}`,
      { kind: 'file', bytes: Buffer.concat([Buffer.from('head'), ...parts]), mode: 0o644 },
    ];
  });
  return new Map(entries);
}

/** 3,000 functions, and the same with two more in the middle. */
function rebuiltProgram(): RandomBuilds {
  const functions = Array.from({ length: 3000 }, (_, row) => ({
    fillBytes: row % 30,
    calls: (row * 7919) % 3000,
    loads: (row * 104_729) % 3000,
  }));
  const build = (content: RandomContent): RandomBuilds['old'] =>
    new Map([['bin/game', { kind: 'file', bytes: buildContent(content), mode: 0o755 }]]);
  return {
    old: build({ kind: 'program', functions }),
    next: build({ kind: 'program', functions: insertFunctions(functions, { at: 1500, count: 2, seed: 1 }) }),
  };
}
