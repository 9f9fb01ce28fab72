import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { carryRescues, noteRescues, tellRescues } from './rescue-note.ts';
import { type StateFolder, stateFolderAt } from '../state/state-folder.ts';

let scratch: string;
let state: StateFolder;
const mods = { path: 'mods', to: 'mods.yours' };
const art = { path: 'art', to: 'art.yours' };

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-note-'));
  state = await install('game');
});
afterEach(() => removeTree(scratch));

async function install(name: string): Promise<StateFolder> {
  const at = stateFolderAt(path.join(scratch, name), path.join(scratch, `${name}.state`));
  for (const folder of [at.root, at.folder]) await mkdir(folder);
  return at;
}

/** As a commit does, and the rename with it. */
async function rescue(...rescued: (typeof mods)[]): Promise<void> {
  await noteRescues(state, rescued);
  for (const { to } of rescued) await writeFile(path.join(state.root, to), 'mine');
}

test('is told once, and again only to the job that may not have been able to say it', async () => {
  await rescue(mods);
  expect(await tellRescues(state, 'build 2')).toEqual([mods]);
  expect(await tellRescues(state, 'build 2')).toEqual([mods]);
  expect(await tellRescues(state, 'build 2')).toEqual([]);
  await rescue(art);
  expect(await tellRescues(state, 'build 2')).toEqual([art]);
  expect(await tellRescues(state, 'repair 2')).toEqual([]);
  expect(await readdir(state.folder)).toEqual([]);
});

test('what an earlier job could not tell is told with what the next one moves', async () => {
  await rescue(mods);
  await rescue(art, mods);
  expect(await tellRescues(state, 'build 3')).toEqual([art, mods]);
});

test('what was not renamed after all is not told of', async () => {
  await noteRescues(state, [mods]);
  await rescue(art);
  expect(await tellRescues(state, 'build 2')).toEqual([art]);
});

test('nothing to note makes no file, and a note that cannot be read stops no job', async () => {
  await noteRescues(state, []);
  expect(await readdir(state.folder)).toEqual([]);
  for (const torn of ['', '{"format":1,"resc', '{"format":1,"rescued":[{"path":""}]}']) {
    await writeFile(state.rescued, torn);
    expect(await tellRescues(state, 'build 2')).toEqual([]);
  }
  await rescue(mods);
  expect(await tellRescues(state, 'build 2')).toEqual([mods]);
});

test('goes along to where the install moves', async () => {
  await rescue(mods);
  const there = await install('there');
  await carryRescues(state, there);
  await writeFile(path.join(there.root, mods.to), 'mine');
  expect(await tellRescues(there, 'build 2')).toEqual([mods]);
});
