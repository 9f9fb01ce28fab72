import path from 'node:path';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import {
  adoptFolder,
  type InstallPorts,
  installBuild,
  repairInstall,
  rollBack,
  uninstall,
} from '../../install/install.ts';
import { stateFolderOf } from '../../install/state/state-folder.ts';
import { PLAYERS_LINK } from '../faults/canaries.ts';
import { makeSmallBuilds } from '../faults/small-builds.ts';
import { type PublishedBuild, PublishedGame } from '../builds/published-game.ts';
import { SeededRandom } from '../random-bytes.ts';
import { type FakeBuild, writeFakeBuild } from '../trees/tree-builder.ts';
import { GamePlaces } from './game-places.ts';
import { layCanaries } from './lay-canaries.ts';
import { FAIR_WEATHER, SimNetwork } from './sim-network.ts';
import type { SavedDisks, SimWorld } from './sim-world.ts';

export const SIM_JOBS = [
  'install',
  'update by chunks',
  'update by patch',
  'update in little space',
  'repair',
  'adopt',
  'roll back',
  'move on a drive',
  'move to another drive',
  'uninstall',
] as const;
export type SimJob = (typeof SIM_JOBS)[number];

/** A job on an install that has just been laid, and what must be there before and after it. */
export interface SimPlace {
  readonly job: SimJob;
  readonly places: GamePlaces;
  /** Where a move leads to. */
  readonly to: string | undefined;
  /** Numbers of builds; null for none. */
  readonly before: number | null;
  readonly after: number | null;
  readonly treeOf: (build: number | null) => FakeBuild | null;
  /** @throws When nobody published it. */
  readonly numberOf: (buildId: number | undefined) => number | null;
  readonly run: () => Promise<unknown>;
}

/** Small installs on simulated disks, each in the state its job begins with. */
export class SimJobBench {
  /** What the network has. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** What it serves. */
  served: ReadonlyMap<string, Uint8Array>;
  readonly #world: SimWorld;
  readonly #builds: readonly { readonly tree: FakeBuild; readonly published: PublishedBuild }[];
  readonly #patch: ObjectReference;
  readonly #saved = new Map<SimJob, SavedDisks>();

  private constructor(
    world: SimWorld,
    game: {
      readonly objects: ReadonlyMap<string, Uint8Array>;
      readonly builds: readonly { readonly tree: FakeBuild; readonly published: PublishedBuild }[];
      readonly patch: ObjectReference;
    },
  ) {
    this.#world = world;
    this.objects = game.objects;
    this.served = game.objects;
    this.#builds = game.builds;
    this.#patch = game.patch;
  }

  /** @param trees Others than the small ones can be installed and updated, not damaged. */
  static async start(
    world: SimWorld,
    trees: readonly [FakeBuild, FakeBuild] = makeSmallBuilds(),
  ): Promise<SimJobBench> {
    world.begin(0);
    const game = new PublishedGame(path.join(world.publisher.root, 'builds'));
    const published = await runWhole(world, async () => {
      const [one, two] = [await game.publish(trees[0]), await game.publish(trees[1])];
      return { one, two, patch: await game.publishPatch(one, two) };
    });
    const builds = [
      { tree: trees[0], published: published.one },
      { tree: trees[1], published: published.two },
    ];
    return new SimJobBench(world, { objects: game.objects, builds, patch: published.patch });
  }

  get patch(): ObjectReference {
    return this.#patch;
  }

  published(build: number): PublishedBuild {
    const { published } = this.#builds[build] ?? {};
    if (published === undefined) throw new Error(`nobody published a build ${build}`);
    return published;
  }

  /** @returns How many calls of the disks a job makes when nothing goes wrong. */
  async countCalls(job: SimJob): Promise<number> {
    const place = await this.lay(job);
    this.#world.set(undefined);
    await runWhole(this.#world, place.run);
    return this.#world.calls.all;
  }

  /** Begin the world with a job's starting state. */
  async lay(job: SimJob): Promise<SimPlace> {
    const world = this.#world;
    const saved = this.#saved.get(job) ?? (await this.#prepare(job));
    this.#saved.set(job, saved);
    world.beginWith(saved);
    const places = new GamePlaces(world);
    const to = toOf(job, places);
    const [before, after] = BUILDS[job];
    return {
      job,
      places,
      to,
      before,
      after,
      treeOf: (build) => (build === null ? null : (this.#builds[build]?.tree ?? null)),
      numberOf: (buildId) => this.#numberOf(buildId),
      run: () => this.#run(job, places, to),
    };
  }

  #numberOf(buildId: number | undefined): number | null {
    if (buildId === undefined) return null;
    const number = this.#builds.findIndex(({ published }) => published.reference.buildId === buildId);
    if (number === -1) throw new Error(`nobody published build ${buildId}`);
    return number;
  }

  async #prepare(job: SimJob): Promise<SavedDisks> {
    const world = this.#world;
    world.begin(0);
    layCanaries(world);
    const { root } = new GamePlaces(world);
    const [one, two] = this.#builds.map(({ published }) => published.reference);
    await runWhole(world, async () => {
      const ports = this.#ports();
      if (job === 'adopt') await writeFakeBuild(root, this.#builds[0]?.tree ?? new Map());
      else if (job !== 'install' && one !== undefined) await installBuild({ root, ports, build: one });
      if (job === 'roll back' && two !== undefined)
        await installBuild({ root, ports, build: two, keepReplaced: true });
    });
    if (job === 'adopt' || job === 'repair') this.#harm(root);
    if (job !== 'install') this.#leaveLinks(root);
    return world.save();
  }

  /** Everything that can be wrong with files. */
  #harm(root: string): void {
    const disk = this.#world.player;
    disk.find(path.join(root, 'game')).resize(1000, disk.now);
    disk.find(path.join(root, 'same')).rot(1, 0x20);
    disk.removeFile(path.join(root, 'moved'));
    disk.find(path.join(root, 'mode')).mode = 0o600;
  }

  /** Links out of the install, where the player may have put one, and where a job clears away what others left. */
  #leaveLinks(root: string): void {
    const disk = this.#world.player;
    disk.makeLink('../../elsewhere', path.join(root, PLAYERS_LINK));
    // An adopted folder has no state yet.
    const { staging } = stateFolderOf(root);
    if (new GamePlaces(this.#world).look(staging) !== undefined)
      disk.makeLink('../../../elsewhere', path.join(staging, 'left'));
  }

  async #run(job: SimJob, places: GamePlaces, to: string | undefined): Promise<unknown> {
    const { root } = places;
    const ports = this.#ports();
    const build = this.#builds[BUILDS[job][1] ?? 0]?.published.reference;
    if (build === undefined) throw new Error('there is no such build');
    const base = { root, ports, build };
    switch (job) {
      case 'install':
      case 'update by chunks':
        return installBuild(base);
      case 'update by patch':
        return installBuild({ ...base, patches: [this.#patch] });
      case 'update in little space':
        return installBuild({ ...base, diskMode: 'low-space', batchBytes: 4000 });
      case 'repair':
        return repairInstall({ root, ports });
      case 'adopt':
        return adoptFolder(base);
      case 'roll back':
        return rollBack(base);
      case 'move on a drive':
      case 'move to another drive':
        return places.move(to ?? '', undefined, new AbortController().signal);
      case 'uninstall':
        return uninstall({ root });
    }
  }

  #ports(): InstallPorts {
    const { scheduler } = this.#world;
    const network = new SimNetwork(this.served, scheduler, new SeededRandom(1));
    network.change(FAIR_WEATHER);
    return { grants: network.grants, fetch: network.fetch, clock: scheduler, random: () => 0.5 };
  }
}

/** What is installed before a job and after it. */
const BUILDS: Readonly<Record<SimJob, readonly [before: number | null, after: number | null]>> = {
  install: [null, 0],
  'update by chunks': [0, 1],
  'update by patch': [0, 1],
  'update in little space': [0, 1],
  repair: [0, 0],
  adopt: [null, 0],
  'roll back': [1, 0],
  'move on a drive': [0, 0],
  'move to another drive': [0, 0],
  uninstall: [0, null],
};

function toOf(job: SimJob, places: GamePlaces): string | undefined {
  if (job === 'move on a drive') return places.other(0);
  return job === 'move to another drive' ? places.other(1) : undefined;
}

async function runWhole<T>(world: SimWorld, program: () => Promise<T>): Promise<T> {
  const done = await world.run(program);
  if (done === undefined) throw new Error('crashed without a fault');
  return done.value;
}
