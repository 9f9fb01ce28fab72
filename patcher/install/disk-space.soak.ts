import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareTrees } from '../testing/compare-trees.ts';
import { GameOnCdn } from '../testing/game-on-cdn.ts';
import { makeFakeBuild } from '../testing/tree-builder.ts';
import { installBuild, planBuildJob } from './install.ts';
import { stateFolderOf } from './state-folder.ts';

/** Mounts a tmpfs, so it runs as root on Linux. */
test('the stated peak is within 1 % or 256 KiB of what a real file system of that size takes', async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-space-'));
  const game = await GameOnCdn.start(scratch);
  const build = await game.publish(makeFakeBuild({ seed: 5, packBytes: 60_000_000, assets: 10 }));
  const mount = path.join(scratch, 'tmpfs');
  await mkdir(mount);
  const root = path.join(mount, 'install');
  const job = { root, ports: game.ports, build: build.reference };
  const { figures } = await planBuildJob(job);
  const slackBytes = Math.max(figures.diskPeakBytes * 0.01, 256 * 1024);
  const sizeKib = Math.ceil((figures.diskPeakBytes + slackBytes) / 4096) * 4;
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', mount]);
  try {
    expect((await installBuild(job)).kind).toBe('done');
    expect(await compareTrees(build.root, root)).toEqual([]);
    expect(await readdir(stateFolderOf(root).staging)).toEqual([]);
  } finally {
    execFileSync('umount', [mount]);
    await game.close();
    await rm(scratch, { recursive: true, force: true });
  }
}, 300_000);
