import type * as FsPromises from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GameOnCdn, type PublishedBuild } from '../testing/game-on-cdn.ts';
import { makeFakeBuild } from '../testing/tree-builder.ts';
import { installBuild, planBuildJob } from './install.ts';

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

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-space-'));
  game = await GameOnCdn.start(scratch);
  build = await game.publish(makeFakeBuild({ seed: 5, packBytes: 6_000_000, assets: 10 }));
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
});
