import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { webTree } from '../testing/fake-patcher.ts';
import { fakeGame, FakeProblem } from '../testing/fake-service.ts';
import { createHandClock, type HandClock } from '../testing/hand-clock.ts';
import { credentials, type LauncherBench, openBench } from '../testing/launcher-bench.ts';

let bench: LauncherBench;
let clock: HandClock;
afterEach(() => bench.close());

const nonceOf = (step: number) => String(step).repeat(64);
const playSessionId = '33333333-3333-4333-8333-333333333333';

async function openInstalled(): Promise<LauncherBench> {
  clock = createHandClock();
  bench = await openBench({ ports: { clock } });
  bench.service.games = [fakeGame('skylark', { stable: 1 })];
  let step = 1;
  bench.service.answer('beginPlay', () => ({
    playSessionId,
    gameId: 'skylark',
    buildId: 1,
    nonce: nonceOf(1),
    challenge: { path: 'game.js', offset: 8, sizeBytes: 5 },
    heartbeatSeconds: 30,
    gameToken: 'game-token',
  }));
  bench.service.answer('heartbeat', () => {
    step += 1;
    return { nonce: nonceOf(step), heartbeatSeconds: 30, countedSeconds: 30 };
  });
  bench.service.answer('endPlay', () => ({ countedSeconds: 60 }));
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => bench.launcher.snapshot().slices.downloads.finished.length === 1);
  await bench.until(() => bench.launcher.snapshot().slices.downloads.queue.length === 0);
  return bench;
}
const game = () => bench.launcher.snapshot().slices.library.games[0];

/** Lets answered requests take effect. */
async function settle(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('play proves possession first, then each heartbeat carries the nonce it was given, and the end the last', async () => {
  const { ask, service, windows, until } = await openInstalled();
  await ask('game:launch', { gameId: 'skylark' });
  expect(game()).toMatchObject({ running: true, action: 'stop' });
  await settle(() => service.calls('heartbeat').length === 1);
  const range = Buffer.from(webTree.files['game.js'] ?? '').subarray(8, 13);
  const proof = createHash('sha256')
    .update(Buffer.from(nonceOf(1), 'hex'))
    .update(range)
    .digest('hex');
  expect(service.calls('heartbeat')[0]?.body).toEqual({ nonce: nonceOf(1), proof });

  clock.advance(30_000);
  await settle(() => service.calls('heartbeat').length === 2);
  expect(service.calls('heartbeat')[1]?.body).toEqual({ nonce: nonceOf(2) });

  windows[0]?.closeByPlayer();
  await until(() => game()?.running === false);
  expect(service.calls('endPlay').map(({ body }) => body)).toEqual([{ nonce: nonceOf(3), exitCode: null }]);
  expect(game()).toMatchObject({ action: 'play', playSeconds: 30 });
});

test('a heartbeat that could not be sent is sent again with the same nonce', async () => {
  const { ask, service } = await openInstalled();
  await ask('game:launch', { gameId: 'skylark' });
  await settle(() => service.calls('heartbeat').length === 1);
  service.online = false;
  clock.advance(30_000);
  await settle(() => bench.launcher.snapshot().slices.connection.status === 'offline');
  service.online = true;
  clock.advance(30_000);
  await settle(() => service.calls('heartbeat').length === 2);
  expect(service.calls('heartbeat')[1]?.body).toEqual({ nonce: nonceOf(2) });
});

test('a session the service no longer knows is begun anew', async () => {
  const { ask, service } = await openInstalled();
  await ask('game:launch', { gameId: 'skylark' });
  await settle(() => service.calls('heartbeat').length === 1);
  service.answer('heartbeat', () => {
    throw new FakeProblem(409, 'PLAY_NONCE_STALE');
  });
  clock.advance(30_000);
  await settle(() => service.calls('heartbeat').length === 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.advance(30_000);
  await settle(() => service.calls('beginPlay').length === 2);
});

test('offline play is allowed and its time is kept on this machine', async () => {
  const { ask, service, until } = await openInstalled();
  service.online = false;
  await ask('game:launch', { gameId: 'skylark' });
  clock.advance(90_000);
  await ask('game:stop', { gameId: 'skylark' });
  await until(() => game()?.running === false);
  expect(game()?.playSeconds).toBe(90);
});

test('one press too many does not start a game twice', async () => {
  const { ask, launcher } = await openInstalled();
  const [first, second] = await Promise.all([
    launcher.handle('game:launch', { gameId: 'skylark' }),
    launcher.handle('game:launch', { gameId: 'skylark' }),
  ]);
  expect([first, second].filter(({ ok }) => ok)).toHaveLength(1);
  await ask('game:stop', { gameId: 'skylark' });
});

test('while a game runs, downloads slow down and its own files are left alone', async () => {
  const { ask, patcher, service, until } = await openInstalled();
  await ask('game:launch', { gameId: 'skylark' });
  expect(patcher.limits.at(-1)).toBe(1_000_000);
  service.games = [fakeGame('skylark', { stable: 2 })];
  await ask('library:refresh', {});
  expect(bench.launcher.snapshot().slices.downloads.queue).toMatchObject([
    { phase: 'queued', reason: 'update' },
  ]);
  expect(patcher.started).toHaveLength(1);
  const refused = await bench.launcher.handle('install:uninstall', { gameId: 'skylark', keepSaves: true });
  expect(refused).toMatchObject({ ok: false, error: { code: 'INSTALL_GAME_RUNNING' } });
  await ask('game:stop', { gameId: 'skylark' });
  await until(() => patcher.started.length === 2);
  expect(patcher.limits.at(-1)).toBe(0);
  await until(() => game()?.updateAvailable === false);
});

test('a game whose file was changed is not served, and Repair becomes its action', async () => {
  const { ask, windows, until } = await openInstalled();
  const install = game()?.install;
  const folder = install?.status === 'installed' ? install.folder : '';
  await ask('game:launch', { gameId: 'skylark' });
  await writeFile(path.join(folder, 'game.js'), 'console.log("evil")');
  const entered = await fetch(windows[0]?.url ?? '', { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const answer = await fetch(new URL('/game.js', windows[0]?.url), { headers: { cookie } });
  expect(answer.status).toBe(409);
  await ask('game:stop', { gameId: 'skylark' });
  await until(() => game()?.action === 'repair');
});
