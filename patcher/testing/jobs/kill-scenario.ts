import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readInstallState, recover } from '../../install/install.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../builds/game-on-cdn.ts';
import type { ChildJob } from './child-job.ts';
import { runAndKill } from './kill-loop.ts';
import { SeededRandom } from '../random-bytes.ts';
import { evolveFakeBuild, type FakeBuild, makeFakeBuild } from '../trees/tree-builder.ts';

export interface KillReport {
  /** Kills that hit a running job. */
  readonly kills: number;
  /** Kills after which the tree was checked and found to be the old or the new build. */
  readonly checks: number;
}

/** Another version on the way: some files as they will be, some as they were. */
function halfWay(from: FakeBuild, to: FakeBuild): FakeBuild {
  const code = ['game', 'lib/1.0/engine.so'];
  return new Map([...from].map(([at, node]) => [at, code.includes(at) ? (to.get(at) ?? node) : node]));
}

/**
 * Install, then update there and back, killed at random moments; after each kill the install is brought to rest
 * and compared byte by byte with the build it says it is.
 * @throws When it is neither, or a job does not end.
 */
export async function runKillScenario({
  seed,
  killsMin,
  by = 'patch',
}: {
  readonly seed: number;
  readonly killsMin: number;
  /** How every other way forward goes; with a chain, every one. */
  readonly by?: 'patch' | 'chain';
}): Promise<KillReport> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-kill-'));
  const game = await GameOnCdn.start(scratch);
  try {
    const first = makeFakeBuild({ seed, packBytes: 1_000_000, assets: 30 });
    const one = await game.publish(first);
    const second = evolveFakeBuild(first, seed + 1);
    const two = await game.publish(second);
    const routes = await publishRoutes(game, { one, two, between: halfWay(first, second) }, by);
    game.server.delayMs = 2;
    const random = new SeededRandom(seed);
    const root = path.join(scratch, 'install');
    const grant = await game.ports.grants.current();
    const builds = [one, two];
    let kills = 0;
    let checks = 0;
    for (let target = 0; kills < killsMin; target++) {
      const build = builds[target % 2] as PublishedBuild;
      // With a chain, every way forward is by it and only that is struck.
      const isChained = by === 'chain';
      const ways = target % (isChained ? 2 : 4) === 1 ? routes : {};
      const job: ChildJob = { verb: 'install', root, grant, build: build.reference, ...ways };
      for (let killsOfJob = 0; ; killsOfJob++) {
        // Longer each time: a slow machine must come further than it takes to start.
        const afterMs = random.below(450 + 100 * killsOfJob);
        const killed = await runAndKill(job, isChained && target % 2 === 0 ? undefined : afterMs);
        if (!killed) break;
        kills++;
        await checkAtRest(root, builds);
        checks++;
      }
      const left = await differencesTo(build, root);
      if (left.length > 0) throw new Error(`after its end the job left: ${left.slice(0, 5).join('; ')}`);
    }
    return { kills, checks };
  } finally {
    await game.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function publishRoutes(
  game: GameOnCdn,
  builds: { readonly one: PublishedBuild; readonly two: PublishedBuild; readonly between: FakeBuild },
  by: 'patch' | 'chain',
): Promise<Pick<ChildJob, 'patches' | 'chains'>> {
  const { one, two } = builds;
  if (by === 'patch') return { patches: [await game.publishPatch(one, two)] };
  const between = await game.publish(builds.between);
  return { chains: [[await game.publishPatch(one, between), await game.publishPatch(between, two)]] };
}

/** Old or new, never mixed; before a first install is committed, nothing at all. */
async function checkAtRest(root: string, builds: readonly PublishedBuild[]): Promise<void> {
  await recover(root);
  const { installed } = await readInstallState(root);
  const build = builds.find(({ reference }) => reference.buildId === installed?.buildId);
  const found = build === undefined ? await namesIn(root) : await differencesTo(build, root);
  if (found.length > 0) {
    const held = build === undefined ? 'nothing' : `build ${build.reference.buildId}`;
    throw new Error(`the install says it is ${held}, but: ${found.slice(0, 5).join('; ')}`);
  }
}

async function differencesTo(build: PublishedBuild, root: string): Promise<string[]> {
  return await compareTrees(build.root, root);
}

async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
