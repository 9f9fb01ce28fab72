import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolders } from './make-folders.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-folders-'));
});
afterEach(() => rm(scratch, { recursive: true }));

test('makes what is missing, several at once, and leaves what is there', async () => {
  const deep = path.join(scratch, 'a', 'b', 'c');
  await Promise.all([makeFolders(deep), makeFolders(deep), makeFolders(path.join(scratch, 'a', 'd'))]);
  expect((await readdir(path.join(scratch, 'a'))).sort()).toEqual(['b', 'd']);
  await writeFile(path.join(deep, 'file'), 'content');
  await makeFolders(deep);
  expect(await readdir(deep)).toEqual(['file']);
  await symlink(deep, path.join(scratch, 'link'));
  await makeFolders(path.join(scratch, 'link', 'inner'));
  expect((await stat(path.join(deep, 'inner'))).isDirectory()).toBe(true);
});

test('refuses a file in its place or above it', async () => {
  const file = path.join(scratch, 'file');
  await writeFile(file, 'content');
  await expect(makeFolders(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolders(path.join(file, 'inner'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux')('ends where the system makes no folders', async () => {
  await expect(makeFolders('/proc/gantry/inner')).rejects.toMatchObject({ code: 'ENOENT' });
});
