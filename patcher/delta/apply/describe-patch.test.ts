import { describe, expect, it } from 'vitest';
import { evolveFakeBuild } from '../../testing/trees/tree-builder.ts';
import { describePatch } from './describe-patch.ts';
import { makeSmallBuild, openBytes, PatchFixture } from '../testing/patch-fixture.ts';

describe('describePatch', () => {
  it('accounts for every new byte and every byte of the segments', async () => {
    await using fixture = await PatchFixture.open();
    const build = makeSmallBuild(41);
    const old = await fixture.write(build);
    const next = await fixture.write(evolveFakeBuild(build, 42));
    const { bytes } = await fixture.make(old, next, { segmentBytes: 64_000 });
    const open = await openBytes(bytes);
    const classes = await describePatch(open, next.root);
    const sum = (key: 'files' | 'newBytes' | 'packedBytes') =>
      classes.reduce((total, summary) => total + summary[key], 0);
    const segments = open.patch.segments.reduce((total, { packedBytes }) => total + packedBytes, 0);
    expect(sum('newBytes')).toBe(next.totalBytes);
    expect(sum('files')).toBe(next.entries.filter(({ kind }) => kind === 'file').length);
    expect(Math.abs(sum('packedBytes') - segments)).toBeLessThanOrEqual(classes.length);
    for (const { newBytes, copiedBytes, alignedBytes, extraBytes } of classes) {
      expect(copiedBytes + alignedBytes + extraBytes).toBe(newBytes);
    }
  });

  it('tells copied, patched and new files of a class apart', async () => {
    await using fixture = await PatchFixture.open();
    const file = (text: string) => ({ kind: 'file', bytes: Buffer.from(text), mode: 0o644 }) as const;
    const verse = 'a line that both builds have, long enough to be found again. '.repeat(100);
    const old = await fixture.write(
      new Map([
        ['same.txt', file('as it was')],
        ['poem.txt', file(verse)],
      ]),
    );
    const next = await fixture.write(
      new Map([
        ['same.txt', file('as it was')],
        ['poem.txt', file(`${verse}One more line.`)],
        ['photo.png', file('\x89PNG nothing like it before')],
      ]),
    );
    const { bytes } = await fixture.make(old, next);
    const classes = await describePatch(await openBytes(bytes), next.root);
    expect(classes.map((summary) => [summary.class, summary.route, summary.files])).toEqual([
      ['image', 'new', 1],
      ['text', 'copied', 1],
      ['text', 'patched', 1],
    ]);
    expect(classes[1]).toMatchObject({ copiedBytes: 9, alignedBytes: 0, extraBytes: 0, packedBytes: 0 });
  });
});
