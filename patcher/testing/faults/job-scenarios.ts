import { chmod, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import { hasCode } from '../../errors.ts';
import { installBuild, readInstallState, recover } from '../../install/install.ts';
import type { MoveOutcome } from '../../install/move/move-install.ts';
import { stateFolderOf } from '../../install/state/state-folder.ts';
import { type ChildJob, runChildJob } from '../jobs/child-job.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { assertLinksOut, hashAllBut, layCanaries, leaveLinks, PLAYERS_LINK } from './canaries.ts';
import { countCopiedAgain, readCopiedBytes } from './copied-again.ts';
import { GameOnCdn, type PublishedBuild } from '../builds/game-on-cdn.ts';
import { type ObjectServer, startObjectServer } from '../network/object-server.ts';
import { countRefetched, readChecked } from '../builds/refetched-bytes.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { type FakeBuild, writeFakeBuild } from '../trees/tree-builder.ts';
import { makeSmallBuilds } from './small-builds.ts';

export const JOB_SCENARIOS = [
  'install',
  'update by chunks',
  'update by patch',
  'update in little space',
  'repair',
  'adopt',
  'roll back',
  'move',
  'uninstall',
] as const;
export type JobScenario = (typeof JOB_SCENARIOS)[number];

/** What an install was found to be after a fault, and what going on from there took. */
export interface RestReport {
  /**
   * What it was at rest: before the job goes on. Between the two only while files are replaced as it goes, where the
   * state says so.
   */
  readonly rest: 'old' | 'new' | 'between';
  /** True when a stopped job went on, rather than began again or had nothing to do. */
  readonly resumed: boolean;
  readonly checkedBytes: number;
  /** Fetched again, or of a move copied again. */
  readonly refetchedBytes: number;
}

/** Name of the install's folder wherever a scenario lies. */
const GAME = 'game';

/** Where it may move to. */
const MOVED = 'moved';

/** What a job may change in the folder it works in. */
const OURS = new Set([GAME, MOVED, `.${GAME}.gantry`, `.${MOVED}.gantry`]);

/**
 * Small installs in the state a job begins with, and what must hold after the job was struck. The trees have every
 * kind of change in few files, so that a job makes few calls.
 */
export class JobBench {
  readonly #scratch: string;
  readonly #game: GameOnCdn;
  readonly #one: PublishedBuild;
  readonly #two: PublishedBuild;
  readonly #patch: ObjectReference;
  /** SHA-256 of what lies outside the install that was laid last. */
  #outside = '';

  private constructor(
    scratch: string,
    game: GameOnCdn,
    published: {
      readonly one: PublishedBuild;
      readonly two: PublishedBuild;
      readonly patch: ObjectReference;
    },
  ) {
    this.#scratch = scratch;
    this.#game = game;
    this.#one = published.one;
    this.#two = published.two;
    this.#patch = published.patch;
  }

  /**
   * @param scratch An empty folder for builds and starting states.
   * @param builds Others than the small ones can be installed and updated, not damaged.
   */
  static async start(
    scratch: string,
    builds: readonly [FakeBuild, FakeBuild] = makeSmallBuilds(),
  ): Promise<JobBench> {
    const game = await GameOnCdn.start(scratch);
    const [first, second] = builds;
    const one = await game.publish(first);
    const two = await game.publish(second);
    const patch = await game.publishPatch(one, two);
    return new JobBench(scratch, game, { one, two, patch });
  }

  /** Another server with the same objects, at another address. */
  serve(address: string): Promise<ObjectServer> {
    return startObjectServer((objectPath) => this.#game.objects.get(objectPath), address);
  }

  async close(): Promise<void> {
    await this.#game.close();
    await removeTree(this.#scratch);
  }

  /** The job of a scenario whose install lies in a folder. */
  async jobOf(scenario: JobScenario, live: string): Promise<ChildJob> {
    const grant = await this.#game.ports.grants.current();
    const root = path.join(live, GAME);
    const base = { root, grant, build: this.#two.reference };
    switch (scenario) {
      case 'install':
        return { ...base, verb: 'install', build: this.#one.reference };
      case 'update by chunks':
        return { ...base, verb: 'install' };
      case 'update by patch':
        return { ...base, verb: 'install', patches: [this.#patch] };
      case 'update in little space':
        return { ...base, verb: 'install', batchBytes: 4000 };
      case 'repair':
        return { ...base, verb: 'repair', build: this.#one.reference };
      case 'adopt':
        return { ...base, verb: 'adopt', build: this.#one.reference };
      case 'roll back':
        return { ...base, verb: 'rollback', build: this.#one.reference };
      case 'move':
        return {
          ...base,
          verb: 'move',
          build: this.#one.reference,
          to: path.join(live, MOVED),
          how: 'copy',
        };
      case 'uninstall':
        return { ...base, verb: 'uninstall', build: this.#one.reference };
    }
  }

  /** Put a scenario's starting state into a folder, whatever is in it now. */
  async lay(scenario: JobScenario, live: string): Promise<void> {
    const snapshot = await this.#snapshotOf(scenario);
    for (const name of await namesIn(live)) await removeTree(path.join(live, name));
    await cp(snapshot, live, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    this.#outside = await hashAllBut(live, OURS);
  }

  /**
   * Bring a struck install to rest and see what it is, then let the same job go on to its end.
   * @throws When it is neither the old nor the new build, the job does not end in the new one, or anything outside the
   *   install changed.
   */
  async finish(scenario: JobScenario, live: string): Promise<RestReport> {
    await this.#assertUntouched(live);
    const job = await this.jobOf(scenario, live);
    const rest = await this.#restOf(scenario, job);
    const report = await this.#finishJob(scenario, job, rest);
    await this.#assertUntouched(live);
    return report;
  }

  async #assertUntouched(live: string): Promise<void> {
    if ((await hashAllBut(live, OURS)) !== this.#outside)
      throw new Error('something outside the install changed');
  }

  async #finishJob(scenario: JobScenario, job: ChildJob, rest: RestReport['rest']): Promise<RestReport> {
    if (scenario === 'move') return this.#finishMove(job, rest);
    const checked = readChecked(await readJournal(job.root), this.#afterOf(scenario) ?? this.#one);
    const seenBefore = this.#game.server.requests.length;
    const isOver = scenario !== 'repair' && rest === 'new';
    if (!isOver) await runChildJob(job, this.#game.ports);
    await this.#assertAfter(scenario, job);
    const requests = this.#game.server.requests
      .slice(seenBefore)
      .map(({ path: at, first, last }) => ({ path: at, first, end: last + 1 }));
    const next = this.#afterOf(scenario);
    const refetchedBytes =
      checked === undefined || next === undefined
        ? 0
        : countRefetched(checked, { next, installed: this.#beforeOf(scenario), requests });
    return { rest, resumed: checked !== undefined, checkedBytes: checked?.sizeBytes ?? 0, refetchedBytes };
  }

  async #finishMove(job: ChildJob, rest: RestReport['rest']): Promise<RestReport> {
    const copied = rest === 'old' ? await readCopiedBytes(job.to ?? '') : undefined;
    const outcome = rest === 'new' ? undefined : await runChildJob(job, this.#game.ports);
    await this.#assertAfter('move', job);
    if (copied === undefined) return { rest, resumed: false, checkedBytes: 0, refetchedBytes: 0 };
    const { copiedBytes } = outcome as Extract<MoveOutcome, { kind: 'done' }>;
    const refetchedBytes = countCopiedAgain(copied, copiedBytes);
    return { rest, resumed: true, checkedBytes: copied.checkedBytes, refetchedBytes };
  }

  #beforeOf(scenario: JobScenario): PublishedBuild | undefined {
    if (scenario === 'install' || scenario === 'adopt') return undefined;
    return scenario === 'roll back' ? this.#two : this.#one;
  }

  #afterOf(scenario: JobScenario): PublishedBuild | undefined {
    if (scenario === 'uninstall') return undefined;
    return scenario.startsWith('update') ? this.#two : this.#one;
  }

  async #snapshotOf(scenario: JobScenario): Promise<string> {
    const snapshot = path.join(this.#scratch, 'snapshots', scenario);
    if ((await namesIn(snapshot)).length > 0) return snapshot;
    await mkdir(snapshot, { recursive: true });
    const job = { root: path.join(snapshot, GAME), ports: this.#game.ports };
    if (scenario === 'adopt') await writeFakeBuild(job.root, makeSmallBuilds()[0]);
    else if (scenario !== 'install') await installBuild({ ...job, build: this.#one.reference });
    if (scenario === 'roll back')
      await installBuild({ ...job, build: this.#two.reference, keepReplaced: true });
    if (scenario === 'repair' || scenario === 'adopt') await damage(job.root);
    await layCanaries(snapshot, GAME);
    if (scenario !== 'install') await leaveLinks(job.root, stateFolderOf(job.root).staging);
    return snapshot;
  }

  async #restOf(scenario: JobScenario, job: ChildJob): Promise<RestReport['rest']> {
    if (scenario === 'move') return this.#restOfMove(job);
    if (scenario === 'repair') {
      await recover(job.root);
      return 'old';
    }
    await recover(job.root);
    const { installed, playable, pending } = await readInstallState(job.root);
    if (scenario === 'update in little space' && !playable && pending !== null) return 'between';
    const [before, after] = [this.#beforeOf(scenario), this.#afterOf(scenario)];
    const isAfter = (installed?.buildId ?? null) === (after?.reference.buildId ?? null);
    const build = isAfter ? after : before;
    if (!isAfter && (installed?.buildId ?? null) !== (before?.reference.buildId ?? null))
      throw new Error(`it says it holds build ${installed?.buildId ?? 'nothing'}`);
    // Until it is adopted a folder is what the player had.
    const found = scenario === 'adopt' && !isAfter ? [] : await differences(build, job.root);
    if (found.length > 0)
      throw new Error(`not build ${build?.reference.buildId ?? 'none'}: ${found.slice(0, 4).join('; ')}`);
    return isAfter ? 'new' : 'old';
  }

  /** Whole at one of two places, which says so. */
  async #restOfMove({ root, to = '' }: ChildJob): Promise<'old' | 'new'> {
    await recover(root).catch((error: unknown) => {
      if (!hasCode(error, 'INSTALL_MOVED')) throw error;
    });
    for (const [place, rest] of [
      [root, 'old'],
      [to, 'new'],
    ] as const) {
      const { installed } = await readInstallState(place);
      if (installed === null) continue;
      const found = await differences(this.#one, place);
      if (found.length > 0) throw new Error(`not whole in ${place}: ${found.slice(0, 4).join('; ')}`);
      return rest;
    }
    throw new Error('it is in neither place');
  }

  async #assertAfter(scenario: JobScenario, { root, to }: ChildJob): Promise<void> {
    const place = scenario === 'move' ? (to ?? '') : root;
    const found = await differences(this.#afterOf(scenario), place);
    if (found.length > 0)
      throw new Error(`the job went on to something else: ${found.slice(0, 4).join('; ')}`);
    if (scenario !== 'install') await assertLinksOut(place);
    if (scenario === 'uninstall') return;
    const { staging } = stateFolderOf(place);
    if ((await namesIn(staging)).length > 0) throw new Error('staging is not empty at the end');
  }
}

async function differences(build: PublishedBuild | undefined, root: string): Promise<string[]> {
  if (build === undefined) return (await namesIn(root)).filter((name) => name !== PLAYERS_LINK);
  const found = await compareTrees(build.root, root);
  return found.filter((sentence) => !sentence.startsWith(`${PLAYERS_LINK}: only in the second`));
}

/** Everything that can be wrong with files. */
async function damage(root: string): Promise<void> {
  await truncate(path.join(root, 'game'), 1000);
  await writeFile(path.join(root, 'same'), 'SAME');
  await rm(path.join(root, 'moved'));
  await chmod(path.join(root, 'mode'), 0o600);
}

async function readJournal(root: string): Promise<Uint8Array | undefined> {
  const at = path.join(path.dirname(root), `.${path.basename(root)}.gantry`, 'journal');
  return readFile(at).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
