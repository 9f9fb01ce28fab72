import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { clientErrors } from '../backend/api/client.ts';
import { createFileSecretStore, plainCipher } from './session/secret-store.ts';
import { holdUntilAborted } from './testing/fake-patcher.ts';
import { fakeAccount, fakeGame, FakeProblem, fakeQuest } from './testing/fake-service.ts';
import { createHandClock } from './testing/hand-clock.ts';
import { credentials, type LauncherBench, openBench } from './testing/launcher-bench.ts';

let bench: LauncherBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

async function openSignedIn(builds: Record<string, number> = { stable: 1 }): Promise<LauncherBench> {
  bench = await openBench();
  bench.service.games = [fakeGame('skylark', builds)];
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  return bench;
}
const gameOf = (of: LauncherBench) => of.launcher.snapshot().slices.library.games[0];

test('signing in shows the library, and every change carries a higher revision', async () => {
  const { launcher, events } = await openSignedIn();
  expect(launcher.snapshot().slices.session).toMatchObject({ status: 'signed-in', displayName: 'Ada' });
  expect(gameOf(bench!)).toMatchObject({
    gameId: 'skylark',
    action: 'install',
    depot: 'web',
    channel: 'stable',
  });
  const revisions = events.map(({ revision }) => revision);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(new Set(revisions).size).toBe(revisions.length);
});

test('a wrong password is a failure with the service’s own code, and nobody is signed in', async () => {
  bench = await openBench();
  const answer = await bench.launcher.handle('session:sign-in', { ...credentials, password: 'nonsense' });
  expect(answer).toMatchObject({ ok: false, error: { code: 'CREDENTIALS_WRONG', action: 'none' } });
});

test('an install is queued, done, recorded, reported once, and the game can be played', async () => {
  const { ask, until, service, notices } = await openSignedIn();
  await ask('install:start', { gameId: 'skylark' });
  await until(() => gameOf(bench!)?.install.status === 'installed');
  await until(() => bench!.launcher.snapshot().slices.downloads.queue.length === 0);
  expect(gameOf(bench!)).toMatchObject({ action: 'play', updateAvailable: false });
  const [finished] = bench!.launcher.snapshot().slices.downloads.finished;
  expect(finished).toMatchObject({ gameId: 'skylark', phase: 'done', downloadedBytes: 800, savedBytes: 0 });
  expect(service.calls('reportOutcome').map(({ body }) => body)).toMatchObject([
    { outcome: 'done', buildId: 1 },
  ]);
  expect(notices).toMatchObject([{ kind: 'success', text: 'Ready to play.' }]);
});

test('a paused install stays paused over a restart and then goes on in the same folder', async () => {
  const first = await openSignedIn();
  first.patcher.gate = holdUntilAborted;
  await first.ask('install:start', { gameId: 'skylark' });
  await first.until(() => gameOf(first)?.action === 'pause');
  await first.ask('install:pause', { gameId: 'skylark' });
  await first.until(() => gameOf(first)?.action === 'resume');

  bench = await first.restart();
  await bench.launcher.start();
  expect(bench.launcher.snapshot().slices.downloads).toMatchObject({
    allPaused: true,
    queue: [{ gameId: 'skylark', phase: 'paused' }],
  });
  bench.patcher.gate = null;
  await bench.ask('install:resume', { gameId: 'skylark' });
  await bench.until(() => gameOf(bench!)?.install.status === 'installed');
  const folders = bench.patcher.started.map(({ folder }) => folder);
  expect(new Set(folders).size).toBe(1);
});

test('cancelling an install throws its staging away and tells the service', async () => {
  const { ask, until, patcher, service } = await openSignedIn();
  patcher.gate = holdUntilAborted;
  await ask('install:start', { gameId: 'skylark' });
  await until(() => gameOf(bench!)?.action === 'pause');
  await ask('install:cancel', { gameId: 'skylark' });
  expect(patcher.discarded).toHaveLength(1);
  expect(gameOf(bench!)).toMatchObject({ action: 'install' });
  expect(service.calls('reportOutcome').map(({ body }) => body)).toMatchObject([{ outcome: 'cancelled' }]);
});

test('moving a job to the front makes the running one wait', async () => {
  bench = await openBench();
  bench.service.games = [fakeGame('skylark', { stable: 1 }), fakeGame('orrery', { stable: 2 })];
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  bench.patcher.gate = holdUntilAborted;
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.ask('install:start', { gameId: 'orrery' });
  const phases = () =>
    Object.fromEntries(
      bench!.launcher.snapshot().slices.downloads.queue.map(({ gameId, phase }) => [gameId, phase]),
    );
  await bench.until(() => phases()['skylark'] === 'downloading');
  expect(phases()['orrery']).toBe('queued');
  await bench.ask('downloads:move', { gameId: 'orrery', position: 0 });
  await bench.until(() => phases()['orrery'] === 'downloading' && phases()['skylark'] === 'queued');
});

test('an update that the policy allows begins by itself and is not begun where the player said never', async () => {
  const { ask, until, service, patcher } = await openSignedIn();
  await ask('install:start', { gameId: 'skylark' });
  await until(() => bench!.launcher.snapshot().slices.downloads.finished.length === 1);
  await ask('install:set-update-policy', { gameId: 'skylark', updatePolicy: 'never' });
  service.games = [fakeGame('skylark', { stable: 2 })];
  await ask('library:refresh', {});
  expect(gameOf(bench!)).toMatchObject({ action: 'update', updateAvailable: true });
  expect(patcher.started).toHaveLength(1);
  await ask('install:set-update-policy', { gameId: 'skylark', updatePolicy: 'automatic' });
  await until(() => gameOf(bench!)?.updateAvailable === false);
  expect(patcher.started.at(-1)).toMatchObject({ reason: 'update', oldBuildId: 1, buildId: 2 });
});

test('a failed download says why with one action, retries when the network is back, and keeps its place', async () => {
  const { ask, until, patcher, launcher } = await openSignedIn();
  let fails = true;
  patcher.gate = async () => {
    if (fails) throw networkError();
  };
  await ask('install:start', { gameId: 'skylark' });
  await until(() => launcher.snapshot().slices.downloads.queue[0]?.phase === 'failed');
  expect(launcher.snapshot().slices.downloads.queue[0]?.failure).toMatchObject({ action: 'wait' });
  fails = false;
  launcher.services.installs.retryPassing();
  await until(() => gameOf(bench!)?.install.status === 'installed');
});

test('damage found by verify makes Repair the game’s action until it is repaired', async () => {
  const { ask, until, patcher } = await openSignedIn();
  await ask('install:start', { gameId: 'skylark' });
  await until(() => bench!.launcher.snapshot().slices.downloads.finished.length === 1);
  patcher.damage = [{ path: 'game.js', offset: 0, sizeBytes: 4, reason: 'changed' }];
  await ask('install:verify', { gameId: 'skylark' });
  await until(() => gameOf(bench!)?.action === 'repair');
  await ask('install:repair', { gameId: 'skylark' });
  await until(() => gameOf(bench!)?.action === 'play');
});

test('offline, a known player sees the library, and what needs the network says so', async () => {
  const first = await openSignedIn();
  const secrets = createFileSecretStore(first.profileFolder, plainCipher);
  await secrets.write('refresh-token-number-1');
  first.service.online = false;
  bench = await first.restart({ secrets });
  await bench.launcher.start();
  const { session, connection, library } = bench.launcher.snapshot().slices;
  expect(session).toMatchObject({ status: 'signed-in', email: fakeAccount.email });
  expect(connection.status).toBe('offline');
  expect(library).toMatchObject({ status: 'stale', games: [{ gameId: 'skylark' }] });
});

test('an outcome that could not be told is told once when the service is back', async () => {
  const first = await openSignedIn();
  first.service.answer('reportOutcome', () => {
    throw new FakeProblem(503, 'UNAVAILABLE');
  });
  await first.ask('install:start', { gameId: 'skylark' });
  await first.until(() => first.launcher.snapshot().slices.downloads.finished.length === 1);
  await first.until(() => first.launcher.snapshot().slices.downloads.queue.length === 0);
  const before = first.service.calls('reportOutcome').length;
  first.service.answer('reportOutcome', () => undefined);
  await first.ask('library:refresh', {});
  await first.ask('library:refresh', {});
  const sent = first.service.calls('reportOutcome').slice(before);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.headers.get('idempotency-key')).toBe(
    first.service.calls('reportOutcome')[0]?.headers.get('idempotency-key'),
  );
});

test('a claim is the same act however often it is sent, and its receipt names the quest', async () => {
  const { ask, service } = await openSignedIn();
  service.quests = [fakeQuest('first-flight', 'skylark', 60)];
  service.answer('claimQuest', () => ({
    receiptId: '22222222-2222-4222-8222-222222222222',
    questId: 'first-flight',
    points: 50,
    balancePoints: 170,
    claimedAt: '2026-11-21T00:00:00.000Z',
  }));
  await ask('quest:refresh', {});
  expect(await ask('quest:claim', { questId: 'first-flight' })).toMatchObject({
    points: 50,
    gameId: 'skylark',
  });
  await ask('quest:claim', { questId: 'first-flight' });
  const keys = service.calls('claimQuest').map(({ headers }) => headers.get('idempotency-key'));
  expect(new Set(keys).size).toBe(1);
});

test('progress reaches the renderer at most ten times a second', async () => {
  const clock = createHandClock();
  bench = await openBench({ ports: { clock } });
  bench.service.games = [fakeGame('skylark', { stable: 1 })];
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  const held = Promise.withResolvers<void>();
  bench.patcher.gate = async (_job, run) => {
    const before = bench!.events.length;
    for (let step = 1; step <= 1_000; step += 1) {
      clock.advance(1);
      run.onProgress({
        phase: 'downloading',
        route: 'chunks',
        downloadedBytes: step,
        downloadTotalBytes: 1_000,
        writtenBytes: 0,
        writeTotalBytes: 1_000,
        savedBytes: 0,
        patchBytesPerSecond: 0,
      });
    }
    const sent = bench!.events.slice(before).filter(({ slice }) => slice === 'downloads');
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.length).toBeLessThanOrEqual(11);
    held.resolve();
  };
  await bench.ask('install:start', { gameId: 'skylark' });
  await held.promise;
  await bench.until(() => gameOf(bench!)?.install.status === 'installed');
});

test('a launcher that is closed while it starts waits for what was begun, and begins nothing more', async () => {
  const clock = createHandClock();
  bench = await openBench({ ports: { clock } });
  const starting = bench.launcher.start();
  await bench.launcher.close();
  const changes = bench.events.length;
  const files = await readdir(bench.profileFolder, { recursive: true });
  await starting;
  clock.advance(24 * 3_600_000);
  expect(bench.events).toHaveLength(changes);
  expect(await readdir(bench.profileFolder, { recursive: true })).toEqual(files);
});

test('no token reaches the renderer or the profile’s files', async () => {
  const first = await openSignedIn();
  await first.ask('install:start', { gameId: 'skylark' });
  await first.until(() => first.launcher.snapshot().slices.downloads.finished.length === 1);
  const seen = JSON.stringify([first.events, first.launcher.snapshot()]);
  expect(seen).not.toMatch(/access-\d|refresh-token/);
  const names = await readdir(first.profileFolder, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((each) => each.isFile())) {
    const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
    expect(text, entry.name).not.toMatch(/access-\d|refresh-token/);
  }
});

test.each([
  ['state:nonsense', 'LAUNCHER_REQUEST_UNKNOWN', {}],
  ['__proto__', 'LAUNCHER_REQUEST_UNKNOWN', {}],
  ['install:start', 'LAUNCHER_REQUEST_INVALID', { gameId: '../etc' }],
  ['install:start', 'LAUNCHER_REQUEST_INVALID', { gameId: 'skylark', folder: '/etc' }],
  ['install:start', 'LIBRARY_GAME_UNKNOWN', { gameId: 'absent-game' }],
  ['install:update', 'INSTALL_NOT_INSTALLED', { gameId: 'skylark' }],
  ['game:launch', 'INSTALL_NOT_INSTALLED', { gameId: 'skylark' }],
  ['game:stop', 'PLAY_NOT_RUNNING', { gameId: 'skylark' }],
  ['install:pause', 'INSTALL_NOT_QUEUED', { gameId: 'skylark' }],
  ['install:set-channel', 'LIBRARY_CHANNEL_UNKNOWN', { gameId: 'skylark', channel: 'nightly' }],
  ['quest:claim', 'QUEST_UNKNOWN', { questId: 'none' }],
  ['settings:update', 'SETTING_FOLDER_UNUSABLE', { installFolder: 'relative' }],
  ['session:sign-in', 'LAUNCHER_REQUEST_TOO_LARGE', { email: 'a@b.c', password: 'x'.repeat(300_000) }],
  ['launcher:restart-to-update', 'UPDATE_UNSUPPORTED', {}],
])('%s is refused as %s', async (name, code, argument) => {
  const { launcher } = await openSignedIn();
  expect(await launcher.handle(name, argument)).toMatchObject({ ok: false, error: { code } });
});

function networkError() {
  return clientErrors.error('SERVICE_UNREACHABLE', { url: 'http://cdn.test' });
}
