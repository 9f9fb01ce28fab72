import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_CHUNKING } from '../scan/chunker.ts';
import { PatchFixture } from './testing/patch-fixture.ts';
import { arbitraryBuilds } from './testing/random-edits.ts';
import { checkRoundTrip, WAYS } from './testing/round-trip.ts';

const RUNS = Number(process.env.GANTRY_TREES ?? 100);

test('a patch between any two builds, made in every way, gives back each from the other', async () => {
  const total = { patches: 0, segments: 0, addressMaps: 0 };
  await fc.assert(
    fc.asyncProperty(arbitraryBuilds({ files: 12, edits: 20, fileBytes: 300_000 }), async (builds) => {
      await using fixture = await PatchFixture.open();
      const report = await checkRoundTrip(fixture, builds, WAYS);
      total.patches += report.patches;
      total.segments += report.segments;
      total.addressMaps += report.addressMaps;
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  process.stdout.write(`random trees: ${JSON.stringify(total)}\n`);
  expect(total.patches).toBe(RUNS * WAYS.length * 2);
}, 3_600_000);

/**
 * Of each patch of a few hundred bytes in which other rows, or a stream expanded, turn out a little longer than what effort
 * default found: efforts look differently, and only the result of one of them is coded.
 */
const LONGER_BYTES_MAX = 32;

test('a patch between any two builds is hardly ever, and then by a few bytes, larger at effort max than at default', async () => {
  const builds = arbitraryBuilds({ files: 6, edits: 8, fileBytes: 100_000 });
  await fc.assert(
    fc.asyncProperty(builds, async ({ old, next }) => {
      await using fixture = await PatchFixture.open();
      const oldTree = await fixture.write(old, DEFAULT_CHUNKING);
      const newTree = await fixture.write(next, DEFAULT_CHUNKING);
      const usual = await fixture.make(oldTree, newTree, { effort: 'default', secondOpinion: false });
      const max = await fixture.make(oldTree, newTree, { effort: 'max', secondOpinion: false });
      expect(max.bytes.length).toBeLessThanOrEqual(usual.bytes.length + LONGER_BYTES_MAX);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 3_600_000);
