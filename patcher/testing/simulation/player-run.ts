import path from 'node:path';
import { AppError } from '../../errors.ts';
import {
  adoptFolder,
  discardStaging,
  installBuild,
  type InstallPorts,
  repairInstall,
  rollBack,
  uninstall,
  updateBuild,
  verifyInstall,
} from '../../install/install.ts';
import { StagedFolders } from '../../install/staging/staged-folders.ts';
import { stateFolderOf } from '../../install/state/state-folder.ts';
import type { PatchPath } from '../../install/job/apply-input.ts';
import type { PublishedBuild } from '../builds/published-game.ts';
import type { SeededRandom } from '../random-bytes.ts';
import type { FakeBuild } from '../trees/tree-builder.ts';
import { findDifferences, isSave, walk } from './expected-tree.ts';
import { GamePlaces } from './game-places.ts';
import { layCanaries } from './lay-canaries.ts';
import { countRefetched, type IsStagedRight, readChecked } from '../builds/refetched-bytes.ts';
import { putFile } from './put-file.ts';
import type { SimNetwork, SimWeather } from './sim-network.ts';
import { FAIR_WEATHER } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';
import type { DiskFault, SimWorld } from './sim-world.ts';
import { findUntidy } from './untidy-state.ts';

/** A build of the game, and what it should look like on disk. */
export interface SimBuild {
  readonly tree: FakeBuild;
  readonly published: PublishedBuild;
}

export const OPERATIONS = [
  'install',
  'install',
  'install keeping the old',
  'install in little space',
  'roll back',
  'move',
  'move',
  'update',
  'repair',
  'verify',
  'adopt',
  'uninstall',
  'discard',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What goes wrong while an operation runs. */
export interface Trouble {
  readonly disk: DiskFault | undefined;
  readonly weather: SimWeather;
  /** Milliseconds after which the player stops it. */
  readonly cancelAfterMs: number | undefined;
  /** Free bytes on the disk. */
  readonly freeBytes: number | undefined;
}

export const NO_TROUBLE: Trouble = {
  disk: undefined,
  weather: FAIR_WEATHER,
  cancelAfterMs: undefined,
  freeBytes: undefined,
};

/** What seeds count. */
export interface SimCounts {
  operations: number;
  /** Moves to another folder that were done. */
  moves: number;
  kills: number;
  powerCuts: number;
  /** Operations that ended with a typed error. */
  refusals: number;
  /** Checks of a whole tree, and what they found. */
  old: number;
  next: number;
  resumed: number;
  refetchedBytes: number;
  checkedBytes: number;
}

/** The player's side of one seed: an install, what should be in it, and the checks that it is. */
export class PlayerRun {
  readonly trace: string[] = [];
  readonly #places: GamePlaces;
  readonly #world: SimWorld;
  readonly #network: SimNetwork;
  readonly #builds: readonly SimBuild[];
  readonly #patches: ReadonlyMap<string, PatchPath>;
  readonly #counts: SimCounts;
  #installed: number | null = null;
  /** What was staged may have lost bytes in a power cut, so some of it has to be fetched again. */
  #isDoubtful = false;
  /** A power cut may bring back what was removed since the last flush: then it is there whole. */
  #removed: number | null = null;
  #own = new Map<string, Uint8Array>();
  #saves = new Map<string, Uint8Array>();
  /** Paths of builds that were there when the folder was adopted: what the adopting build lacks of them stays. */
  #leftOver = new Set<string>();
  /** Where the last move led. */
  #movedTo: string | undefined;

  constructor(
    world: SimWorld,
    game: {
      readonly network: SimNetwork;
      readonly builds: readonly SimBuild[];
      /** By `from>to`. */
      readonly patches: ReadonlyMap<string, PatchPath>;
      readonly counts: SimCounts;
    },
  ) {
    this.#world = world;
    this.#network = game.network;
    this.#builds = game.builds;
    this.#patches = game.patches;
    this.#counts = game.counts;
    layCanaries(world);
    this.#places = new GamePlaces(world);
  }

  /** The install's folder. */
  get root(): string {
    return this.#places.root;
  }

  /** Do one thing under some trouble, bring the install to rest, and check it. */
  async do(operation: Operation, target: number, trouble: Trouble): Promise<void> {
    const world = this.#world;
    this.#counts.operations++;
    const before = this.#installed;
    if (operation === 'adopt' && before !== null)
      for (const treePath of this.#builds[before]?.tree.keys() ?? []) this.#leftOver.add(treePath);
    const said = `${operation} ${target} under ${describe(trouble)}`;
    this.#network.change(trouble.weather);
    world.leaveFree(trouble.freeBytes);
    world.set(trouble.disk);
    this.trace.push(said);
    const outcome = await world.run(() => this.#attempt(operation, target, trouble.cancelAfterMs));
    world.leaveFree(undefined);
    this.trace.push(`  ${outcome === undefined ? `crashed by ${world.crashed}` : outcome.value}`);
    if (outcome === undefined) await this.#afterCrash(operation, target);
    world.set(undefined);
    if (outcome?.value === 'done' && operation !== 'verify') this.#isDoubtful = false;
    if (outcome?.value.startsWith('!') === true) throw new Error(outcome.value);
    if (isUntroubled(trouble) && !isDone(outcome?.value)) throw new Error('failed without any trouble');
    await this.#checkAtRest(before, operation, target, outcome?.value === 'done');
  }

  /** The power goes while nothing happens: what was finished must be there. */
  async cutAtRest(): Promise<void> {
    this.#world.crashed = 'power';
    this.#isDoubtful = true;
    this.#counts.powerCuts++;
    this.#world.reboot();
    this.trace.push('power cut at rest');
    const before = this.#installed;
    await this.#checkAtRest(before ?? this.#removed, 'verify', 0, before !== null);
  }

  /** The player makes a file of their own, or plays and saves. */
  play(random: SeededRandom): void {
    const bytes = random.bytes(1 + random.below(3000));
    const treePath =
      random.below(2) === 0 ? `own ${random.below(3)}.txt` : `saves/game ${random.below(3)}.sav`;
    const above = this.#look(path.join(this.root, 'saves'));
    if (this.#look(this.root) === undefined) return;
    if (isSave(treePath) && above !== undefined && above.kind !== 'directory') return;
    const root = this.root;
    putFile(this.#world.diskOf(root), path.join(root, treePath), bytes);
    (isSave(treePath) ? this.#saves : this.#own).set(treePath, bytes);
    this.trace.push(`the player writes ${treePath}`);
  }

  /** Harm some files of the install; the next repair must find every one. */
  async damageAndRepair(random: SeededRandom): Promise<void> {
    if (this.#installed === null) return;
    const { tree, published } = this.#builds[this.#installed] as SimBuild;
    const harmed = this.#harm(tree, random);
    if (harmed.size === 0) return;
    this.trace.push(`damage: ${[...harmed].join(', ')}`);
    this.#network.change(FAIR_WEATHER);
    const done = await this.#world.run(() => repairInstall({ root: this.root, ports: this.#ports() }));
    const found = new Set(done?.value.report.damage.map((damage) => damage.path));
    for (const treePath of harmed)
      if (!found.has(treePath)) throw new Error(`verify did not find the damage of ${treePath}`);
    const damagedBytes = published.manifest.entries
      .filter((entry) => harmed.has(entry.path))
      .reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
    const fetched = this.#network.requests.reduce((sum, { first, end }) => sum + end - first, 0);
    if (fetched > damagedBytes * 1.1 + 1000)
      throw new Error(`repair fetched ${fetched} bytes for ${damagedBytes} damaged ones`);
    await this.#checkAtRest(this.#installed, 'repair', this.#installed, true);
  }

  #harm(tree: FakeBuild, random: SeededRandom): Set<string> {
    const harmed = new Set<string>();
    walk(this.#look(this.root) as SimNode, '', (treePath, node) => {
      const wanted = tree.get(treePath);
      if (wanted?.kind !== 'file' || isSave(treePath) || random.below(3) > 0) return;
      const kind = random.below(4);
      if (kind === 0 && node.sizeBytes > 0) node.rot(random.below(node.sizeBytes), 1 << random.below(8));
      else if (kind === 1 && node.sizeBytes > 0)
        node.resize(random.below(node.sizeBytes), this.#world.player.now);
      else if (kind === 2)
        node.write(node.sizeBytes, random.bytes(1 + random.below(50)), this.#world.player.now);
      else node.mode = wanted.mode ^ 0o100;
      node.flush();
      harmed.add(treePath);
    });
    return harmed;
  }

  async #attempt(operation: Operation, target: number, cancelAfterMs: number | undefined): Promise<string> {
    const stop = new AbortController();
    if (cancelAfterMs !== undefined) this.#world.scheduler.after(cancelAfterMs, () => stop.abort());
    try {
      const outcome = await this.#call(operation, target, stop.signal);
      return outcome?.kind ?? 'done';
    } catch (error) {
      if (error === stop.signal.reason) return 'cancelled';
      if (error instanceof AppError) return this.#refusal(error);
      return `! ${(error as Error).stack}`;
    }
  }

  #refusal({ code, message, cause }: AppError): string {
    this.#counts.refusals++;
    this.trace.push(`${message} ${cause instanceof Error ? cause.message : ''}`);
    return code;
  }

  async #call(
    operation: Operation,
    target: number,
    signal: AbortSignal,
  ): Promise<{ readonly kind: string } | undefined> {
    const { published } = this.#builds[target] as SimBuild;
    const way = this.#patches.get(`${this.#installed}>${target}`) ?? [];
    const job = { root: this.root, ports: this.#ports(), signal };
    const buildJob = {
      ...job,
      build: published.reference,
      ...(way.length > 1 ? { chains: [way] } : { patches: way }),
    };
    switch (operation) {
      case 'install':
        return installBuild(buildJob);
      case 'install keeping the old':
        return installBuild({ ...buildJob, keepReplaced: true });
      case 'install in little space':
        return installBuild({ ...buildJob, diskMode: 'low-space', batchBytes: 5000 });
      case 'roll back':
        return rollBack({ ...buildJob, keepReplaced: target === 0 });
      case 'update':
        return updateBuild(buildJob);
      case 'repair':
        return (await repairInstall(job)).outcome;
      case 'adopt':
        return adoptFolder(buildJob);
      case 'move': {
        this.#movedTo = this.#places.other(target);
        const how = this.#world.random.below(2) === 0 ? 'copy' : undefined;
        const moved = await this.#places.move(this.#movedTo, how, signal);
        if (moved.kind === 'done') this.#counts.moves++;
        return moved;
      }
      case 'verify': {
        const { damage } = await verifyInstall(job);
        return { kind: damage.length === 0 ? 'done' : `damaged: ${JSON.stringify(damage)}` };
      }
      case 'uninstall':
        await uninstall({ ...job, keepPreserved: true });
        return undefined;
      case 'discard':
        await discardStaging(this.root);
        return undefined;
    }
  }

  #ports(): InstallPorts {
    const { scheduler, random } = this.#world;
    return {
      grants: this.#network.grants,
      fetch: this.#network.fetch,
      clock: scheduler,
      random: () => random.below(2 ** 30) / 2 ** 30,
    };
  }

  async #afterCrash(operation: Operation, target: number): Promise<void> {
    const world = this.#world;
    const kind = world.crashed;
    this.#counts[kind === 'kill' ? 'kills' : 'powerCuts']++;
    world.reboot();
    if (kind === 'power') this.#isDoubtful = true;
    if (kind === 'power' || !isUpdate(operation) || world.random.below(2) === 0) return;
    await this.#resume(target);
  }

  /** Go on where a killed job stopped: what it had checked is not fetched again. */
  async #resume(target: number): Promise<void> {
    const { published, tree } = this.#builds[target] as SimBuild;
    // Nothing is there yet where the kill came before the first folder.
    const state = this.#look(this.root) && stateFolderOf(this.root);
    const isRight: IsStagedRight = (entry, offset, sizeBytes, { folders = [] }) => {
      const { manifest } = published;
      const expected = tree.get(manifest.entries[entry]?.path ?? '');
      const staged = this.#look(new StagedFolders(state?.staging ?? '', manifest, folders).pathOf(entry));
      if (expected?.kind !== 'file' || staged === undefined) return false;
      const end = offset + sizeBytes;
      return Buffer.compare(staged.bytes.subarray(offset, end), expected.bytes.subarray(offset, end)) === 0;
    };
    const journal = state && this.#look(state.journal);
    const checked = readChecked(journal?.bytes, published, isRight);
    this.#network.change(FAIR_WEATHER);
    const outcome = await this.#world.run(() => this.#attempt('install', target, undefined));
    this.trace.push(`resumed: ${outcome?.value}`);
    if (!isDone(outcome?.value)) throw new Error('a killed job did not resume');
    const wasDoubtful = this.#isDoubtful;
    this.#isDoubtful = false;
    if (checked === undefined || wasDoubtful) return;
    const installed = this.#installed === null ? undefined : this.#builds[this.#installed]?.published;
    this.#counts.resumed++;
    this.#counts.checkedBytes += checked.sizeBytes;
    const refetched = countRefetched(checked, {
      next: published,
      installed,
      requests: this.#network.requests,
    });
    this.#counts.refetchedBytes += refetched;
    if (refetched > 0) throw new Error(`${refetched} checked bytes were fetched again`);
  }

  /** Old or new, all of it, and nothing of anybody else's touched. */
  async #checkAtRest(
    before: number | null,
    operation: Operation,
    target: number,
    done: boolean,
  ): Promise<void> {
    const world = this.#world;
    const state = await world.run(() => this.#places.settle(this.#movedTo));
    if (!state?.value.moving) this.#movedTo = undefined;
    if (state?.value.pending?.build && !state.value.playable && state.value.installed !== null)
      return this.#finishBetween(state.value.pending.build.buildId);
    const id = state?.value.installed?.buildId;
    if (operation === 'uninstall') this.#removed = before;
    const index = this.#builds.findIndex(({ published }) => published.reference.buildId === id);
    this.#installed = index === -1 ? null : index;
    this.#assertPossible(before, operation, target, done);
    const node = this.#look(this.root);
    const build = this.#installed === null ? null : (this.#builds[this.#installed]?.tree ?? null);
    if (node !== undefined) this.#noteSaves(node, build);
    const differences =
      node === undefined
        ? [...this.#own.keys(), ...this.#saves.keys()].map((treePath) => `${treePath}: missing`)
        : findDifferences(node, build, { own: this.#own, saves: this.#saves, leftOver: this.#leftOver });
    if (differences.length > 0) {
      const held = this.#installed === null ? 'nothing' : `build ${this.#installed}`;
      throw new Error(`holds ${held}, but ${differences.slice(0, 5).join('; ')}`);
    }
    if (this.#installed === before) this.#counts.old++;
    else this.#counts.next++;
    this.#assertTidy(state?.value.pending === null && state.value.moving === null);
    this.#places.assertUntouched({ moving: state?.value.moving ?? null });
  }

  /** Files were replaced as it went: neither build is there whole, and the same update must go on. */
  async #finishBetween(buildId: number): Promise<void> {
    const index = this.#builds.findIndex(({ published }) => published.reference.buildId === buildId);
    this.#network.change(FAIR_WEATHER);
    const outcome = await this.#world.run(() => this.#attempt('install', index, undefined));
    this.trace.push(`went on from between: ${outcome?.value}`);
    if (!isDone(outcome?.value)) throw new Error('an update in little space did not go on');
    await this.#checkAtRest(index, 'install', index, true);
  }

  #assertPossible(before: number | null, operation: Operation, target: number, done: boolean): void {
    let after = before;
    if (operation === 'uninstall') after = null;
    else if (isUpdate(operation) || operation === 'adopt') after = target;
    const cameBack = operation === 'verify' && this.#installed === null;
    if (this.#installed !== after && !cameBack && (done || this.#installed !== before))
      throw new Error(`holds build ${this.#installed}, not ${after} (before: ${before})`);
  }

  /** Files under the preserve rule become the player's once they are there. */
  #noteSaves(root: SimNode, build: FakeBuild | null): void {
    walk(root, '', (treePath, node) => {
      if (!isSave(treePath) || node.kind !== 'file' || this.#saves.has(treePath)) return;
      const delivered = build?.get(treePath);
      if (delivered?.kind === 'file' && Buffer.compare(delivered.bytes, node.bytes) === 0)
        this.#saves.set(treePath, node.bytes.slice());
    });
  }

  /** At rest with nothing pending there is no staged byte left, and no record of what was going on. */
  #assertTidy(isOver: boolean): void {
    const untidy = isOver ? findUntidy((absolute) => this.#look(absolute), this.root) : undefined;
    if (untidy !== undefined) throw new Error(untidy);
  }

  #look(absolute: string): SimNode | undefined {
    return this.#places.look(absolute);
  }
}

function isUpdate(operation: Operation): boolean {
  return operation === 'update' || operation === 'roll back' || operation.startsWith('install');
}

function isDone(outcome: string | undefined): boolean {
  return ['done', 'INSTALL_ABSENT', 'INSTALL_JOB_PENDING'].includes(outcome ?? '');
}

function isUntroubled({ disk, weather, cancelAfterMs, freeBytes }: Trouble): boolean {
  return (
    disk === undefined &&
    weather.faultsPercent === 0 &&
    cancelAfterMs === undefined &&
    freeBytes === undefined
  );
}

function describe({ disk, weather, cancelAfterMs, freeBytes }: Trouble): string {
  const said: string[] = [];
  if (disk !== undefined)
    said.push(`${disk.effect} at ${disk.counted} ${disk.at}${disk.persistent ? ' and later' : ''}`);
  if (weather.faultsPercent > 0) said.push(`${weather.faultsPercent} % network faults`);
  if (cancelAfterMs !== undefined) said.push(`a stop after ${cancelAfterMs} ms`);
  if (freeBytes !== undefined) said.push(`${freeBytes} free bytes`);
  return said.length === 0 ? 'no trouble' : said.join(', ');
}
