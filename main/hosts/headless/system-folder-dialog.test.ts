import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSystemFolderDialog } from './system-folder-dialog.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-dialog-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program of that name that runs a line of shell. */
async function program(name: string, line: string): Promise<void> {
  await writeFile(path.join(folder, name), `#!/bin/sh\n${line}\n`);
  await chmod(path.join(folder, name), 0o755);
}

const on = (environment: Record<string, string>) =>
  createSystemFolderDialog({ platform: 'linux', environment: { PATH: folder, ...environment } });

test('shows what the system has, and gives the path it prints', async () => {
  await program('zenity', 'echo "/games/for $3"');
  const choose = on({ DISPLAY: ':0' });
  expect(await choose?.({ title: 'a new; place', startAt: '/home' })).toBe('/games/for --title=a new; place');
});

test('nothing is chosen where the window is closed or prints no path', async () => {
  await program('kdialog', 'echo nonsense');
  expect(await on({ WAYLAND_DISPLAY: 'w' })?.({ title: '', startAt: '/' })).toBeNull();
  await program('kdialog', 'echo /games; exit 1');
  expect(await on({ WAYLAND_DISPLAY: 'w' })?.({ title: '', startAt: '/' })).toBeNull();
});

test('there is none without a display or a program', async () => {
  expect(on({ DISPLAY: ':0' })).toBeUndefined();
  await program('zenity', 'echo /games');
  expect(on({})).toBeUndefined();
});

test('says so where the program that was found can no longer be run', async () => {
  await program('zenity', 'echo /games');
  const choose = on({ DISPLAY: ':0' });
  const failure = (reason: string) => ({
    code: 'LAUNCHER_FOLDER_WINDOW_FAILED',
    details: { program: path.join(folder, 'zenity'), reason },
  });
  await chmod(path.join(folder, 'zenity'), 0o644);
  await expect(choose?.({ title: '', startAt: '/' })).rejects.toMatchObject(failure('EACCES'));
  await rm(path.join(folder, 'zenity'));
  await expect(choose?.({ title: '', startAt: '/' })).rejects.toMatchObject(failure('ENOENT'));
});
