import { cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameToInstall, changed, differences, doneOf, file } from '../testing/builds/game-to-install.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { installBuild, repairInstall, uninstall, updateBuild, verifyInstall } from './install.ts';

const published = await GameToInstall.publish();
const { game, one, two, small } = published;
let scratch: string;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  scratch = await published.makePlace();
  root = path.join(scratch, 'install');
});

describe('what is the player’s', () => {
  test('keeps the player’s files: preserved ones, unknown ones, folders that hold them', async () => {
    const preserve = ['saves/**', 'settings.ini'];
    const withSaves = changed(['settings.ini', file('volume=5')], ['saves/default.sav', file('new game')]);
    const one = await game.publish(withSaves, { preserve });
    const later = new Map(withSaves).set('settings.ini', file('volume=7'));
    later.delete('data/a.txt');
    later.delete('data/b.txt');
    later.delete('saves/default.sav');
    const two = await game.publish(later, { preserve });
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    await writeFile(path.join(root, 'settings.ini'), 'volume=0');
    await writeFile(path.join(root, 'saves/default.sav'), 'level 99');
    await writeFile(path.join(root, 'data/my-mod.pak'), 'mine');
    expect((await verifyInstall({ root })).damage).toEqual([]);
    await updateBuild({ ...job, build: two.reference });
    const read = (treePath: string) => readFile(path.join(root, treePath), 'utf8');
    expect(await read('settings.ini')).toBe('volume=0');
    expect(await read('saves/default.sav')).toBe('level 99');
    expect(await read('data/my-mod.pak')).toBe('mine');
    await repairInstall(job);
    expect(await read('settings.ini')).toBe('volume=0');
    await uninstall({ root });
    expect((await readdir(root, { recursive: true })).sort()).toEqual(
      ['data', 'data/my-mod.pak', 'saves', 'saves/default.sav', 'settings.ini'].sort(),
    );
  });

  test('nothing outside the root changes; a link planted for a folder is refused', async () => {
    const canary = path.join(scratch, 'canary');
    await cp(one.root, canary, { recursive: true, verbatimSymlinks: true });
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    await rename(path.join(root, 'data'), path.join(root, 'data-moved'));
    await symlink(path.join(canary, 'data'), path.join(root, 'data'));
    await expect(updateBuild({ ...job, build: two.reference })).rejects.toMatchObject({
      code: 'INSTALL_PATH_UNSAFE',
    });
    await expect(repairInstall(job)).rejects.toMatchObject({ code: 'INSTALL_PATH_UNSAFE' });
    await uninstall({ root });
    expect(await compareTrees(one.root, canary)).toEqual([]);
  });

  test('a link planted for a file is replaced, not followed', async () => {
    const one = small;
    const two = await game.publish(changed(['data/a.txt', file('alpha 2')]));
    const outside = path.join(scratch, 'outside.txt');
    await writeFile(outside, 'mine');
    await installBuild({ root, ports: game.ports, build: one.reference });
    await rm(path.join(root, 'data/a.txt'));
    await symlink(outside, path.join(root, 'data/a.txt'));
    await updateBuild({ root, ports: game.ports, build: two.reference });
    expect(await readFile(outside, 'utf8')).toBe('mine');
    expect(await differences(two, root)).toEqual([]);
  });

  test.each(['whole', 'low-space'] as const)(
    'a folder of the player’s in the way of a file is put beside it with all in it (%s)',
    async (diskMode) => {
      const one = small;
      const two = await game.publish(changed(['mods', file('a file now')]));
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: one.reference });
      await mkdir(path.join(root, 'mods'));
      await writeFile(path.join(root, 'mods/mine'), 'mine');
      const update = { ...job, build: two.reference, diskMode };
      await writeFile(path.join(root, 'mods.yours'), 'taken');
      const { rescued } = doneOf(await updateBuild(update));
      expect(rescued).toEqual([{ path: 'mods', to: 'mods.yours-2' }]);
      expect(await readFile(path.join(root, 'mods.yours-2/mine'), 'utf8')).toBe('mine');
      expect(await differences(two, root)).toEqual(
        ['mods.yours-2/mine', 'mods.yours-2', 'mods.yours'].map((at) => `${at}: only in the second tree`),
      );
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'a file of the player’s in the place of a folder is put beside it, by update (%s) and repair',
    async (diskMode) => {
      const two = await game.publish(changed(['mods/new', file('new')], ['data/b.txt', file('beta 2')]));
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: small.reference });
      await writeFile(path.join(root, 'mods'), 'my mods');
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'my data');
      const { rescued } = doneOf(await updateBuild({ ...job, build: two.reference, diskMode }));
      expect(rescued).toEqual(['data', 'mods'].map((at) => ({ path: at, to: `${at}.yours` })));
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'my data again');
      const { outcome } = await repairInstall(job);
      expect(doneOf(outcome).rescued).toEqual([{ path: 'data', to: 'data.yours-2' }]);
      const kept = ['data.yours', 'data.yours-2', 'mods.yours'];
      expect(await Promise.all(kept.map((at) => readFile(path.join(root, at), 'utf8')))).toEqual([
        'my data',
        'my data again',
        'my mods',
      ]);
      expect(new Set(await differences(two, root))).toEqual(
        new Set(kept.map((at) => `${at}: only in the second tree`)),
      );
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'a file of the player’s where an old folder was is none of the build’s, whatever comes there (%s)',
    async (diskMode) => {
      const without = (...more: [string, FakeNode][]) =>
        changed(['data/a.txt', undefined], ['data/b.txt', undefined], ...more);
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: small.reference });
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'mine');
      const gone = doneOf(
        await updateBuild({ ...job, build: (await game.publish(without())).reference, diskMode }),
      );
      expect(gone.rescued).toEqual([]);
      expect(await readFile(path.join(root, 'data'), 'utf8')).toBe('mine');
      await rm(path.join(root, 'data'));
      await updateBuild({ ...job, build: small.reference });
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'mine');
      const flat = await game.publish(without(['data', file('flat')]));
      const { rescued } = doneOf(await updateBuild({ ...job, build: flat.reference, diskMode }));
      expect(rescued).toEqual([{ path: 'data', to: 'data.yours' }]);
      expect(await readFile(path.join(root, 'data.yours'), 'utf8')).toBe('mine');
      expect(await differences(flat, root)).toEqual(['data.yours: only in the second tree']);
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'old files go and only the player’s stay where a folder of both becomes a file (%s)',
    async (diskMode) => {
      const next = changed(['data/a.txt', undefined], ['data/b.txt', undefined], ['data', file('flat')]);
      const two = await game.publish(next);
      await installBuild({ root, ports: game.ports, build: small.reference });
      await writeFile(path.join(root, 'data/my-mod.pak'), 'mine');
      const update = { root, ports: game.ports, build: two.reference, diskMode };
      const { rescued } = doneOf(await updateBuild(update));
      expect(rescued).toEqual([{ path: 'data', to: 'data.yours' }]);
      expect(await readdir(path.join(root, 'data.yours'))).toEqual(['my-mod.pak']);
      expect(await readFile(path.join(root, 'data'), 'utf8')).toBe('flat');
    },
  );

  test('empty folders make way for a file', async () => {
    await installBuild({ root, ports: game.ports, build: small.reference });
    await rm(path.join(root, 'data/a.txt'));
    await mkdir(path.join(root, 'data/a.txt/deep/deeper'), { recursive: true });
    const { outcome } = await repairInstall({ root, ports: game.ports });
    expect(doneOf(outcome).rescued).toEqual([]);
    expect(await differences(small, root)).toEqual([]);
  });
});
