import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectReference } from '../download/object-fetcher.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { installBuild, planBuildJob, updateBuild } from './install.ts';
import { stateFolderOf } from './state/state-folder.ts';

/** Mounts a tmpfs of exactly the stated size, so it runs as root on Linux. */
const PAGE_BYTES = 4096;
const MIB = 2 ** 20;

let scratch: string;
let mount: string;
let root: string;
let game: GameOnCdn;
let one: PublishedBuild;
let two: PublishedBuild;
let patch: ObjectReference;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-space-'));
  game = await GameOnCdn.start(scratch);
  const first = makeFakeBuild({ seed: 5, packBytes: 60_000_000, assets: 400 });
  one = await game.publish(first);
  two = await game.publish(evolveFakeBuild(first, 6));
  patch = await game.publishPatch(one, two);
  mount = path.join(scratch, 'tmpfs');
  await mkdir(mount);
}, 600_000);
afterAll(async () => {
  await game.close();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(() => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', mount]);
  root = path.join(mount, 'install');
});
afterEach(() => {
  execFileSync('umount', [mount]);
});

const job = (build: PublishedBuild) => ({ root, ports: game.ports, build: build.reference });

/** Leave exactly this much free. */
function leaveFree(freeBytes: number): void {
  const { bsize, blocks, bfree } = statfsSync(mount);
  const sizeBytes = Math.ceil(((blocks - bfree) * bsize + freeBytes) / PAGE_BYTES) * PAGE_BYTES;
  execFileSync('mount', ['-o', `remount,size=${sizeBytes}`, mount]);
}

describe('what is said to be needed is what a real file system takes', () => {
  test('for an install: all of it passes, 1 MiB less is refused before any download', async () => {
    const { figures } = await planBuildJob(job(one));
    leaveFree(figures.diskPeakBytes - MIB);
    const before = game.server.requests.length;
    await expect(installBuild(job(one))).rejects.toMatchObject({ code: 'INSTALL_DISK_FULL' });
    expect(game.server.requests.slice(before).every(({ path: at }) => at.startsWith('manifests/'))).toBe(
      true,
    );
    leaveFree(figures.diskPeakBytes);
    expect((await installBuild(job(one))).kind).toBe('done');
    expect(await compareTrees(one.root, root)).toEqual([]);
    expect(await readdir(stateFolderOf(root).staging)).toEqual([]);
  }, 300_000);

  test.each([
    ['whole', 'chunks'],
    ['whole', 'patch'],
    ['low-space', 'chunks'],
    ['low-space', 'patch'],
  ] as const)(
    'for an update, %s, by %s',
    async (diskMode, route) => {
      await installBuild(job(one));
      const update = {
        ...job(two),
        diskMode,
        patches: route === 'patch' ? [patch] : [],
        batchBytes: 4 * MIB,
      };
      // Enough for the manifest, which is fetched to know.
      leaveFree(2 * MIB);
      const refused: unknown = await updateBuild(update).catch((error: unknown) => error);
      const { neededBytes } = (refused as { details: { neededBytes: number } }).details;
      leaveFree(neededBytes - MIB);
      await expect(updateBuild(update)).rejects.toMatchObject({ code: 'INSTALL_DISK_FULL' });
      leaveFree(neededBytes);
      const done = await updateBuild(update);
      expect(done.kind).toBe('done');
      expect(await compareTrees(two.root, root)).toEqual([]);
      process.stdout.write(`${diskMode} by ${route}: ${neededBytes} bytes needed\n`);
    },
    300_000,
  );
});
