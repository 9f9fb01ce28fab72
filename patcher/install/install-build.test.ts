import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { GameToInstall, changed, differences, doneOf, file } from '../testing/builds/game-to-install.ts';
import {
  discardStaging,
  installBuild,
  planBuildJob,
  preloadBuild,
  readInstallState,
  repairInstall,
  uninstall,
  updateBuild,
  verifyInstall,
} from './install.ts';
import type { InstallProgress } from './install-progress.ts';
import { WriterThreads } from './staging/writing/writer-threads.ts';
import { stateFolderOf } from './state/state-folder.ts';

const published = await GameToInstall.publish();
const { game, one, two, patch, small } = published;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  root = path.join(await published.makePlace(), 'install');
});

describe('installBuild', () => {
  test('updates a whole game by patch at fewer bytes than by chunks, and reports what it did', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const byChunks = await planBuildJob({ ...job, build: two.reference });
    const seen: InstallProgress[] = [];
    const outcome = doneOf(
      await updateBuild({
        ...job,
        build: two.reference,
        patches: [patch],
        onProgress: (progress) => seen.push(progress),
      }),
    );
    expect(outcome.route).toBe('patch');
    expect(outcome.figures.downloadBytes).toBeLessThan(byChunks.figures.downloadBytes);
    expect(seen.at(-1)).toMatchObject({ phase: 'committing' });
    expect(seen.at(-1)?.writtenBytes).toBe(outcome.figures.writeBytes);
    expect(await differences(two, root)).toEqual([]);
  });

  test('never opens unchanged files for writing', async () => {
    const one = small;
    const two = await game.publish(changed(['data/a.txt', file('alpha 2')]));
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const before = await lstat(path.join(root, 'bin/lib.so'), { bigint: true });
    await updateBuild({ ...job, build: two.reference });
    const after = await lstat(path.join(root, 'bin/lib.so'), { bigint: true });
    expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
  });

  test('finds threads that write, started by its plan, where it is worth starting them', async () => {
    const large = await game.publish(changed(['data/large.txt', file('large '.repeat(1_500_000))]));
    const threads = new WriterThreads({ restMs: 300 });
    const job = { root, ports: { ...game.ports, threads } };
    await planBuildJob({ ...job, build: small.reference });
    expect(threads.areStarted).toBe(false);
    await planBuildJob({ ...job, build: large.reference });
    expect(threads.areStarted).toBe(true);
    await installBuild({ ...job, build: large.reference });
    expect(await differences(large, root)).toEqual([]);
    expect(threads.areStarted).toBe(true);
    await expect.poll(() => threads.areStarted, { timeout: 10_000 }).toBe(false);
  });

  test.runIf(process.platform === 'linux')('ends where the system lets nobody make a folder', async () => {
    const job = { root: '/proc/games/ours', ports: game.ports, build: small.reference };
    await expect(installBuild(job)).rejects.toMatchObject({ code: 'INSTALL_STORAGE_FAILED' });
  });

  test('gets modes right whatever the umask', async () => {
    const one = await game.publish(
      changed(['open', file('all may write', 0o666)], ['wide', { kind: 'directory', mode: 0o777 }]),
    );
    const umask = process.umask(0o077);
    try {
      await installBuild({ root, ports: game.ports, build: one.reference });
    } finally {
      process.umask(umask);
    }
    expect(await differences(one, root)).toEqual([]);
  });

  test('leaves nothing behind after an uninstall', async () => {
    await installBuild({ root, ports: game.ports, build: one.reference });
    await uninstall({ root });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
    await uninstall({ root });
  });

  test('lets exactly one writer work', async () => {
    game.server.delayMs = 3;
    const results = await Promise.allSettled(
      Array.from({ length: 3 }, () => installBuild({ root, ports: game.ports, build: one.reference })),
    );
    const codes = results
      .map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.code))
      .sort();
    expect(codes).toEqual(['INSTALL_LOCKED', 'INSTALL_LOCKED', 'done']);
    expect(await differences(one, root)).toEqual([]);
  });

  test('needs a build to update, verify or repair', async () => {
    const one = small;
    const job = { root, ports: game.ports };
    await expect(updateBuild({ ...job, build: one.reference })).rejects.toMatchObject({
      code: 'INSTALL_ABSENT',
    });
    await expect(verifyInstall({ root })).rejects.toMatchObject({ code: 'INSTALL_ABSENT' });
    await expect(repairInstall(job)).rejects.toMatchObject({ code: 'INSTALL_ABSENT' });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a job that was stopped', () => {
  test('pauses as an outcome, keeps the old build playable, and does not fetch again what it has', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    game.server.delayMs = 5;
    const stop = new AbortController();
    const sentBefore = game.server.sentBytes;
    const outcome = await updateBuild({
      ...job,
      build: two.reference,
      signal: stop.signal,
      onProgress: ({ downloadedBytes }) => downloadedBytes > 1e5 && stop.abort(),
    });
    expect(outcome.kind).toBe('cancelled');
    expect(await differences(one, root)).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({
      installed: { buildId: one.reference.buildId },
      pending: { build: { buildId: two.reference.buildId } },
    });
    game.server.delayMs = 0;
    const planned = await planBuildJob({ ...job, build: two.reference });
    const resumed = doneOf(await updateBuild({ ...job, build: two.reference }));
    expect(resumed.figures.downloadBytes).toBe(planned.figures.downloadBytes);
    expect(await differences(two, root)).toEqual([]);
    const full = (await planBuildJob({ ...job, build: one.reference })).figures.fullDownloadBytes;
    expect(full).toBeGreaterThan(0);
    // What the two runs fetched together exceeds one run by less than what was on its way in four streams.
    const fetched = game.server.sentBytes - sentBefore;
    const needed = resumed.figures.downloadBytes + 100_000;
    expect(fetched).toBeLessThan(needed + 4 * 32_768 * 2 + 400_000);
  });

  test('forgets a stopped job when told to', async () => {
    const stop = new AbortController();
    game.server.delayMs = 5;
    await installBuild({
      root,
      ports: game.ports,
      build: one.reference,
      signal: stop.signal,
      onProgress: ({ writtenBytes }) => writtenBytes > 5e4 && stop.abort(),
    });
    expect((await readdir(stateFolderOf(root).staging)).length).toBeGreaterThan(0);
    await discardStaging(root);
    expect((await readdir(stateFolderOf(root).staging)).length).toBe(0);
    expect(await readInstallState(root)).toEqual({
      installed: null,
      playable: false,
      pending: null,
      moving: null,
      previous: null,
    });
  });

  test('switches to another build when a stopped job was for an earlier one', async () => {
    const stop = new AbortController();
    game.server.delayMs = 5;
    const onProgress = ({ writtenBytes }: InstallProgress) => writtenBytes > 50_000 && stop.abort();
    await installBuild({ root, ports: game.ports, build: one.reference, signal: stop.signal, onProgress });
    game.server.delayMs = 0;
    await installBuild({ root, ports: game.ports, build: two.reference });
    expect(await differences(two, root)).toEqual([]);
  });
});

describe('preloadBuild', () => {
  test('leaves the old build playable, and is committed later without the network', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const staged = await preloadBuild({ ...job, build: two.reference, patches: [patch], keepReplaced: true });
    expect(staged.kind).toBe('staged');
    expect(await differences(one, root)).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({ playable: true, pending: { state: 'verified' } });
    expect((await preloadBuild({ ...job, build: two.reference })).kind).toBe('staged');
    const before = game.server.requests.length;
    game.server.fault = () => ({ kind: 'reset' });
    const outcome = doneOf(await installBuild({ ...job, build: two.reference, patches: [patch] }));
    expect([outcome.requests, game.server.requests.length]).toEqual([0, before]);
    expect(await differences(two, root)).toEqual([]);
    expect((await readInstallState(root)).previous?.build.buildId).toBe(one.reference.buildId);
  });

  test('is void when another build is installed', async () => {
    const job = { root, ports: game.ports };
    await preloadBuild({ ...job, build: two.reference });
    expect(await readdir(root)).toEqual([]);
    await installBuild({ ...job, build: one.reference });
    expect(await differences(one, root)).toEqual([]);
    expect((await readInstallState(root)).pending).toBeNull();
  });
});
