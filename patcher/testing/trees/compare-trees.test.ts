import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareTrees } from './compare-trees.ts';
import { evolveFakeBuild, makeFakeBuild, writeFakeBuild } from './tree-builder.ts';

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-compare-'));
});

afterEach(async () => {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

describe('compareTrees', () => {
  it('finds no difference between two trees of one seed', async () => {
    const [left, right] = [path.join(scratch, 'left'), path.join(scratch, 'right')];
    await writeFakeBuild(left, makeFakeBuild({ seed: 1 }));
    await writeFakeBuild(right, makeFakeBuild({ seed: 1 }));
    expect(await compareTrees(left, right)).toEqual([]);
  });

  it('names every kind of difference', async () => {
    const [left, right] = [path.join(scratch, 'left'), path.join(scratch, 'right')];
    const build = makeFakeBuild({ seed: 2 });
    await writeFakeBuild(left, build);
    await writeFakeBuild(right, build);
    await writeFile(path.join(right, 'data/one-byte'), Uint8Array.of(9));
    await chmod(path.join(right, 'data/zeros.bin'), 0o600);
    await chmod(path.join(right, 'data/saves'), 0o700);
    await rm(path.join(right, 'data/empty.dat'));
    await mkdir(path.join(right, 'data/empty.dat'));
    await rm(path.join(right, 'run'));
    await symlink('data', path.join(right, 'run'));
    await rm(path.join(right, 'mods/empty/inner'), { recursive: true });
    await writeFile(path.join(right, 'extra'), '');
    expect(await compareTrees(left, right)).toEqual([
      'data/empty.dat: file in the first tree, directory in the second',
      'data/one-byte: bytes differ (1 and 1 bytes)',
      'data/saves: mode 755 in the first tree, 700 in the second',
      'data/zeros.bin: mode 644 in the first tree, 600 in the second',
      'extra: only in the second tree',
      'mods/empty/inner: only in the first tree',
      'run: points to game in the first tree, to data in the second',
    ]);
  });

  it('sees that an evolved build differs', async () => {
    const [left, right] = [path.join(scratch, 'left'), path.join(scratch, 'right')];
    const old = makeFakeBuild({ seed: 3 });
    await writeFakeBuild(left, old);
    await writeFakeBuild(right, evolveFakeBuild(old, 4));
    const differences = await compareTrees(left, right);
    expect(differences).toContain('kinds/file-to-folder: file in the first tree, directory in the second');
    expect(differences.length).toBeGreaterThan(15);
  });
});
