import { afterEach, expect, test } from 'vitest';
import { holdUntilAborted } from '../testing/fake-patcher.ts';
import { fakeGame } from '../testing/fake-service.ts';
import { credentials, type LauncherBench, openBench } from '../testing/launcher-bench.ts';

let bench: LauncherBench;
afterEach(() => bench.close());

/** A game on build 1 whose policy is as given. */
async function openWithGame(updatePolicy: 'automatic' | 'ask' | 'never'): Promise<void> {
  bench = await openBench();
  bench.service.games = [fakeGame('skylark', { stable: 1 })];
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  await bench.ask('install:set-update-policy', { gameId: 'skylark', updatePolicy });
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => game()?.install.status === 'installed');
  await idle();
}
const game = () => bench.launcher.snapshot().slices.library.games[0];
const idle = () => bench.until(() => bench.launcher.snapshot().slices.downloads.queue.length === 0);
const jobs = () => bench.patcher.started.map(({ reason, buildId, channel }) => [reason, buildId, channel]);

async function announce(channels: Record<string, number>): Promise<void> {
  bench.service.games = [fakeGame('skylark', channels)];
  await bench.ask('library:refresh', {});
}

test('what is announced is made ready by itself, stays beside the installed build, and is put in place when it is out', async () => {
  await openWithGame('automatic');
  await announce({ stable: 1, 'stable-preload': 2 });
  await bench.until(() => game()?.preload?.ready === true);
  await idle();
  expect(jobs().at(-1)).toEqual(['preload', 2, 'stable-preload']);
  expect(game()).toMatchObject({ action: 'play', channels: ['stable'], updateAvailable: false });
  expect(game()?.install).toMatchObject({ build: { buildId: 1 } });
  expect(bench.notices.at(-1)?.text).toMatch(/lies ready/);
  await announce({ stable: 1, 'stable-preload': 2 });
  expect(jobs().filter(([reason]) => reason === 'preload')).toHaveLength(1);
  await announce({ stable: 2, 'stable-preload': 2 });
  await bench.until(() => game()?.install.status === 'installed' && game()?.preload === null);
  await idle();
  expect(jobs().at(-1)).toEqual(['update', 2, 'stable']);
  expect(game()?.install).toMatchObject({ build: { buildId: 2 } });
});

test('with a player who is asked first nothing begins before they do', async () => {
  await openWithGame('ask');
  await announce({ stable: 1, 'stable-preload': 2 });
  expect(game()?.preload).toMatchObject({ announced: true, ready: false });
  expect(jobs().some(([reason]) => reason === 'preload')).toBe(false);
  await bench.ask('install:preload', { gameId: 'skylark' });
  await bench.until(() => game()?.preload?.ready === true);
  await idle();
  expect(game()?.install).toMatchObject({ build: { buildId: 1 } });
});

test('an update can be downloaded now and put in place later; the game is played meanwhile', async () => {
  await openWithGame('ask');
  await announce({ stable: 2 });
  expect(game()?.preload).toMatchObject({ announced: false, ready: false });
  bench.patcher.gate = holdUntilAborted;
  await bench.ask('install:preload', { gameId: 'skylark' });
  await bench.until(() => bench.launcher.snapshot().slices.downloads.queue[0]?.phase === 'downloading');
  expect(game()?.action).toBe('play');
  await bench.ask('install:cancel', { gameId: 'skylark' });
  await idle();
  expect(bench.patcher.discarded).toHaveLength(1);
  bench.patcher.gate = null;
  await bench.ask('install:preload', { gameId: 'skylark' });
  await bench.until(() => game()?.preload?.ready === true);
  await idle();
  expect(game()).toMatchObject({ action: 'update', install: { build: { buildId: 1 } } });
});

test('what lies ready is void when an update is cancelled, and there is nothing to make ready for a game that is current', async () => {
  await openWithGame('ask');
  expect(await bench.launcher.handle('install:preload', { gameId: 'skylark' })).toMatchObject({
    ok: false,
    error: { code: 'INSTALL_NOTHING_TO_PRELOAD' },
  });
  await announce({ stable: 2 });
  await bench.ask('install:preload', { gameId: 'skylark' });
  await bench.until(() => game()?.preload?.ready === true);
  await idle();
  bench.patcher.gate = holdUntilAborted;
  await bench.ask('install:update', { gameId: 'skylark' });
  await bench.until(() => bench.launcher.snapshot().slices.downloads.queue[0]?.phase === 'downloading');
  await bench.ask('install:cancel', { gameId: 'skylark' });
  await idle();
  expect(game()?.preload).toMatchObject({ ready: false });
});
