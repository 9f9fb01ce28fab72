import { SeededRandom } from '../random-bytes.ts';
import { type PublishedBuild, PublishedGame } from '../builds/published-game.ts';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import type { PatchPath } from '../../install/job/apply-input.ts';
import path from 'node:path';
import { PRESERVED } from './expected-tree.ts';
import {
  NO_TROUBLE,
  OPERATIONS,
  PlayerRun,
  type SimBuild,
  type SimCounts,
  type Trouble,
} from './player-run.ts';
import { evolveRandomBuild, randomBuild } from './random-builds.ts';
import type { SimErrno } from './sim-errno.ts';
import { FAIR_WEATHER, SimNetwork } from './sim-network.ts';
import type { DiskFault, SimFlushes, SimWorld } from './sim-world.ts';

const CHUNKING = { minBytes: 1024, averageBytes: 2048, maxBytes: 8192 };
const ERRORS: readonly SimErrno[] = [
  'ENOSPC',
  'EIO',
  'EMFILE',
  'EACCES',
  'EBUSY',
  'EROFS',
  'EPERM',
  'ETXTBSY',
];

/** A seed whose run broke a promise. */
export interface SeedFailure {
  readonly seed: number;
  readonly message: string;
  /** Everything that happened, last at the end. */
  readonly trace: readonly string[];
}

export interface SeedRun {
  readonly failure: SeedFailure | undefined;
  readonly trace: readonly string[];
}

/**
 * One life of an install: random builds, random operations, and troubles of network, disk and power among them;
 * at every rest the tree is checked, at the end everything must work and go away.
 * @param flushes By default every other life has slow ones.
 */
export async function runSeed(
  world: SimWorld,
  seed: number,
  counts: SimCounts,
  flushes: SimFlushes = seed % 2 === 0 ? 'quick' : 'slow',
): Promise<SeedRun> {
  world.begin(seed, flushes);
  const random = new SeededRandom(seed * 7 + 1);
  let run: PlayerRun | undefined;
  try {
    run = await beginRun(world, random, counts);
    await live(run, world, { random, flushes });
    return { failure: undefined, trace: run.trace };
  } catch (error) {
    const { message, stack } = error as Error;
    const trace = [...(run?.trace ?? []), stack ?? ''];
    return { failure: { seed, message, trace }, trace };
  }
}

async function beginRun(world: SimWorld, random: SeededRandom, counts: SimCounts): Promise<PlayerRun> {
  const game = new PublishedGame(path.join(world.publisher.root, 'builds'));
  const builds: SimBuild[] = [];
  const patches = new Map<string, PatchPath>();
  await world.run(async () => {
    let tree = randomBuild(random);
    for (let build = 0; build < 2 + random.below(2); build++) {
      builds.push({
        tree,
        published: await game.publish(tree, { preserve: [PRESERVED], chunking: CHUNKING }),
      });
      tree = random.below(6) === 0 ? randomBuild(random) : evolveRandomBuild(tree, random);
    }
    const kind = random.below(6);
    if (kind > 2) return;
    const [old, next] = [builds[0] as SimBuild, builds[1] as SimBuild];
    const steps = [old.published];
    // Some go through a build that nobody ever has.
    if (kind > 0) {
      const between = evolveRandomBuild(old.tree, random);
      steps.push(await game.publish(between, { preserve: [PRESERVED], chunking: CHUNKING }));
    }
    steps.push(next.published);
    const way: ObjectReference[] = [];
    for (const [index, step] of steps.slice(1).entries())
      way.push(await game.publishPatch(steps[index] as PublishedBuild, step));
    patches.set('0>1', way);
  });
  const network = new SimNetwork(game.objects, world.scheduler, random);
  if (random.below(4) === 0) {
    const callBytesMax = 500 + random.below(3000);
    for (const disk of [world.player, world.drive]) disk.callBytesMax = callBytesMax;
  }
  return new PlayerRun(world, { network, builds, patches, counts });
}

async function live(
  run: PlayerRun,
  world: SimWorld,
  { random, flushes }: { readonly random: SeededRandom; readonly flushes: SimFlushes },
): Promise<void> {
  const steps = 3 + random.below(5);
  let target = 0;
  for (let step = 0; step < steps; step++) {
    target = random.below(2);
    const operation = step === 0 ? 'install' : (OPERATIONS[random.below(OPERATIONS.length)] ?? 'install');
    await run.do(operation, target, randomTrouble(random, flushes));
    const aside = random.below(8);
    if (aside === 0) run.play(random);
    else if (aside === 1) await run.damageAndRepair(random);
    else if (aside === 2) await run.cutAtRest();
  }
  await run.do('install', target, NO_TROUBLE);
  await run.do('verify', target, NO_TROUBLE);
  await run.cutAtRest();
  await run.do('uninstall', target, NO_TROUBLE);
}

function randomTrouble(random: SeededRandom, flushes: SimFlushes): Trouble {
  const kind = random.below(12);
  const bad = {
    faultsPercent: 10 + random.below(60),
    honestAfter: random.below(30),
    slowestMs: 1 + random.below(400),
  };
  return {
    disk: kind < 7 ? randomDiskFault(random, flushes) : undefined,
    weather: random.below(3) === 0 ? bad : FAIR_WEATHER,
    cancelAfterMs: kind === 7 ? random.below(300) : undefined,
    freeBytes: kind === 8 ? random.below(200_000) : undefined,
  };
}

function randomDiskFault(random: SeededRandom, flushes: SimFlushes): DiskFault {
  if (flushes === 'slow' && random.below(4) === 0) {
    const effect = random.below(3) === 0 ? 'kill' : 'power';
    return { at: 1 + random.below(12), counted: 'beside flushes', effect, persistent: false };
  }
  const kind = random.below(10);
  const at = 1 + (random.below(2) === 0 ? random.below(40) : random.below(160));
  if (kind < 4) return { at, counted: 'changes', effect: 'kill', persistent: false };
  if (kind < 7) return { at, counted: 'changes', effect: 'power', persistent: false };
  const effect = ERRORS[random.below(ERRORS.length)] as SimErrno;
  const counted = random.below(2) === 0 ? 'changes' : 'all';
  return { at, counted, effect, persistent: random.below(3) === 0 };
}
