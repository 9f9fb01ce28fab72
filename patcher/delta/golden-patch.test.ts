import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compareTrees } from '../testing/compare-trees.ts';
import { GOLDEN_NEW, GOLDEN_OLD } from './testing/golden-builds.ts';
import { openBytes, PatchFixture } from './testing/patch-fixture.ts';

const golden = (): Promise<Buffer> => readFile(new URL('../formats/testdata/patch-v1.bin', import.meta.url));

describe('the golden patch of version 1', () => {
  it('still says what it said when it was written', async () => {
    const { patch } = await openBytes(await golden());
    expect(patch).toMatchSnapshot();
  });

  it('still makes the new build from the old one', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(GOLDEN_OLD);
    const next = await fixture.write(GOLDEN_NEW);
    const made = await fixture.apply(await golden(), old.root);
    expect(await compareTrees(next.root, made)).toEqual([]);
  });

  it('is refused in words when it is of a later version', async () => {
    const bytes = await golden();
    bytes.writeUInt16LE(2, 8);
    await expect(openBytes(bytes)).rejects.toMatchObject({
      code: 'PATCH_VERSION_UNSUPPORTED',
      details: { version: 2, versionMax: 1 },
    });
  });
});
