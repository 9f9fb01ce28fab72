import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type InstallOutcome,
  type InstallPorts,
  installBuild,
  recover,
  repairInstall,
} from '../../install/install.ts';
import { foldersAbove } from '../../install/disk/safe-tree.ts';
import { type PublishedBuild, PublishedGame } from '../builds/published-game.ts';
import { SeededRandom } from '../random-bytes.ts';
import type { FakeBuild, FakeNode } from '../trees/tree-builder.ts';
import { findDifferences, walk } from './expected-tree.ts';
import { FAIR_WEATHER, SimNetwork } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';
import type { SimWorld } from './sim-world.ts';

/** How an update is struck at each of its calls, one run a call. */
export interface RescueStrikes {
  readonly mode: 'whole' | 'low-space';
  readonly effect: 'kill' | 'power';
}

export interface RescueReport {
  /** Calls that change the disk, at each of which a run was struck. */
  readonly calls: number;
  /** Runs that were struck after something had made way, and before the job could say so. */
  readonly untold: number;
  readonly failures: readonly string[];
}

const text = (content: string): FakeNode => ({ kind: 'file', bytes: Buffer.from(content), mode: 0o644 });

const OLD: FakeBuild = new Map([
  ['game', text('program 1 '.repeat(800))],
  ['data/a.txt', text('alpha '.repeat(300))],
  ['data/b.txt', text('beta '.repeat(300))],
  ['extra/x', text('x')],
  ['art/y', text('y')],
]);
const NEXT: FakeBuild = new Map<string, FakeNode>([
  ['game', text('program 2 '.repeat(800))],
  ['art', { kind: 'link', target: 'game' }],
  ['copied', text('alpha '.repeat(300))],
  ['data', text('a file now')],
  ['extra', text('a file too')],
  ['logs', { kind: 'directory', mode: 0o755 }],
  ['mods', text('a new file')],
  ['plugins/deep/new', text('below what was a file')],
]);

/** Each in the way in another manner, by its path: content of what the player put there, and where in it. */
const MINE: Readonly<Record<string, string>> = {
  'art/mine': 'in an old folder that becomes a link',
  'data/mine': 'among old files, in a folder that becomes a file',
  extra: 'a file where the old build had a folder, and the new one has a file',
  logs: 'a file where a folder comes that stays empty',
  'mods/deep/mine': 'in a folder where a file comes',
  plugins: 'a file where a folder comes',
};
const RESCUED = Object.keys(MINE)
  .map((treePath) => treePath.split('/')[0] as string)
  .map((treePath) => ({ path: treePath, to: `${treePath}.yours` }));

/**
 * Update an install in whose way things of the player's lie, struck at each call. At rest they must all be there, at their
 * place or beside it; the same update must then end in the new build and tell where each of them is, once and for all.
 */
export async function strikeRescues(world: SimWorld, strikes: RescueStrikes): Promise<RescueReport> {
  const failures: string[] = [];
  let untold = 0;
  world.begin(0);
  const published = await publish(world);
  for (let at = 1; ; at++) {
    world.begin(at);
    try {
      const run = await RescueRun.begin(world, published, strikes.mode);
      const found = await run.strike(at, strikes.effect);
      if (found === 'ended') return { calls: at - 1, untold, failures };
      if (found === 'untold') untold++;
    } catch (error) {
      failures.push(`call ${at}: ${(error as Error).stack}`);
      if (failures.length > 5) return { calls: at, untold, failures };
    }
  }
}

interface Published {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly old: PublishedBuild;
  readonly next: PublishedBuild;
}

function publish(world: SimWorld): Promise<Published> {
  const game = new PublishedGame(path.join(world.publisher.root, 'builds'));
  return undisturbed(world, async () => {
    const [old, next] = [await game.publish(OLD), await game.publish(NEXT)];
    return { objects: game.objects, old, next };
  });
}

/** Run a program that nothing strikes. */
async function undisturbed<T>(world: SimWorld, program: () => Promise<T>): Promise<T> {
  const done = await world.run(program);
  if (done === undefined) throw new Error('crashed without a fault');
  return done.value;
}

class RescueRun {
  readonly #world: SimWorld;
  readonly #root: string;
  readonly #ports: InstallPorts;
  readonly #next: PublishedBuild;
  readonly #mode: RescueStrikes['mode'];

  private constructor(
    world: SimWorld,
    run: { root: string; ports: InstallPorts; next: PublishedBuild; mode: RescueStrikes['mode'] },
  ) {
    this.#world = world;
    this.#root = run.root;
    this.#ports = run.ports;
    this.#next = run.next;
    this.#mode = run.mode;
  }

  /** Install the old build and put the player's things in the way. */
  static async begin(
    world: SimWorld,
    { objects, old, next }: Published,
    mode: RescueStrikes['mode'],
  ): Promise<RescueRun> {
    const root = path.join(world.player.root, 'game');
    const network = new SimNetwork(objects, world.scheduler, new SeededRandom(1));
    network.change(FAIR_WEATHER);
    const ports: InstallPorts = {
      grants: network.grants,
      fetch: network.fetch,
      clock: world.scheduler,
      random: () => 0.5,
    };
    await undisturbed(world, async () => {
      await installBuild({ root, ports, build: old.reference });
      await rm(path.join(root, 'extra'), { recursive: true });
      for (const [treePath, content] of Object.entries(MINE))
        await writeFlushed(path.join(root, treePath), content);
    });
    world.player.flushNames();
    return new RescueRun(world, { root, ports, next, mode });
  }

  /** @returns `ended` when the job has fewer calls. */
  async strike(at: number, effect: RescueStrikes['effect']): Promise<'ended' | 'untold' | 'struck'> {
    const world = this.#world;
    world.set({ at, counted: 'changes', effect, persistent: false });
    const first = await this.#update();
    world.set(undefined);
    if (first !== undefined) {
      this.#assertTold(first);
      return 'ended';
    }
    world.reboot();
    await undisturbed(world, () => recover(this.#root));
    const moved = this.#assertKept();
    const again = await this.#update();
    if (again === undefined) throw new Error('crashed without a fault');
    this.#assertTold(again);
    const { outcome } = await undisturbed(world, () =>
      repairInstall({ root: this.#root, ports: this.#ports }),
    );
    if (outcome.kind !== 'done' || outcome.rescued.length > 0)
      throw new Error('told of again by another job');
    return moved > 0 ? 'untold' : 'struck';
  }

  async #update(): Promise<InstallOutcome | undefined> {
    const { reference: build } = this.#next;
    const job = { root: this.#root, ports: this.#ports, build, diskMode: this.#mode, batchBytes: 1 };
    return (await this.#world.run(() => installBuild(job)))?.value;
  }

  /** @returns How many have made way. */
  #assertKept(): number {
    const files = this.#files();
    let moved = 0;
    for (const [treePath, content] of Object.entries(MINE)) {
      const isMoved = files.get(beside(treePath)) === content;
      if (!isMoved && files.get(treePath) !== content) throw new Error(`${treePath} is lost`);
      if (isMoved) moved++;
    }
    return moved;
  }

  #assertTold(outcome: InstallOutcome): void {
    if (outcome.kind !== 'done') throw new Error(`ended as ${outcome.kind}`);
    const told = outcome.rescued.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    if (JSON.stringify(told) !== JSON.stringify(RESCUED)) throw new Error(`told ${JSON.stringify(told)}`);
    const own = new Map(
      Object.entries(MINE).map(([treePath, content]) => [beside(treePath), Buffer.from(content)]),
    );
    const player = {
      own,
      saves: new Map<string, Uint8Array>(),
      leftOver: new Set(Object.keys(MINE).flatMap(foldersAbove)),
    };
    const found = findDifferences(this.#node(), NEXT, player);
    if (found.length > 0) throw new Error(found.join('; '));
  }

  #files(): Map<string, string> {
    const files = new Map<string, string>();
    walk(this.#node(), '', (treePath, node) => {
      if (node.kind === 'file') files.set(treePath, Buffer.from(node.bytes).toString());
    });
    return files;
  }

  #node(): SimNode {
    const node = this.#world.player.rootNode.names.get('game');
    if (node === undefined) throw new Error('there is no install');
    return node;
  }
}

/** Where something of the player's is once its first folder has made way. */
function beside(treePath: string): string {
  return treePath.replace(/^[^/]+/, '$&.yours');
}

async function writeFlushed(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  await handle.writeFile(content);
  await handle.sync();
  await handle.close();
}
