import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { downloadErrors } from '../../patcher/download/download-errors.ts';
import { installErrors } from '../../patcher/install/install-errors.ts';
import type { PatchRun } from './patcher-port.ts';
import { createFakePatcher, holdUntilAborted, progressOf } from '../testing/fake-patcher.ts';
import { fakeGame } from '../testing/fake-service.ts';
import { createHandClock, type HandClock } from '../testing/hand-clock.ts';
import { type BenchOptions, credentials, type LauncherBench, openBench } from '../testing/launcher-bench.ts';

let bench: LauncherBench;
afterEach(() => bench.close());

const NAMES = ['skylark', 'orrery', 'knotwork'] as const;

async function openSignedIn(options: BenchOptions = {}): Promise<LauncherBench> {
  bench = await openBench(options);
  bench.service.games = NAMES.map((name, index) => fakeGame(name, { stable: index + 1 }));
  await bench.launcher.start();
  await bench.ask('session:sign-in', credentials);
  return bench;
}
const downloads = () => bench.launcher.snapshot().slices.downloads;
const phases = () => downloads().queue.map(({ gameId, phase }) => `${gameId} ${phase}`);
const gameOf = (gameId: string) =>
  bench.launcher.snapshot().slices.library.games.find((game) => game.gameId === gameId);

/** A moment of the evening before, by this computer's own clock, whatever its zone. */
const evening = () => createHandClock(new Date(2026, 10, 21, 20, 0).getTime());
const hours = (count: number) => count * 3_600_000;
const NIGHT = { startMinute: 2 * 60, endMinute: 6 * 60 };

/** An install that came to 500 bytes of what it fetches, and was paused. */
async function pauseHalfway(): Promise<void> {
  await openSignedIn();
  bench.patcher.gate = (job, run) => {
    run.onProgress(progressOf('downloading', 500));
    return holdUntilAborted(job, run);
  };
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => downloads().queue[0]?.downloadedBytes === 500);
  await bench.ask('install:pause', { gameId: 'skylark' });
}

async function installAndPublish(clock: HandClock): Promise<void> {
  await openSignedIn({ ports: { clock } });
  await bench.ask('settings:update', { downloadWindow: NIGHT });
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => gameOf('skylark')?.install.status === 'installed');
  await bench.until(() => downloads().queue.length === 0);
  await bench.ask('install:set-update-policy', { gameId: 'skylark', updatePolicy: 'scheduled' });
  bench.service.games = [fakeGame('skylark', { stable: 7 })];
  await bench.ask('library:refresh', {});
}

describe('the queue', () => {
  test('runs as many at once as the player chose, and follows a change at once', async () => {
    await openSignedIn();
    bench.patcher.gate = holdUntilAborted;
    await bench.ask('settings:update', { downloadsAtOnce: 2 });
    for (const gameId of NAMES) await bench.ask('install:start', { gameId });
    await bench.until(() => phases().filter((each) => each.endsWith('downloading')).length === 2);
    expect(phases()[2]).toBe('knotwork queued');
    await bench.ask('settings:update', { downloadsAtOnce: 3 });
    await bench.until(() => phases().every((each) => each.endsWith('downloading')));
    await bench.ask('settings:update', { downloadsAtOnce: 1 });
    await bench.until(() => phases().filter((each) => each.endsWith('queued')).length === 2);
    expect(phases()[0]).toBe('skylark downloading');
  });

  test('goes on after a crash with what was running, in its order, what was paused paused', async () => {
    await openSignedIn();
    bench.patcher.gate = holdUntilAborted;
    for (const gameId of NAMES) await bench.ask('install:start', { gameId });
    await bench.ask('downloads:move', { gameId: 'knotwork', position: 0 });
    await bench.ask('install:pause', { gameId: 'skylark' });
    await bench.until(() => phases()[0] === 'knotwork downloading');
    // What is on disk at this moment is all that a crash leaves.
    const queue = path.join(bench.profileFolder, 'queue.json');
    const left = await readFile(queue);
    await bench.launcher.close();
    await writeFile(queue, left);
    bench = await bench.restart();
    await bench.launcher.start();
    expect(downloads().queue.map(({ gameId }) => gameId)).toEqual(['knotwork', 'skylark', 'orrery']);
    await bench.until(() => phases()[0] === 'knotwork downloading');
    expect(phases()[1]).toBe('skylark paused');
  });

  test('shows how far a paused job has come after a restart too, and counts on from there', async () => {
    await pauseHalfway();
    bench = await bench.restart();
    bench.patcher.gate = null;
    await bench.launcher.start();
    const reached = {
      downloadedBytes: 500,
      downloadTotalBytes: 800,
      writtenBytes: 500,
      writeTotalBytes: 1000,
    };
    expect(downloads().queue).toMatchObject([{ phase: 'paused', ...reached }]);
    await bench.ask('install:resume', { gameId: 'skylark' });
    await bench.until(() => downloads().finished.length === 1);
    // The stand-in fetches all of its 800 again.
    expect(downloads().finished).toMatchObject([{ downloadedBytes: 1300, savedBytes: 0 }]);
  });

  test('counts on after a launcher that was killed from how far it had come', async () => {
    const clock = evening();
    await openSignedIn({ ports: { clock } });
    const moving = Promise.withResolvers<PatchRun>();
    bench.patcher.gate = (job, run) => {
      moving.resolve(run);
      return holdUntilAborted(job, run);
    };
    await bench.ask('install:start', { gameId: 'skylark' });
    const run = await moving.promise;
    run.onProgress(progressOf('downloading', 300));
    clock.advance(10_000);
    run.onProgress(progressOf('downloading', 500));
    const queue = path.join(bench.profileFolder, 'queue.json');
    await vi.waitFor(async () => expect(await readFile(queue, 'utf8')).toContain('"downloadedBytes": 500'));
    // What is on disk at this moment is all that a kill leaves.
    const left = await readFile(queue);
    await bench.launcher.close();
    await writeFile(queue, left);
    bench = await bench.restart();
    await bench.launcher.start();
    expect(downloads().queue).toMatchObject([{ downloadedBytes: 500 }]);
  });

  test('counts anew where a newer build takes the place of the one a job was at', async () => {
    await pauseHalfway();
    bench.patcher.gate = null;
    bench.service.games = [fakeGame('skylark', { stable: 7 })];
    await bench.ask('library:refresh', {});
    await bench.ask('install:resume', { gameId: 'skylark' });
    await bench.until(() => downloads().finished.length === 1);
    expect(downloads().finished).toMatchObject([{ downloadedBytes: 800 }]);
  });

  test('starts empty where its file is torn, and keeps the file', async () => {
    await openSignedIn();
    bench.patcher.gate = holdUntilAborted;
    await bench.ask('install:start', { gameId: 'skylark' });
    await bench.launcher.close();
    await writeFile(path.join(bench.profileFolder, 'queue.json'), '{"version":1,"val');
    bench = await bench.restart();
    await bench.launcher.start();
    expect(downloads().queue).toEqual([]);
  });

  test('pauses all and resumes all, and says when everything is paused', async () => {
    await openSignedIn();
    bench.patcher.gate = holdUntilAborted;
    for (const gameId of NAMES) await bench.ask('install:start', { gameId });
    await bench.ask('downloads:pause-all', {});
    await bench.until(() => phases().every((each) => each.endsWith('paused')));
    expect(downloads().allPaused).toBe(true);
    await bench.ask('downloads:resume-all', {});
    await bench.until(() => phases()[0] === 'skylark downloading');
    expect(downloads().allPaused).toBe(false);
  });
});

describe('a scheduled update', () => {
  test('waits for the window, says until when, runs in it and stops at its end', async () => {
    const clock = evening();
    await installAndPublish(clock);
    bench.patcher.gate = holdUntilAborted;
    expect(phases()).toEqual(['skylark queued']);
    expect(downloads().queue[0]?.waitsUntil).toBe(new Date(2026, 10, 22, 2, 0).toISOString());
    clock.advance(hours(6) + 1000);
    await bench.until(() => phases()[0] === 'skylark downloading');
    clock.advance(hours(4));
    await bench.until(() => phases()[0] === 'skylark queued');
    expect(downloads().queue[0]?.waitsUntil).toBe(new Date(2026, 10, 23, 2, 0).toISOString());
    bench.patcher.gate = null;
    clock.advance(hours(20));
    await bench.until(() => gameOf('skylark')?.updateAvailable === false);
  });

  test('runs at once when the player asks for it', async () => {
    await installAndPublish(evening());
    await bench.ask('install:resume', { gameId: 'skylark' });
    await bench.until(() => gameOf('skylark')?.updateAvailable === false);
  });

  test('still waits after a restart, and does not where the window is done away with', async () => {
    const clock = evening();
    await installAndPublish(clock);
    bench = await bench.restart();
    await bench.launcher.start();
    expect(downloads().queue[0]).toMatchObject({ phase: 'queued', gameId: 'skylark' });
    expect(downloads().queue[0]?.waitsUntil).not.toBeNull();
    await bench.ask('settings:update', { downloadWindow: null });
    await bench.until(() => gameOf('skylark')?.updateAvailable === false);
  });

  test('leaves the queue when the policy becomes another', async () => {
    await installAndPublish(evening());
    await bench.ask('install:set-update-policy', { gameId: 'skylark', updatePolicy: 'ask' });
    expect(phases()).toEqual([]);
    await bench.ask('install:set-update-policy', { gameId: 'skylark', updatePolicy: 'automatic' });
    await bench.until(() => gameOf('skylark')?.updateAvailable === false);
  });
});

describe('a job that fails', () => {
  test('for a passing reason is told of once, waits ever longer, and goes on when it has passed', async () => {
    const clock = evening();
    await openSignedIn({ ports: { clock } });
    let fails = true;
    bench.patcher.gate = async () => {
      if (fails) throw downloadErrors.error('DOWNLOAD_SERVER_BUSY', { status: 503, retryAfterSeconds: 300 });
    };
    await bench.ask('install:start', { gameId: 'skylark' });
    await bench.until(() => phases()[0] === 'skylark failed');
    const waits = Date.parse(downloads().queue[0]?.waitsUntil ?? '') - clock.now();
    expect(waits).toBeGreaterThanOrEqual(300_000);
    expect(waits).toBeLessThanOrEqual(600_000);
    const before = bench.events.length;
    for (let time = 0; time < 8; time++) {
      const started = bench.patcher.started.length;
      clock.advance(600_000);
      await bench.until(() => bench.patcher.started.length > started && phases()[0] === 'skylark failed');
    }
    // The card stays while it is tried again, so that nobody hears of it each time.
    const queues = bench.events
      .slice(before)
      .flatMap((event) => (event.slice === 'downloads' ? event.value.queue : []));
    expect(queues.map(({ phase }) => phase)).toContain('downloading');
    expect(queues.filter(({ failure }) => failure === null)).toEqual([]);
    expect(bench.notices).toHaveLength(1);
    expect(bench.service.calls('reportOutcome')).toHaveLength(1);
    fails = false;
    clock.advance(600_000);
    await bench.until(() => gameOf('skylark')?.install.status === 'installed');
  });

  test('for another reason waits for the player, and others go on', async () => {
    const clock = evening();
    await openSignedIn({ ports: { clock } });
    bench.patcher.gate = async ({ gameId }) => {
      if (gameId === 'skylark')
        throw installErrors.error('INSTALL_DISK_FULL', { neededBytes: 2, freeBytes: 1 });
    };
    await bench.ask('install:start', { gameId: 'skylark' });
    await bench.ask('install:start', { gameId: 'orrery' });
    await bench.until(() => downloads().finished.length === 1 && downloads().queue.length === 1);
    clock.advance(hours(3));
    expect(downloads().queue).toMatchObject([
      { phase: 'failed', waitsUntil: null, failure: { action: 'free-space' } },
    ]);
    expect(bench.patcher.started.filter(({ gameId }) => gameId === 'skylark')).toHaveLength(1);
  });
});

test.each(['done', 'failed'] as const)(
  'what patches made a second counts once for a job that is %s, however often it was told',
  async (ending) => {
    const patcher = createFakePatcher();
    let speed = () => 0;
    let told: number[] = [];
    await openSignedIn({
      ports: {
        createPatcher: ({ routing }) => {
          speed = () => routing().speeds.patchBytesPerSecond;
          return { ...patcher, apply: (job, run) => patcher.apply(job, tellSpeeds(run, told)) };
        },
      },
    });
    patcher.gate = async ({ gameId }, { onProgress }) => {
      for (let report = 0; report < 8; report++) onProgress(progressOf('patching', 800));
      if (ending === 'failed') throw installErrors.error('INSTALL_NO_PERMISSION', { path: gameId });
    };
    const install = async (gameId: string, speeds: number[]) => {
      told = speeds;
      await bench.ask('install:start', { gameId });
      await bench.until(() => bench.notices.some((notice) => notice.gameId === gameId));
      return speed();
    };
    expect(await install('skylark', [0, 1000])).toBe(1000);
    // The mean it ended with, by its weight: 1000 + (2000 - 1000) * 0.3.
    expect(await install('orrery', [400, 1500, 2000])).toBe(1300);
    expect(await install('knotwork', [0])).toBe(1300);
  },
);

/** Reports that say one speed after the other, and the last of them from then on. */
function tellSpeeds(run: PatchRun, speeds: readonly number[]): PatchRun {
  let reports = 0;
  const onProgress: PatchRun['onProgress'] = (progress) =>
    run.onProgress({
      ...progress,
      patchBytesPerSecond: speeds[Math.min(reports++, speeds.length - 1)] ?? 0,
    });
  return { ...run, onProgress };
}

test('the bandwidth limit reaches running downloads at once, and is lower while a game runs', async () => {
  await openSignedIn();
  await bench.ask('settings:update', { downloadLimitBytesPerSecond: 5_000_000 });
  expect(bench.patcher.limits.at(-1)).toBe(5_000_000);
  await bench.ask('settings:update', { downloadLimitBytesPerSecond: 0 });
  expect(bench.patcher.limits.at(-1)).toBe(0);
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => gameOf('skylark')?.install.status === 'installed');
  await bench.ask('game:launch', { gameId: 'skylark' });
  expect(bench.patcher.limits.at(-1)).toBe(1_000_000);
  await bench.ask('settings:update', { slowWhilePlaying: false });
  expect(bench.patcher.limits.at(-1)).toBe(0);
});

test.each([
  ['counts for later estimates', 0, 700],
  ['does not count under a limit, which is not the line’s', 5_000_000, 0],
])('what a line brings %s', async (_what, downloadLimitBytesPerSecond, expected) => {
  const clock = evening();
  const patcher = createFakePatcher();
  let speed = () => 0;
  await openSignedIn({
    ports: {
      clock,
      createPatcher: ({ routing }) => {
        speed = () => routing().speeds.networkBytesPerSecond;
        return patcher;
      },
    },
  });
  await bench.ask('settings:update', { downloadLimitBytesPerSecond });
  patcher.gate = (job, run) => {
    run.onProgress(progressOf('downloading', 700));
    return holdUntilAborted(job, run);
  };
  await bench.ask('install:start', { gameId: 'skylark' });
  await bench.until(() => downloads().queue[0]?.downloadedBytes === 700);
  clock.advance(1000);
  expect(speed()).toBe(expected);
});

test('settings of an earlier launcher keep their values, and what it did not know has its default', async () => {
  await openSignedIn();
  await bench.ask('settings:update', { downloadsAtOnce: 3 });
  await bench.launcher.close();
  const { downloadWindow: _unknown, ...settings } = bench.launcher.snapshot().slices.settings.settings;
  await writeFile(
    path.join(bench.profileFolder, 'settings.json'),
    JSON.stringify({ version: 1, value: settings }),
  );
  bench = await bench.restart();
  expect(bench.launcher.snapshot().slices.settings.settings).toMatchObject({
    downloadsAtOnce: 3,
    downloadWindow: null,
  });
  expect(bench.notices).toEqual([]);
});
