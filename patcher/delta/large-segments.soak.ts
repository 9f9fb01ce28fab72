import { expect, test } from 'vitest';
import { linkFakeElf } from '../executables/testing/fake-elf.ts';
import { SEGMENT_NEW_BYTES_MAX } from '../formats/patch.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { PatchFixture } from './testing/patch-fixture.ts';
import type { RandomBuilds } from './testing/random-edits.ts';
import { buildContent, insertFunctions } from './testing/random-files.ts';
import { checkRoundTrip } from './testing/round-trip.ts';

const MEBIBYTE = 2 ** 20;

test.each([
  ['a program', 'default', linkPrograms],
  ['a program', 'max', linkPrograms],
  ['a zip', 'default', packZips],
  ['a zip', 'max', packZips],
] as const)('%s in segments as large as there are, at effort %s', async (_, effort, build) => {
  await using fixture = await PatchFixture.open();
  const way = { effort, segmentBytes: SEGMENT_NEW_BYTES_MAX, secondOpinion: false } as const;
  const report = await checkRoundTrip(fixture, build(), [way]);
  expect(report.patches).toBe(2);
});

/** About 8 MB of functions and pointers to them, which are predicted. */
function linkPrograms(): RandomBuilds {
  const count = 195_000;
  const random = new SeededRandom(1);
  const functions = Array.from({ length: count }, () => ({
    fillBytes: random.below(12),
    calls: random.below(count),
    loads: random.below(count),
  }));
  const grown = insertFunctions(functions, { at: 80_000, count: 7, seed: 2 });
  return {
    old: new Map([['game', file(linkFakeElf(functions).bytes)]]),
    next: new Map([['game', file(linkFakeElf(grown).bytes)]]),
  };
}

/** Members of 15 MB in all, which are expanded. */
function packZips(): RandomBuilds {
  const random = new SeededRandom(3);
  const members = Array.from({ length: 4 }, () => random.text(Math.floor(3.6 * MEBIBYTE)));
  const grown = members.map((member) =>
    Buffer.concat([member.subarray(0, MEBIBYTE), random.text(5000), member.subarray(MEBIBYTE)]),
  );
  const pack = (content: readonly Uint8Array[]): FakeNode =>
    file(buildContent({ kind: 'container', form: 'zip', members: content }));
  return { old: new Map([['pack.zip', pack(members)]]), next: new Map([['pack.zip', pack(grown)]]) };
}

function file(bytes: Uint8Array): FakeNode {
  return { kind: 'file', bytes, mode: 0o755 };
}
