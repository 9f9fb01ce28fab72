import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
