import { expect, test } from 'vitest';
import { formatReport, fuzzPatches } from './testing/fuzz-patch.ts';
import { makeFuzzSubjects } from './testing/fuzz-subjects.ts';
import { PatchFixture } from './testing/patch-fixture.ts';

const FIRST = Number(process.env.GANTRY_MUTATIONS_FIRST ?? 0);
const MUTATIONS = Number(process.env.GANTRY_MUTATIONS ?? 100_000);

test('100,000 patches that were tampered with: the right tree or a typed error', async () => {
  await using fixture = await PatchFixture.open();
  const subjects = await makeFuzzSubjects(fixture);
  const report = await fuzzPatches({ fixture, subjects, first: FIRST, end: FIRST + MUTATIONS });
  process.stdout.write(`${formatReport(report)}\n`);
  const counts = [...report.layers.values()].flatMap(({ outcomes }) => [...outcomes.values()]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(MUTATIONS);
});
