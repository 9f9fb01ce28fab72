import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '../../plan/plan.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../../testing/builds/game-on-cdn.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import type { FakeNode } from '../../testing/trees/tree-builder.ts';
import { type CommitList, planCommit } from '../commit/commit-list.ts';
import { type CommitPlace, putInPlace, undoCommit } from '../commit/commit.ts';
import { adoptFolder, installBuild, preloadBuild } from '../install.ts';
import { readJournal } from '../state/journal.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import { findNewFolders, StagedFolders } from './staged-folders.ts';
import { findStateFolder } from '../state/state-folder.ts';
import { atOnce } from '../../threads/slices.ts';

let scratch: string;
let game: GameOnCdn;
let build: PublishedBuild;

function file(text: string, mode = 0o644): FakeNode {
  return { kind: 'file', bytes: Buffer.from(text), mode };
}

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-folders-'));
  game = await GameOnCdn.start(scratch);
  build = await game.publish(
    new Map<string, FakeNode>([
      ['data/deep/inner.txt', file('inner')],
      ['data/empty', { kind: 'directory', mode: 0o755 }],
      ['data/link', { kind: 'link', target: 'deep/inner.txt' }],
      ['data/shut', { kind: 'directory', mode: 0o555 }],
      ['data/shut/in', file('in', 0o444)],
      ['data-2/other', file('other', 0o755)],
      ['mods/readme', file('readme')],
      ['top.txt', file('top')],
    ]),
  );
});
afterAll(async () => {
  await game.close();
  await removeTree(scratch);
});

/** Everything made and checked, nothing in place. */
async function preload(name: string): Promise<{ root: string; place: CommitPlace; list: CommitList }> {
  const root = path.join(scratch, name);
  let plan: Plan | undefined;
  await preloadBuild({
    root,
    ports: game.ports,
    build: build.reference,
    onPlan: (made) => void (plan = made),
  });
  const state = await findStateFolder(root);
  const begin = state && (await readJournal(state.journal))?.begin;
  if (plan === undefined || state === undefined || !begin?.build) throw new Error('nothing was made ready');
  const tree = new SafeTree(state.root);
  const folders = new StagedFolders(state.staging, build.manifest, begin.folders ?? []);
  const of = {
    plan,
    next: build.manifest,
    installed: null,
    build: begin.build,
    replaces: null,
    tree,
    folders,
  };
  return { root, place: { tree, state }, list: atOnce(planCommit({ ...of, next: build.manifest })) };
}

it('puts new folders in place by one rename each', async () => {
  const { root, place, list } = await preload('whole');
  expect(list.placeFolders.map(({ path: at }) => at)).toEqual(['data', 'data-2', 'mods']);
  expect(list.place.map(({ path: at }) => at)).toEqual(['top.txt']);
  expect(await readdir(place.state.root)).toEqual([]);
  await installBuild({ root, ports: game.ports, build: build.reference });
  expect(await compareTrees(build.root, root)).toEqual([]);
  expect((await stat(path.join(root, 'data/shut'))).mode & 0o777).toBe(0o555);
});

it('puts files in place one by one where the player has made the folder meanwhile', async () => {
  const { root } = await preload('meanwhile');
  await mkdir(path.join(root, 'data/deep'), { recursive: true });
  await writeFile(path.join(root, 'data/deep/mine'), 'mine');
  await writeFile(path.join(root, 'mods'), 'no folder');
  const outcome = await installBuild({ root, ports: game.ports, build: build.reference });
  expect(outcome).toMatchObject({
    kind: 'done',
    downloadedBytes: 0,
    rescued: [{ path: 'mods', to: 'mods.yours' }],
  });
  expect(await readFile(path.join(root, 'data/deep/mine'), 'utf8')).toBe('mine');
  expect(await compareTrees(build.root, root)).toEqual([
    'data/deep/mine: only in the second tree',
    'mods.yours: only in the second tree',
  ]);
});

it('goes on with what is staged when the folder is adopted instead', async () => {
  const { root } = await preload('adopted');
  await mkdir(path.join(root, 'mods'));
  await adoptFolder({ root, ports: game.ports, build: build.reference });
  expect(await compareTrees(build.root, root)).toEqual([]);
});

it('leaves what the player put into a folder where it is when the folder goes back', async () => {
  const { root, place, list } = await preload('back');
  await putInPlace(list, place);
  await writeFile(path.join(root, 'data/mine'), 'mine');
  await mkdir(path.join(root, 'mods/own'));
  await writeFile(path.join(root, 'mods/own/file'), 'own');
  for (const _ of ['once', 'again']) {
    await undoCommit(list, place);
    expect((await readdir(root, { recursive: true })).sort()).toEqual(
      ['data', 'data/mine', 'mods', 'mods/own', 'mods/own/file'].map(path.normalize),
    );
  }
  const outcome = await installBuild({ root, ports: game.ports, build: build.reference });
  expect(outcome).toMatchObject({ kind: 'done', downloadedBytes: 0 });
  expect(await compareTrees(build.root, root)).toEqual([
    'data/mine: only in the second tree',
    'mods/own/file: only in the second tree',
    'mods/own: only in the second tree',
  ]);
});

it('takes no folder for new that is there, or is in one that is', async () => {
  const root = path.join(scratch, 'some');
  await mkdir(path.join(root, 'data/deep'), { recursive: true });
  const found = atOnce(findNewFolders(build.manifest, new SafeTree(root)));
  const paths = found.map((entry) => build.manifest.entries[entry]?.path);
  expect(paths.toSorted()).toEqual(['data-2', 'data/empty', 'data/shut', 'mods']);
});
