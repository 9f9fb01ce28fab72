import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installBuild, readInstallState, recover } from '../../install/install.ts';
import { makeSmallBuilds } from '../faults/small-builds.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../builds/game-on-cdn.ts';
import type { ChildJob } from './child-job.ts';
import { runWithFault } from './kill-loop.ts';
import { removeTree } from '../trees/remove-tree.ts';

export interface FaultScenarioReport {
  readonly calls: number;
  readonly struck: number;
  /** Codes jobs ended with. */
  readonly codes: ReadonlySet<string>;
}

/**
 * Update an install with a fault at each chosen call; after it the install must be the old or the new build, and
 * the same update without a fault must end in the new one.
 * @param choose Picks calls of `1..calls`.
 * @throws When an install is neither, or a job ends with an error that is not a typed one.
 */
export async function runFaultScenario(
  effect: { readonly effect: string; readonly persistent?: boolean },
  choose: (calls: number) => readonly number[],
): Promise<FaultScenarioReport> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-fault-'));
  const game = await GameOnCdn.start(scratch);
  try {
    const [old, next] = makeSmallBuilds();
    const builds = [await game.publish(old), await game.publish(next)] as const;
    const snapshot = path.join(scratch, 'snapshot');
    await installBuild({ root: path.join(snapshot, 'game'), ports: game.ports, build: builds[0].reference });
    const grant = await game.ports.grants.current();
    const live = path.join(scratch, 'live');
    const root = path.join(live, 'game');
    const job: ChildJob = { verb: 'install', root, grant, build: builds[1].reference };
    await cp(snapshot, live, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    const { calls } = await runWithFault(job, { at: 0, effect: 'kill' });
    const codes = new Set<string>();
    const chosen = choose(calls);
    for (const at of chosen) {
      await removeTree(live);
      await cp(snapshot, live, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      const { code } = await runWithFault(job, { at, ...effect });
      if (code !== undefined) codes.add(code);
      await assertOldOrNew(root, builds, `call ${at} of ${calls}`);
      await installBuild({ root, ports: game.ports, build: builds[1].reference });
      await assertIs(root, builds[1], `call ${at} of ${calls}, resumed`);
    }
    return { calls, struck: chosen.length, codes };
  } finally {
    await game.close();
    await removeTree(scratch);
  }
}

async function assertOldOrNew(root: string, builds: readonly PublishedBuild[], at: string): Promise<void> {
  await recover(root);
  const { installed } = await readInstallState(root);
  const build = builds.find(({ reference }) => reference.buildId === installed?.buildId);
  if (build === undefined) throw new Error(`${at}: no build is installed`);
  await assertIs(root, build, at);
}

async function assertIs(root: string, build: PublishedBuild, at: string): Promise<void> {
  const found = await compareTrees(build.root, root);
  if (found.length > 0) throw new Error(`${at}: not build ${build.reference.buildId}: ${found.join('; ')}`);
}
