import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compareFiles, findDifferences, listFiles, totalBytes } from './list-files.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function makeTree(name: string, files: Readonly<Record<string, string>>) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, name, path, '..'), { recursive: true });
    await writeFile(join(root, name, path), content);
  }
  return await listFiles(join(root, name));
}

it('lists every file of a tree by path, with its size', async () => {
  const files = await makeTree('tree', { 'b.txt': 'two', 'a/deep/one.txt': 'one!' });
  expect(files.map((file) => [file.path, file.sizeBytes])).toEqual([
    ['a/deep/one.txt', 4],
    ['b.txt', 3],
  ]);
  expect(totalBytes(files)).toBe(7);
});

it('tells changed files from added ones, and gives no empty file to a single-file tool', async () => {
  const before = await makeTree('old', { same: 'x', other: 'a', gone: 'g', filled: '', emptied: 'e' });
  const after = await makeTree('new', { same: 'x', other: 'b', fresh: 'f', filled: 'f', emptied: '' });
  const { unchanged, changed, added } = compareFiles(before, after);
  expect(unchanged.map((file) => file.path)).toEqual(['same']);
  expect(changed.map((file) => file.path)).toEqual(['other']);
  expect(added.map((file) => file.path)).toEqual(['emptied', 'filled', 'fresh']);
});

it('finds every way in which a made tree is not the wanted one', async () => {
  const wanted = await makeTree('wanted', { same: 'x', wrong: 'a', missing: 'm' });
  expect(findDifferences(wanted, wanted)).toEqual([]);
  const made = await makeTree('made', { same: 'x', wrong: 'b', surplus: 's' });
  expect(findDifferences(wanted, made).sort()).toEqual(['missing', 'surplus', 'wrong']);
});
