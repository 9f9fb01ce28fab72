import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeTree } from './remove-tree.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-remove-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('removes a folder with all that is in it, however much that is, and no file a link in it leads to', async () => {
  const folder = path.join(scratch, 'old');
  const outside = path.join(scratch, 'outside');
  mkdirSync(path.join(folder, 'a/b/c'), { recursive: true });
  mkdirSync(path.join(folder, 'empty'));
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'save'), 'mine');
  for (let file = 0; file < 1100; file++) writeFileSync(path.join(folder, `a/${file}`), '');
  writeFileSync(path.join(folder, 'a/b/c/deep'), '');
  symlinkSync(outside, path.join(folder, 'a/link'));
  symlinkSync('nowhere', path.join(folder, 'broken'));
  await removeTree(folder);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(path.join(outside, 'save'))).toBe(true);
});

it('removes a file or a link by itself, and takes what is not there for removed', async () => {
  const file = path.join(scratch, 'file');
  const link = path.join(scratch, 'link');
  writeFileSync(file, '');
  symlinkSync(file, link);
  await removeTree(link);
  expect(existsSync(file)).toBe(true);
  await removeTree(file);
  await removeTree(file);
  await removeTree(path.join(file, 'below'));
  expect(existsSync(file)).toBe(false);
});

it.runIf(process.platform === 'linux')('ends where a name cannot be said', async () => {
  const folder = path.join(scratch, 'unsaid');
  mkdirSync(folder);
  const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]);
  writeFileSync(name, '');
  await expect(removeTree(folder)).rejects.toThrow('ENOTEMPTY');
  unlinkSync(name);
});

it.runIf(process.platform === 'linux')('says what nobody may remove', async () => {
  await expect(removeTree('/proc/version')).rejects.toThrow(/EPERM|EACCES/);
});

it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'says what it may not remove',
  async () => {
    const folder = path.join(scratch, 'closed');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'file'), '');
    chmodSync(folder, 0o500);
    await expect(removeTree(folder)).rejects.toMatchObject({ code: 'EACCES' });
    chmodSync(folder, 0o700);
  },
);
