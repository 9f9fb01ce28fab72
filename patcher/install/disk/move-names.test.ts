import { renameSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { flushAll, moveNames } from './move-names.ts';
import { SafeTree } from './safe-tree.ts';

const COUNT = 200;
let scratch: string;
let from: string;
let root: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-move-names-'));
  from = path.join(scratch, 'from');
  root = path.join(scratch, 'root');
  await mkdir(from);
  await mkdir(path.join(root, 'data'), { recursive: true });
  for (let at = 0; at < COUNT; at++) await writeFile(path.join(from, String(at)), '');
});
afterEach(async () => {
  await removeTree(scratch);
});

const steps = Array.from({ length: COUNT }, (_, at) => at);

test('moves every name a step gives, and lets other things happen in between', async () => {
  let turns = 0;
  const countTurn = () => {
    turns++;
    next = setImmediate(countTurn);
  };
  let next = setImmediate(countTurn);
  await moveNames(new SafeTree(root), steps, (at, tree) =>
    at % 2 === 1 ? undefined : { from: path.join(from, String(at)), to: tree.resolve(`data/${at}`) },
  );
  clearImmediate(next);
  expect(await readdir(path.join(root, 'data'))).toHaveLength(COUNT / 2);
  expect(await readdir(from)).toHaveLength(COUNT / 2);
  expect(turns).toBeGreaterThan(0);
});

test('writes nothing through a link that is planted on the way', async () => {
  const outside = path.join(scratch, 'outside');
  await mkdir(outside);
  setImmediate(() => {
    renameSync(path.join(root, 'data'), path.join(root, 'away'));
    symlinkSync(outside, path.join(root, 'data'));
  });
  const moving = moveNames(new SafeTree(root), steps, (at, tree) => ({
    from: path.join(from, String(at)),
    to: tree.resolve(`data/${at}`),
  }));
  await expect(moving).rejects.toMatchObject({ code: 'INSTALL_PATH_UNSAFE' });
  expect(await readdir(path.join(root, 'away'))).not.toEqual([]);
  expect(await readdir(outside)).toEqual([]);
});

test('flushes folders, and tells when all are done that one is not there', async () => {
  const folders = Array.from({ length: COUNT }, () => root);
  await flushAll(folders);
  const missing = path.join(root, 'none');
  await expect(flushAll([missing, ...folders, missing])).rejects.toMatchObject({
    code: 'ENOENT',
    path: missing,
  });
});
