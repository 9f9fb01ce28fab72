import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKING } from '../scan/chunker.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { PatchFixture } from './testing/patch-fixture.ts';
import { arbitraryBuilds, type RandomBuilds } from './testing/random-edits.ts';

describe('a patch of effort max', () => {
  it.each([1, 20, 300])('is no larger than one of effort default where %i bytes are new', async (count) => {
    const random = new SeededRandom(count);
    const [kept, added] = [random.bytes(5000), random.bytes(count)];
    const build = (bytes: Uint8Array): Map<string, FakeNode> =>
      new Map([['data.bin', { kind: 'file', bytes, mode: 0o644 }]]);
    await checkOrder({ old: build(kept), next: build(Buffer.concat([kept, added])) });
  });

  it('is no larger than one of effort default where few bytes differ', async () => {
    const random = new SeededRandom(7);
    const bytes = random.text(20_000);
    const changed = bytes.map((byte, at) => (at % 1000 === 500 ? byte ^ 3 : byte));
    const build = (content: Uint8Array): Map<string, FakeNode> =>
      new Map([['data.txt', { kind: 'file', bytes: content, mode: 0o644 }]]);
    await checkOrder({ old: build(bytes), next: build(changed) });
  });

  it('is no larger than one of effort default between any two builds', async () => {
    const builds = arbitraryBuilds({ files: 4, edits: 6, fileBytes: 30_000 });
    await fc.assert(fc.asyncProperty(builds, checkOrder), { numRuns: 4, seed: 5, endOnFailure: true });
  });
});

async function checkOrder({ old, next }: RandomBuilds): Promise<void> {
  await using fixture = await PatchFixture.open();
  const trees = [
    await fixture.write(old, DEFAULT_CHUNKING),
    await fixture.write(next, DEFAULT_CHUNKING),
  ] as const;
  const sizes = [];
  for (const effort of ['max', 'default'] as const) {
    const { bytes } = await fixture.make(...trees, { effort, secondOpinion: false });
    sizes.push(bytes.length);
  }
  const [max, usual] = sizes as [number, number];
  expect(max).toBeLessThanOrEqual(usual);
}
