import { cp, mkdir, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { GameToInstall, changed, differences, doneOf, file } from '../testing/builds/game-to-install.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { adoptFolder, planAdoption, verifyInstall } from './install.ts';

const published = await GameToInstall.publish();
const { game, one, two, small } = published;
let scratch: string;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  scratch = await published.makePlace();
  root = path.join(scratch, 'install');
});

describe('adoptFolder', () => {
  test('makes an install of another version’s folder, fetching only what it lacks, and keeps other files', async () => {
    const next = await game.publish(
      changed(
        ['data/a.txt', undefined],
        ['data/a.txt/inner', file('alpha '.repeat(3000))],
        ['new', file('new')],
      ),
    );
    await cp(small.root, root, { recursive: true, verbatimSymlinks: true });
    await writeFile(path.join(root, 'screenshot.png'), 'mine');
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: next.reference }));
    expect(outcome.requests).toBe(2);
    // Of an older version, but nothing says that it is not the player's.
    expect(outcome.rescued).toEqual([{ path: 'data/a.txt', to: 'data/a.txt.yours' }]);
    expect((await differences(next, root)).sort()).toEqual(
      ['data/a.txt.yours', 'screenshot.png'].map((at) => `${at}: only in the second tree`),
    );
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test.each(['whole', 'low-space'] as const)(
    'puts files and links of the player’s aside where the build needs folders (%s)',
    async (diskMode) => {
      await mkdir(root);
      await writeFile(path.join(root, 'data'), 'mine');
      await symlink('data', path.join(root, 'bin'));
      await writeFile(path.join(root, 'bin.yours'), 'taken');
      const job = { root, ports: game.ports, build: small.reference, diskMode };
      const { rescued } = doneOf(await adoptFolder(job));
      expect(rescued).toEqual([
        { path: 'bin', to: 'bin.yours-2' },
        { path: 'data', to: 'data.yours' },
      ]);
      expect(await readFile(path.join(root, 'data.yours'), 'utf8')).toBe('mine');
      expect(await readlink(path.join(root, 'bin.yours-2'))).toBe('data');
      expect(new Set(await differences(small, root))).toEqual(
        new Set(['bin.yours', 'bin.yours-2', 'data.yours'].map((at) => `${at}: only in the second tree`)),
      );
    },
  );

  test('reuses chunks wherever they lie', async () => {
    await mkdir(root);
    await cp(path.join(one.root, 'data/big.pak'), path.join(root, 'old backup.bin'));
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: two.reference }));
    expect(outcome.figures.downloadBytes).toBeLessThan(outcome.figures.fullDownloadBytes - 200_000);
    expect(await differences(two, root)).toEqual(['old backup.bin: only in the second tree']);
  });

  test('says before it begins what it would fetch, and touches nothing', async () => {
    await cp(one.root, root, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(root, 'kinds'), { recursive: true });
    const job = { root, ports: game.ports, build: two.reference };
    const planned = await planAdoption(job);
    expect((await differences(one, root)).every((line) => line.startsWith('kinds'))).toBe(true);
    expect(await readdir(scratch)).toEqual(['install']);
    const outcome = doneOf(await adoptFolder(job));
    expect(outcome.figures.downloadBytes).toBe(planned.figures.downloadBytes);
    expect(planned.figures.downloadBytes).toBeLessThan(planned.figures.fullDownloadBytes / 2);
  });

  test('passes over names no build could have, and still finds chunks everywhere else', async () => {
    await mkdir(root);
    await cp(path.join(one.root, 'data/big.pak'), path.join(root, 'renamed.bin'));
    await writeFile(path.join(root, 'a:[b] #1!.txt'), 'mine');
    await symlink('/elsewhere', path.join(root, 'shortcut'));
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: two.reference }));
    expect(outcome.figures.downloadBytes).toBeLessThan(outcome.figures.fullDownloadBytes - 200_000);
    expect(await differences(two, root)).toEqual(
      ['a:[b] #1!.txt', 'renamed.bin', 'shortcut'].map((name) => `${name}: only in the second tree`),
    );
  });

  test('goes file by file where the disk is small', async () => {
    await cp(one.root, root, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(root, 'kinds'), { recursive: true });
    await writeFile(path.join(root, 'mine.txt'), 'mine');
    const job = { root, ports: game.ports, build: two.reference, diskMode: 'low-space' as const };
    doneOf(await adoptFolder(job));
    const extra = (await differences(two, root)).filter((line) => !line.endsWith('only in the second tree'));
    expect(extra).toEqual([]);
    expect(await readFile(path.join(root, 'mine.txt'), 'utf8')).toBe('mine');
  });

  test('in little space reads what it needs from a folder that made way', async () => {
    const seeds = ['one', 'third', 'fourth'].map(
      (name) => [name, new SeededRandom(name.length).bytes(120_000)] as const,
    );
    const next = await game.publish(
      new Map<string, FakeNode>([
        // Placed first, so that the folder of that name makes way before the others are made.
        ['a-file', file('where a folder was')],
        ...seeds.map(([name, bytes]) => [`z/${name}.pak`, { kind: 'file', bytes, mode: 0o644 }] as const),
      ]),
    );
    await mkdir(path.join(root, 'a-file/inside'), { recursive: true });
    for (const [name, bytes] of seeds) await writeFile(path.join(root, `a-file/inside/${name}.bin`), bytes);
    const job = {
      root,
      ports: game.ports,
      build: next.reference,
      diskMode: 'low-space',
      batchBytes: 1,
    } as const;
    const { rescued, downloadedBytes } = doneOf(await adoptFolder(job));
    expect(rescued).toEqual([{ path: 'a-file', to: 'a-file.yours' }]);
    expect(downloadedBytes).toBeLessThan(20_000);
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test('puts a folder of the player’s aside where the build needs a file', async () => {
    await mkdir(path.join(root, 'bin/game'), { recursive: true });
    await writeFile(path.join(root, 'bin/game/mine'), 'mine');
    const outcome = await adoptFolder({ root, ports: game.ports, build: small.reference });
    expect(doneOf(outcome).rescued).toEqual([{ path: 'bin/game', to: 'bin/game.yours' }]);
    expect(await readFile(path.join(root, 'bin/game.yours/mine'), 'utf8')).toBe('mine');
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });
});
