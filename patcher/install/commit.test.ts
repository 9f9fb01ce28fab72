import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTrees } from '../testing/compare-trees.ts';
import { GameOnCdn } from '../testing/game-on-cdn.ts';
import { removeTree } from '../testing/remove-tree.ts';
import type { FakeNode } from '../testing/tree-builder.ts';
import { installBuild } from './install.ts';

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
