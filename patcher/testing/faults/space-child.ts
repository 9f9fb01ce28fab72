/**
 * `node space-child.ts`: install on file systems of exactly the stated size and of less; prints one line of JSON. Needs
 * root and tmpfs (Linux).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasCode } from '../../errors.ts';
import type { PatchPath } from '../../install/job/apply-input.ts';
import { installBuild, planBuildJob } from '../../install/install.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../builds/game-on-cdn.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { evolveFakeBuild, makeFakeBuild } from '../trees/tree-builder.ts';

export interface SpaceReport {
  readonly runs: number;
  /** Jobs that fitted in what they had said they need. */
  readonly fitted: number;
  /** Jobs that were refused before anything but manifests and patch headers was fetched, one MiB short. */
  readonly refused: number;
  readonly failures: readonly string[];
}

const MIB = 2 ** 20;
const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-space-'));
const mount = path.join(scratch, 'mount');
const game = await GameOnCdn.start(scratch);
const report = { runs: 0, fitted: 0, refused: 0, failures: [] as string[] };
try {
  await mkdir(mount);
  const first = makeFakeBuild({ seed: 5, packBytes: 40 * MIB, assets: 10 });
  const one = await game.publish(first);
  const second = evolveFakeBuild(first, 6);
  const two = await game.publish(second);
  await tryBoth('install', undefined, one);
  await tryBoth('update', one, two);
  // Through a build that has the pack as it will be, and the programs as they were.
  const pack = 'data/big.pak';
  const half = [...first].map(([at, node]) => [at, at === pack ? (second.get(at) ?? node) : node] as const);
  const between = await game.publish(new Map(half));
  const chain = [await game.publishPatch(one, between), await game.publishPatch(between, two)];
  await tryBoth('update by a chain', one, two, chain);
} finally {
  await game.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify(report)}\n`);

async function tryBoth(
  name: string,
  old: PublishedBuild | undefined,
  next: PublishedBuild,
  chain?: PatchPath,
): Promise<void> {
  const job = {
    root: path.join(mount, 'game'),
    ports: game.ports,
    build: next.reference,
    diskMode: 'whole' as const,
    ...(chain === undefined ? {} : { chains: [chain] }),
  };
  await onTmpfs(4096 * MIB, async () => {
    if (old !== undefined) await installBuild({ ...job, build: old.reference });
    const { figures } = await planBuildJob(job);
    if (figures.patchHops !== (chain?.length ?? 0))
      report.failures.push(`${name}: planned as ${figures.patchHops} patches`);
    const usedBytes = readUsedBytes();
    // Folders, records and half-filled pages of tmpfs are not counted to the byte: one in a hundred of the need.
    const enough = usedBytes + Math.ceil(figures.diskPeakBytes * 1.01) + MIB / 4;
    execFileSync('mount', ['-o', `remount,size=${usedBytes + figures.diskPeakBytes - MIB}`, mount]);
    await expectRefusal(name, job);
    execFileSync('mount', ['-o', `remount,size=${enough}`, mount]);
    await expectFit(name, job, next);
  });
}

async function expectRefusal(name: string, job: Parameters<typeof installBuild>[0]): Promise<void> {
  report.runs++;
  const before = game.server.requests.length;
  try {
    await installBuild(job);
    report.failures.push(`${name}: not refused with 1 MiB too little`);
  } catch (error) {
    if (!hasCode(error, 'INSTALL_DISK_FULL')) throw error;
    const fetched = game.server.requests.slice(before).filter(({ path: at }) => at.startsWith('packs/'));
    if (fetched.length === 0) report.refused++;
    else report.failures.push(`${name}: refused only after ${fetched.length} requests for packs`);
  }
}

async function expectFit(
  name: string,
  job: Parameters<typeof installBuild>[0],
  build: PublishedBuild,
): Promise<void> {
  report.runs++;
  try {
    await installBuild(job);
    const found = await compareTrees(build.root, job.root);
    if (found.length === 0) report.fitted++;
    else report.failures.push(`${name}: ${found[0]}`);
  } catch (error) {
    report.failures.push(`${name}: ${String(error)}`);
  }
}

async function onTmpfs(sizeBytes: number, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', mount]);
  try {
    await work();
  } finally {
    execFileSync('umount', [mount]);
  }
}

function readUsedBytes(): number {
  const [, used] = execFileSync('df', ['-B1', '--output=used', mount], { encoding: 'utf8' }).split('\n');
  return Number(used);
}
