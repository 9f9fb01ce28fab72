import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareTrees } from '../testing/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/game-on-cdn.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/tree-builder.ts';
import {
  installBuild,
  readInstallState,
  updateBuild,
  verifyInstall,
  type InstallOutcome,
} from './install.ts';

let scratch: string;
let game: GameOnCdn;
let root: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-install-'));
  game = await GameOnCdn.start(scratch);
  root = path.join(scratch, 'install');
});
afterEach(async () => {
  await game.close();
  await rm(scratch, { recursive: true, force: true });
});

async function differences(build: PublishedBuild): Promise<string[]> {
  const found = await compareTrees(build.root, root);
  return found.filter((sentence) => !sentence.startsWith('.gantry'));
}

describe('scenarios', () => {
  test('installs, updates and goes back by chunks', async () => {
    const first = makeFakeBuild({ seed: 1, packBytes: 500_000, assets: 15 });
    const one = await game.publish(first);
    const two = await game.publish(evolveFakeBuild(first, 2));
    const job = { root, ports: game.ports };
    const installed = await installBuild({ ...job, build: one.reference });
    expect(installed.kind).toBe('done');
    expect(await differences(one)).toEqual([]);
    const updated = await updateBuild({ ...job, build: two.reference });
    expect(updated).toMatchObject({ kind: 'done', route: 'chunks' });
    expect(await differences(two)).toEqual([]);
    await updateBuild({ ...job, build: one.reference });
    expect(await differences(one)).toEqual([]);
    expect((await verifyInstall({ root })).damage).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({ installed: { buildId: 1 }, pending: null });
  });
  test('updates by patch', async () => {
    const first = makeFakeBuild({ seed: 1, packBytes: 500_000, assets: 15 });
    const one = await game.publish(first);
    const two = await game.publish(evolveFakeBuild(first, 2));
    const patch = await game.publishPatch(one, two);
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const updated = await updateBuild({ ...job, build: two.reference, patches: [patch] });
    expect(updated).toMatchObject({ kind: 'done', route: 'patch' });
    expect(await differences(two)).toEqual([]);
  });
});
