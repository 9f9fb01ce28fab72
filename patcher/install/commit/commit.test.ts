import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn } from '../../testing/builds/game-on-cdn.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import type { FakeNode } from '../../testing/trees/tree-builder.ts';
import type { Plan } from '../../plan/plan.ts';
import { type CommitList, planCommit } from './commit-list.ts';
import { type CommitPlace, moveAside, putInPlace, undoCommit } from './commit.ts';
import { writeDurably } from '../disk/durable-files.ts';
import { installBuild, preloadBuild } from '../install.ts';
import { readInstalledBuild } from '../state/installed-build.ts';
import { Journal, readJournal } from '../state/journal.ts';
import { lookAtTree } from '../verify/look-at-tree.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import { findStateFolder } from '../state/state-folder.ts';
import { atOnce } from '../../threads/slices.ts';

let scratch: string;
let game: GameOnCdn;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-commit-'));
  game = await GameOnCdn.start(scratch);
});
afterAll(async () => {
  await game.close();
  await removeTree(scratch);
});

function file(text: string, mode = 0o644): FakeNode {
  return { kind: 'file', bytes: Buffer.from(text), mode };
}

test('a folder with folders in it makes way for a file', async () => {
  const old = await game.publish(new Map([['data/deep/deeper/inner', file('inner')]]));
  const next = await game.publish(new Map([['data', file('flat')]]));
  const root = path.join(scratch, 'flat');
  await installBuild({ root, ports: game.ports, build: old.reference });
  await installBuild({ root, ports: game.ports, build: next.reference });
  expect(await compareTrees(next.root, root)).toEqual([]);
});

test('an old folder that could not be looked at goes with the build, a file that lies there instead stays', async () => {
  const folder: FakeNode = { kind: 'directory', mode: 0o755 };
  const old = await game.publish(
    new Map<string, FakeNode>([
      ['a', file('a')],
      ['logs', folder],
      ['mods', folder],
    ]),
  );
  const next = await game.publish(new Map([['a', file('b')]]));
  const root = path.join(scratch, 'unseen');
  await installBuild({ root, ports: game.ports, build: old.reference });
  await removeTree(path.join(root, 'mods'));
  await writeFile(path.join(root, 'mods'), 'mine');
  let plan: Plan | undefined;
  const onPlan = (made: Plan) => void (plan = made);
  await preloadBuild({ root, ports: game.ports, build: next.reference, onPlan });
  if (plan === undefined) throw new Error('nothing was planned');
  const tree = new SafeTree(root);
  const seen = atOnce(lookAtTree(tree, old.manifest));
  const installed = { ...seen, states: seen.states.map(() => 'absent' as const) };
  const build = { buildId: 2, version: '2', manifestSha256: 'ab'.repeat(32) };
  const { removeFolders } = atOnce(
    planCommit({ plan, next: next.manifest, installed, build, replaces: null, tree }),
  );
  expect(removeFolders.map(({ path: at }) => at)).toEqual(['logs']);
});

/** Steps of a commit up to a kill. */
type Steps = (journal: Journal, list: CommitList, place: CommitPlace) => Promise<void>;

const aside: Steps = async (_, list, place) => moveAside(list, place);
const allInPlace: Steps = async (journal, list, place) => {
  await moveAside(list, place);
  await journal.state('moved-aside');
  await putInPlace(list, place);
};
const undone: Steps = async (journal, list, place) => {
  await allInPlace(journal, list, place);
  await journal.state('rolling-back');
  await undoCommit(list, place);
  expect(await readFile(path.join(place.tree.root, 'mods'), 'utf8')).toBe('mine');
};

test.each([
  ['before the first step', async () => {}],
  ['after what is in the way was put aside', aside],
  ['after all files were put in place', allInPlace],
  ['after all was undone', undone],
] as [string, Steps][])(
  'a kill %s loses no file of the player’s that lies where a folder comes',
  async (name, steps) => {
    const old = await game.publish(new Map([['a', file('a')]]));
    const next = await game.publish(new Map([['mods/deep/inner', file('inner')]]));
    const root = path.join(scratch, name.replaceAll(' ', '-'));
    const { ports } = game;
    await installBuild({ root, ports, build: old.reference });
    await writeFile(path.join(root, 'mods'), 'mine');
    let plan: Plan | undefined;
    await preloadBuild({ root, ports, build: next.reference, onPlan: (made) => void (plan = made) });
    const state = await findStateFolder(root);
    if (state === undefined || plan === undefined) throw new Error('nothing was made ready');
    const content = await readJournal(state.journal);
    const build = content?.begin.build;
    if (content === undefined || build === undefined || build === null) throw new Error('no job was begun');
    const tree = new SafeTree(state.root);
    const list = atOnce(
      planCommit({
        plan,
        next: next.manifest,
        installed: atOnce(lookAtTree(tree, old.manifest)),
        build,
        replaces: (await readInstalledBuild(state)) ?? null,
        tree,
      }),
    );
    await writeDurably(state.commitList, JSON.stringify(list));
    const journal = await Journal.resume(state.journal, content);
    await journal.state('committing');
    await steps(journal, list, { tree, state });
    await journal.close();
    await installBuild({ root, ports, build: next.reference });
    expect(await readFile(path.join(root, 'mods.yours'), 'utf8')).toBe('mine');
    expect(await compareTrees(next.root, root)).toEqual(['mods.yours: only in the second tree']);
  },
);
