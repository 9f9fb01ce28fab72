import { expect, test } from 'vitest';
import type { QueuedJob } from './install-queue.ts';
import type { PatchReport } from '../patcher-port.ts';
import { noticeOf } from './result-notice.ts';
import { recordOf } from './result-record.ts';

const build = (buildId: number) => ({
  buildId,
  version: `1.${buildId}`,
  notes: '',
  createdAt: '2026-11-21T00:00:00.000Z',
  sizeBytes: 1000,
  downloadBytes: 800,
});
const job = (reason: QueuedJob['reason'], buildId = 2): QueuedJob => ({
  gameId: 'skylark',
  depot: 'linux',
  channel: 'stable',
  reason,
  folder: '/games/skylark',
  build: build(buildId),
  oldBuildId: 1,
  paused: false,
  scheduled: false,
});
const applied = (reason: QueuedJob['reason'], report: Partial<PatchReport> = {}) => ({
  kind: 'applied' as const,
  job: job(reason),
  report: { route: 'chunks' as const, downloadedBytes: 1, fullBytes: 2, totalBytes: 3, ...report },
});
const verified = (damaged: readonly string[]) => ({
  kind: 'verified' as const,
  job: job('verify', 1),
  report: {
    files: 2,
    bytes: 3,
    damage: damaged.map((path) => ({ path, offset: 0, sizeBytes: 1, reason: 'hash' })),
  },
});

const untitled = { serviceGame: () => undefined };

test('a notice says what a job came to, and where each thing of the player’s is that made way', () => {
  expect(noticeOf(applied('update'), untitled)).toEqual({
    kind: 'success',
    title: 'skylark',
    text: 'Updated to 1.2.',
    gameId: 'skylark',
  });
  const rescued = [
    { path: 'mods', to: 'mods.yours' },
    { path: 'a.cfg', to: 'a.cfg.yours' },
  ];
  expect(noticeOf(applied('repair', { rescued }), untitled).text).toBe(
    'Repaired. Ready to play. Your mods is now mods.yours. Your a.cfg is now a.cfg.yours.',
  );
  expect(noticeOf(verified([]), untitled).kind).toBe('success');
  expect(noticeOf(verified(['pack.bin']), untitled).kind).toBe('failure');
});

const NOW = { now: () => Date.UTC(2026, 10, 22) };
const library = {
  installed: () => ({
    gameId: 'skylark',
    depot: 'linux' as const,
    channel: 'stable',
    folder: '/games/skylark',
    build: build(1),
    installedAt: '2026-11-01T00:00:00.000Z',
    damaged: false,
    verifiedAt: '2026-11-02T00:00:00.000Z',
    preloadedBuildId: 7,
    previous: build(0),
  }),
};

test('what was installed before becomes the build a roll-back leads to, unless it is the same', () => {
  expect(recordOf(applied('update'), library, NOW)).toEqual({
    ...library.installed(),
    build: build(2),
    previous: build(1),
    preloadedBuildId: null,
  });
  expect(recordOf(verified([]), library, NOW)).toEqual({
    ...library.installed(),
    verifiedAt: '2026-11-22T00:00:00.000Z',
  });
  expect(recordOf(verified(['pack.bin']), library, NOW).damaged).toBe(true);
});

test('a check says how many files are damaged, however many ranges of them are', () => {
  const twice = verified(['pack.bin', 'pack.bin', 'game.exe']);
  expect(noticeOf(twice, untitled)).toMatchObject({
    kind: 'failure',
    text: '2 files are damaged. Repair fetches only what is damaged of them.',
  });
  expect(noticeOf(verified(['pack.bin']), untitled).text).toBe(
    'One file is damaged. Repair fetches only what is damaged of it.',
  );
});

test('what lies ready changes nothing of what is installed, and stays with a game that moves', () => {
  expect(recordOf(applied('preload'), library, NOW)).toEqual({
    ...library.installed(),
    preloadedBuildId: 2,
  });
  expect(recordOf(applied('move', { folder: '/elsewhere' }), library, NOW)).toMatchObject({
    folder: '/elsewhere',
    preloadedBuildId: 7,
  });
});
