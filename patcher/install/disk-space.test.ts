import type * as FsPromises from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { discardStaging, installBuild, planBuildJob, readInstallState, updateBuild } from './install.ts';

/** What `statfs` says for the installs of the first group; undefined leaves the truth. */
const pretended = vi.hoisted(() => ({ freeBytes: undefined as number | undefined }));
vi.mock('node:fs/promises', async (importActual) => {
  const actual = await importActual<typeof FsPromises>();
  return {
    ...actual,
    statfs: async (at: string) => {
      const stats = await actual.statfs(at);
      return pretended.freeBytes === undefined
        ? stats
        : Object.assign(stats, { bsize: 1, bavail: pretended.freeBytes });
    },
  };
});

let scratch: string;
let game: GameOnCdn;
let build: PublishedBuild;
let next: PublishedBuild;
let third: PublishedBuild;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-space-'));
  game = await GameOnCdn.start(scratch);
  const first = makeFakeBuild({ seed: 5, packBytes: 6_000_000, assets: 10 });
  build = await game.publish(first);
  next = await game.publish(evolveFakeBuild(first, 6));
  third = await game.publish(evolveFakeBuild(first, 7));
});
afterAll(async () => {
  await game.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

describe('the space an install needs', () => {
  test('is asked for before anything but the manifest is fetched, and said exactly', async () => {
    const root = path.join(scratch, 'small');
    const job = { root, ports: game.ports, build: build.reference };
    const { figures } = await planBuildJob(job);
    const before = game.server.requests.length;
    pretended.freeBytes = figures.diskPeakBytes - 1;
    await expect(installBuild(job)).rejects.toMatchObject({
      code: 'INSTALL_DISK_FULL',
      details: { neededBytes: figures.diskPeakBytes, freeBytes: figures.diskPeakBytes - 1 },
    });
    expect(game.server.requests.slice(before).map(({ path: at }) => at.split('/')[0])).toEqual(['manifests']);
    pretended.freeBytes = figures.diskPeakBytes;
    expect((await installBuild(job)).kind).toBe('done');
    pretended.freeBytes = undefined;
  });

  test('is found by replacing files as it goes when both builds do not fit, and refused below that', async () => {
    const root = path.join(scratch, 'update');
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: build.reference });
    const update = { ...job, build: next.reference, batchBytes: 1_000_000 };
    const { figures } = await planBuildJob(update);
    const modes: boolean[] = [];
    const onPlan = (plan: Plan) => modes.push(plan.lowSpace !== undefined);
    const stop = new AbortController();
    pretended.freeBytes = figures.diskPeakBytes - 1;
    const asked = updateBuild({
      ...update,
      onPlan,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'downloading' && stop.abort(),
    });
    expect((await asked).kind).toBe('cancelled');
    expect(modes).toEqual([false, true]);
    await discardStaging(root);
    const before = game.server.requests.length;
    pretended.freeBytes = 1000;
    const refused = await updateBuild(update).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INSTALL_DISK_FULL', details: { freeBytes: 1000 } });
    const neededBytes = Number((refused as AppError).details['neededBytes']);
    expect(neededBytes).toBeLessThan(figures.diskPeakBytes);
    expect(game.server.requests.slice(before).map(({ path: at }) => at.split('/')[0])).toEqual(['manifests']);
    pretended.freeBytes = neededBytes - 1;
    await expect(updateBuild(update)).rejects.toMatchObject({ code: 'INSTALL_DISK_FULL' });
    pretended.freeBytes = neededBytes;
    expect(await updateBuild(update)).toMatchObject({
      kind: 'done',
      figures: { lowSpacePeakBytes: neededBytes },
    });
    pretended.freeBytes = undefined;
    expect(await compareTrees(next.root, root)).toEqual([]);
  });

  test('is taken from what is kept for a rollback before anything else', async () => {
    const root = path.join(scratch, 'kept');
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: build.reference });
    await updateBuild({ ...job, build: next.reference, keepReplaced: true });
    expect((await readInstallState(root)).previous).not.toBeNull();
    pretended.freeBytes = 1000;
    await expect(updateBuild({ ...job, build: third.reference })).rejects.toMatchObject({
      code: 'INSTALL_DISK_FULL',
    });
    pretended.freeBytes = undefined;
    expect((await readInstallState(root)).previous).toBeNull();
  });
});
