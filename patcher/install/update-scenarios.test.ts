import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { GameToInstall, changed, differences, file, smallTree } from '../testing/builds/game-to-install.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { installBuild, updateBuild, verifyInstall } from './install.ts';
import { stateFolderOf } from './state/state-folder.ts';

const published = await GameToInstall.publish();
const { game, small } = published;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  root = path.join(await published.makePlace(), 'install');
});

const scenarios: [string, ReadonlyMap<string, FakeNode>][] = [
  ['nothing changed', smallTree],
  ['one file changed', changed(['data/a.txt', file('alpha 2 '.repeat(3000))])],
  ['a file became empty', changed(['data/a.txt', file('')])],
  ['a file moved', changed(['data/b.txt', undefined], ['moved/deep/b.txt', file('beta '.repeat(3000))])],
  [
    'two files swapped',
    changed(['data/a.txt', file('beta '.repeat(3000))], ['data/b.txt', file('alpha '.repeat(3000))]),
  ],
  ['only a mode changed', changed(['bin/lib.so', file('library '.repeat(2000), 0o755)])],
  ['a file became a folder', changed(['data/a.txt', undefined], ['data/a.txt/inner', file('inner')])],
  [
    'a folder became a file',
    changed(['data/a.txt', undefined], ['data/b.txt', undefined], ['data', file('flat')]),
  ],
  ['a link became a folder', changed(['link', undefined], ['link/inner', file('inner')])],
  ['a file became a link', changed(['data/a.txt', { kind: 'link', target: 'b.txt' }])],
  ['a link points elsewhere', changed(['link', { kind: 'link', target: 'data/a.txt' }])],
  [
    'only the case of a name changed',
    changed(['data/a.txt', undefined], ['data/A.txt', file('alpha '.repeat(3000))]),
  ],
  ['folders come and go', changed(['empty', undefined], ['fresh/empty', { kind: 'directory', mode: 0o700 }])],
  [
    'a folder that forbids writing',
    changed(['locked', { kind: 'directory', mode: 0o555 }], ['locked/x', file('x', 0o444)]),
  ],
  ['everything replaced', new Map<string, FakeNode>([['other', file('only this')]])],
];

describe('scenarios, forward and back', () => {
  test.each(scenarios)('%s', async (_name, next) => {
    const one = small;
    const two = await game.publish(next);
    const there = await game.publishPatch(one, two);
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    expect(await differences(one, root)).toEqual([]);
    await updateBuild({ ...job, build: two.reference, patches: [there] });
    expect(await differences(two, root)).toEqual([]);
    await updateBuild({ ...job, build: one.reference });
    expect(await differences(one, root)).toEqual([]);
    expect(await verifyInstall({ root })).toMatchObject({ damage: [], unknown: [] });
    expect((await readdir(stateFolderOf(root).staging)).length).toBe(0);
    expect((await readdir(stateFolderOf(root).aside)).length).toBe(0);
  });
});
