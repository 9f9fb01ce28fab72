import { chmod, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../trees/remove-tree.ts';
import { hashAllBut, layCanaries } from './canaries.ts';

const OURS = new Set(['game']);

test.each([
  ['a byte', (folder: string) => writeFile(path.join(folder, '.other.gantry/journal'), 'Untouched')],
  ['a mode', (folder: string) => chmod(path.join(folder, 'canary/file'), 0o600)],
  ['a new file', (folder: string) => writeFile(path.join(folder, 'canary/inner/new'), '')],
  ['a name', (folder: string) => rename(path.join(folder, '.gantry'), path.join(folder, '.gantry2'))],
  ['a link', (folder: string) => symlink('game', path.join(folder, 'canary/other'))],
])('%s that changes outside an install is noticed, what changes inside is not', async (_what, change) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gantry-canary-'));
  await layCanaries(folder, 'game');
  const before = await hashAllBut(folder, OURS);
  await mkdir(path.join(folder, 'game'));
  await writeFile(path.join(folder, 'game/file'), 'ours');
  expect(await hashAllBut(folder, OURS)).toBe(before);
  await change(folder);
  expect(await hashAllBut(folder, OURS)).not.toBe(before);
  await removeTree(folder);
});
