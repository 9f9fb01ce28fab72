import { chmod, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { GameToInstall, differences, doneOf } from '../testing/builds/game-to-install.ts';
import { installBuild, repairInstall, verifyInstall } from './install.ts';

const published = await GameToInstall.publish();
const { game, one } = published;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  root = path.join(await published.makePlace(), 'install');
});

describe('verifyInstall and repairInstall', () => {
  test('find every kind of damage, and fetch only the damaged chunks', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const at = (treePath: string) => path.join(root, treePath);
    const pak = await readFile(at('data/big.pak'));
    pak[200_000] = (pak[200_000] as number) ^ 1;
    await writeFile(at('data/big.pak'), pak);
    await truncate(at('lib/1.0/engine.so'), 500_000);
    await writeFile(at('data/zeros.bin'), 'x', { flag: 'a' });
    await rm(at('game'));
    await chmod(at('data/one-byte'), 0o644);
    await rm(at('run'));
    await symlink('data/one-byte', at('run'));
    await writeFile(at('unknown.txt'), 'mine');
    await rm(at('data/saves'), { recursive: true });
    const report = await verifyInstall({ root });
    expect(new Set(report.damage.map(({ kind, path: treePath }) => `${kind} ${treePath}`))).toEqual(
      new Set([
        'range data/big.pak',
        'range lib/1.0/engine.so',
        'too-long data/zeros.bin',
        'missing game',
        'mode data/one-byte',
        'link run',
        'missing data/saves',
      ]),
    );
    expect(report.unknown).toEqual(['unknown.txt']);
    const damaged = report.damage.find(({ path: treePath }) => treePath === 'data/big.pak');
    expect(damaged).toMatchObject({ kind: 'range' });
    const { outcome } = await repairInstall(job);
    expect(doneOf(outcome).figures.downloadBytes).toBeLessThan(700_000);
    expect(await differences(one, root)).toEqual(['unknown.txt: only in the second tree']);
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test('fetch nothing when one bit is wrong but one chunk', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const pak = await readFile(path.join(root, 'data/big.pak'));
    pak[5] = (pak[5] as number) ^ 128;
    await writeFile(path.join(root, 'data/big.pak'), pak);
    const { outcome, report } = await repairInstall(job);
    expect(report.damage).toHaveLength(1);
    expect(doneOf(outcome)).toMatchObject({ requests: 1 });
    expect(doneOf(outcome).downloadedBytes).toBeLessThan(40_000);
    expect(await differences(one, root)).toEqual([]);
  });

  test('fetch no byte between damaged chunks, however near they lie', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const { entries, chunks } = one.manifest;
    const big = entries.find(({ path: treePath }) => treePath === 'data/big.pak');
    if (big?.kind !== 'file') throw new Error('the build has no such file');
    const pak = await readFile(path.join(root, big.path));
    let neededBytes = 0;
    let offset = 0;
    big.chunks.forEach((row, index) => {
      if (index % 2 === 0) {
        pak[offset] = (pak[offset] as number) ^ 1;
        neededBytes += chunks.packedBytes[row] as number;
      }
      offset += chunks.sizeBytes[row] as number;
    });
    await writeFile(path.join(root, big.path), pak);
    const { outcome } = await repairInstall(job);
    expect(doneOf(outcome).downloadedBytes).toBe(neededBytes);
    expect(doneOf(outcome).figures.downloadBytes).toBe(neededBytes);
    expect(await differences(one, root)).toEqual([]);
  });
});
