import { afterEach, expect, test } from 'vitest';
import { fakeGame } from '../testing/fake-service.ts';
import { createHandClock } from '../testing/hand-clock.ts';
import { credentials, type LauncherBench, openBench } from '../testing/launcher-bench.ts';

let bench: LauncherBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const gameOf = (of: LauncherBench) => of.launcher.snapshot().slices.library.games[0];

/** A game installed at build 1, whose update to build 2 waits for the player. */
async function openWithUpdate(plan: LauncherBench['patcher']['plan']) {
  const clock = createHandClock();
  bench = await openBench({ ports: { clock } });
  const opened = bench;
  opened.service.games = [fakeGame('skylark', { stable: 1, beta: 3 })];
  await opened.launcher.start();
  await opened.ask('session:sign-in', credentials);
  await opened.ask('settings:update', { defaultUpdatePolicy: 'ask' });
  await opened.ask('install:start', { gameId: 'skylark' });
  await opened.until(() => gameOf(opened)?.install.status === 'installed');
  await opened.until(() => opened.launcher.snapshot().slices.downloads.queue.length === 0);
  let plans = 0;
  Object.assign(opened.patcher, {
    plan: (...job: Parameters<typeof plan>) => {
      plans += 1;
      return plan(...job);
    },
  });
  opened.service.games = [fakeGame('skylark', { stable: 2, beta: 3 })];
  await opened.ask('library:refresh', {});
  return { ...opened, clock, plans: () => plans };
}

const planOf = (downloadBytes: number) => ({
  route: 'patch' as const,
  downloadBytes,
  fullBytes: 1000,
  writeBytes: 1000,
  diskPeakBytes: 2000,
  patchHops: 1,
  patchedBytes: 1000,
  requests: 1,
  lowSpacePeakBytes: null,
});

test('an update shows what its plan downloads, never what the whole build would', async () => {
  const { until } = await openWithUpdate(async ({ buildId }) => planOf(buildId === 2 ? 57 : 90));
  await until(() => gameOf(bench!)?.updateBytes === 57);
  expect(gameOf(bench!)).toMatchObject({ action: 'update', latest: { buildId: 2, downloadBytes: 800 } });
});

test('another channel is another pair of builds, with a size of its own', async () => {
  const { ask, until } = await openWithUpdate(async ({ buildId }) => planOf(buildId === 2 ? 57 : 90));
  await until(() => gameOf(bench!)?.updateBytes === 57);
  await ask('install:set-channel', { gameId: 'skylark', channel: 'beta' });
  await until(() => gameOf(bench!)?.latest?.buildId === 3 && gameOf(bench!)?.updateBytes === 90);
});

test('a pair of builds is planned once, and again when its plan is old', async () => {
  let downloadBytes = 57;
  const { ask, until, clock, plans } = await openWithUpdate(async () => planOf(downloadBytes));
  await until(() => gameOf(bench!)?.updateBytes === 57);
  await ask('library:refresh', {});
  expect(plans()).toBe(1);
  downloadBytes = 40;
  clock.advance(11 * 60 * 1000);
  await until(() => gameOf(bench!)?.updateBytes === 40);
});

test('a plan the player looks at is what the lists show from then on', async () => {
  let downloadBytes = 57;
  const { ask, until } = await openWithUpdate(async () => planOf(downloadBytes));
  await until(() => gameOf(bench!)?.updateBytes === 57);
  downloadBytes = 40;
  await ask('install:plan', { gameId: 'skylark', reason: 'update' });
  expect(gameOf(bench!)?.updateBytes).toBe(40);
});

test('an update that cannot be planned has no size', async () => {
  const { ask, plans } = await openWithUpdate(async () => {
    throw new Error('no network');
  });
  await ask('library:refresh', {});
  expect(plans()).toBe(1);
  expect(gameOf(bench!)).toMatchObject({ action: 'update', updateBytes: null });
});
