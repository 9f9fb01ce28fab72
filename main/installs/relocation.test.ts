import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fakeGame } from '../testing/fake-service.ts';
import { credentials, type LauncherBench, openBench } from '../testing/launcher-bench.ts';

let bench: LauncherBench;
afterEach(() => bench.close());

async function openSignedIn(): Promise<void> {
  bench = await openBench();
  bench.service.games = [fakeGame('skylark', { stable: 1 }), fakeGame('orrery', { stable: 2 })];
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
}
const gameOf = (gameId: string) =>
  bench.launcher.snapshot().slices.library.games.find((game) => game.gameId === gameId);
const installOf = (gameId: string) => {
  const install = gameOf(gameId)?.install;
  return install?.status === 'installed' ? install : undefined;
};
const idle = () => bench.until(() => bench.launcher.snapshot().slices.downloads.queue.length === 0);

async function install(gameId: string): Promise<void> {
  await bench.ask('install:start', { gameId });
  await bench.until(() => installOf(gameId) !== undefined);
  await idle();
}

test('a moved game is found in its new folder, and played and updated there', async () => {
  await openSignedIn();
  await install('skylark');
  const before = installOf('skylark')?.folder ?? '';
  const folder = path.join(path.dirname(before), 'elsewhere', 'skylark');
  await bench.ask('install:move', { gameId: 'skylark', folder });
  await bench.until(() => installOf('skylark')?.folder === folder);
  await idle();
  await access(path.join(folder, 'index.html'));
  await expect(access(before)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(installOf('skylark')?.build.buildId).toBe(1);
  await bench.ask('install:verify', { gameId: 'skylark' });
  await idle();
  expect(bench.patcher.started.at(-1)).toMatchObject({ reason: 'verify', folder });
});

test('looking at a copy ends when the player gives it up, or looks at another', async () => {
  await openSignedIn();
  const plan = bench.patcher.plan;
  const signals: AbortSignal[] = [];
  bench.patcher.plan = (_job, signal) => {
    signals.push(signal);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  const look = (folder: string) =>
    bench.launcher.handle('install:plan-adoption', { gameId: 'skylark', folder });
  const first = look('/old/copy');
  await bench.ask('install:cancel-adoption', { gameId: 'orrery' });
  const second = look('/older/copy');
  expect(await first).toMatchObject({ ok: false, error: { code: 'INSTALL_CANCELLED' } });
  await bench.ask('install:cancel-adoption', { gameId: 'skylark' });
  expect(await second).toMatchObject({ ok: false, error: { code: 'INSTALL_CANCELLED' } });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  bench.patcher.plan = plan;
  expect(await look('/old/copy')).toMatchObject({ ok: true, value: { reason: 'adopt' } });
});

test('a game does not move into a folder of another, nor while it is not installed', async () => {
  await openSignedIn();
  await install('skylark');
  await install('orrery');
  const folder = path.join(installOf('orrery')?.folder ?? '', 'inside');
  expect(await bench.launcher.handle('install:move', { gameId: 'skylark', folder })).toMatchObject({
    ok: false,
    error: { code: 'INSTALL_FOLDER_IN_USE' },
  });
  await bench.ask('install:uninstall', { gameId: 'orrery', keepSaves: true });
  expect(await bench.launcher.handle('install:move', { gameId: 'orrery', folder })).toMatchObject({
    ok: false,
    error: { code: 'INSTALL_NOT_INSTALLED' },
  });
});

test('a folder is adopted as an install, after saying what that takes', async () => {
  await openSignedIn();
  const folder = path.join(bench.profileFolder, 'old drive', 'skylark');
  await mkdir(folder, { recursive: true });
  const plan = await bench.ask('install:plan-adoption', { gameId: 'skylark', folder });
  expect(plan).toMatchObject({ reason: 'adopt', folder, downloadBytes: 800, fullBytes: 1000 });
  await bench.ask('install:adopt', { gameId: 'skylark', folder });
  await bench.until(() => installOf('skylark')?.folder === folder);
  await idle();
  expect(bench.patcher.started.at(-1)).toMatchObject({ reason: 'adopt', folder, buildId: 1 });
  expect(installOf('skylark')?.verifiedAt).not.toBeNull();
});

test('a roll-back returns to the build before, and no automatic update undoes it', async () => {
  await openSignedIn();
  await install('skylark');
  expect(await bench.launcher.handle('install:roll-back', { gameId: 'skylark' })).toMatchObject({
    ok: false,
    error: { code: 'INSTALL_NO_PREVIOUS' },
  });
  bench.service.games = [fakeGame('skylark', { stable: 7 })];
  await bench.ask('library:refresh', {});
  await bench.ask('install:update', { gameId: 'skylark' });
  await bench.until(() => installOf('skylark')?.build.buildId === 7);
  await idle();
  expect(installOf('skylark')?.previous?.buildId).toBe(1);
  expect(await bench.ask('install:read-kept', { gameId: 'skylark' })).toBeNull();
  bench.patcher.kept = { buildId: 1, sizeBytes: 512 };
  expect(await bench.ask('install:read-kept', { gameId: 'skylark' })).toEqual({ sizeBytes: 512 });
  await bench.ask('install:roll-back', { gameId: 'skylark' });
  await bench.until(() => installOf('skylark')?.build.buildId === 1);
  await idle();
  expect(bench.patcher.started.at(-1)).toMatchObject({ reason: 'roll-back', buildId: 1, oldBuildId: 7 });
  expect(gameOf('skylark')?.updatePolicy).toBe('ask');
  // What is kept is of another build than the one before: it saves no download.
  expect(await bench.ask('install:read-kept', { gameId: 'skylark' })).toBeNull();
  await bench.ask('library:refresh', {});
  expect(installOf('skylark')?.build.buildId).toBe(1);
});
