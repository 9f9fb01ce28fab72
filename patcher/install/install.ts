import type { RangeFetch } from '../download/range-fetch.ts';
import { mkdir, realpath } from 'node:fs/promises';
import type { BandwidthLimit } from '../download/bandwidth-limit.ts';
import { type Clock, systemClock } from '../download/clock.ts';
import type { GrantProvider } from '../download/grant.ts';
import type { HostHealth } from '../download/host-health.ts';
import { ObjectFetcher, type ObjectReference } from '../download/object-fetcher.ts';
import { TOUCHING_ONLY } from '../download/coalesce-ranges.ts';
import type { Manifest, TreeEntry } from '../formats/manifest.ts';
import { parseManifest } from '../formats/manifest-format.ts';
import type { InstalledTree } from '../plan/installed-tree.ts';
import type { MeasuredSpeeds } from '../plan/estimate-time.ts';
import type { Plan, PlanFigures, Route, RoutePreference } from '../plan/plan.ts';
import { adoptTree } from './adopt-tree.ts';
import {
  applyBuild,
  type DiskMode,
  type PatchPath,
  planBuild,
  resumeSteps,
  withBothPeaks,
} from './apply-build.ts';
import { installErrors, toInstallError } from './install-errors.ts';
import { clearJob } from './clear-job.ts';
import type { Rescued } from './commit-list.ts';
import { acquireInstallLock } from './install-lock.ts';
import {
  keepManifest,
  readInstalledBuild,
  readInstalledManifest,
  readInstalledRecord,
  readKeptManifest,
} from './installed-build.ts';
import { Journal, readJournal } from './journal.ts';
import type { BuildIdentity, JobBegin, JobState, JournalContent } from './journal-format.ts';
import { discardKept, findKeptEntries, type KeptBuild, readKeptBuild, wholeOf } from './kept-build.ts';
import { lookAtTree } from './look-at-tree.ts';
import { discardMove } from './move/finish-move.ts';
import { type MoveJob, moveInstall, type MoveOutcome } from './move/move-install.ts';
import { packPath } from './object-paths.ts';
import { compilePreserveRules } from '../paths/preserve-rules.ts';
import { type InstallProgress, ProgressMeter } from './progress.ts';
import { type Recovered, recoverInstall } from './recover.ts';
import { removeEmptyRoot, removeInstall } from './remove-install.ts';
import { tellRescues } from './rescue-note.ts';
import { SafeTree } from './safe-tree.ts';
import { findStateFolder, openStateFolder, type StateFolder } from './state-folder.ts';
import { type VerifyReport, verifyTree } from './verify-tree.ts';

/** A build as the service names it. */
export interface BuildReference {
  readonly buildId: number;
  readonly version: string;
  readonly manifest: ObjectReference;
}

/** The world outside an install. */
export interface InstallPorts {
  readonly grants: GrantProvider;
  readonly fetch: RangeFetch;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly limit?: BandwidthLimit;
  /** What all jobs of the process know of the download hosts. */
  readonly health?: HostHealth;
}

/** What every job on an install takes. */
export interface InstallJob {
  /** The install's folder; made if it is not there. */
  readonly root: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: InstallProgress) => void) | undefined;
}

export interface NetworkJob extends InstallJob {
  readonly ports: InstallPorts;
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}

export interface BuildJob extends NetworkJob {
  readonly build: BuildReference;
  /** Patches from the installed build to this one. */
  readonly patches?: readonly ObjectReference[];
  /** Patches that lead there one after the other, through builds nobody needs. */
  readonly chains?: readonly PatchPath[];
  /** What was measured on this computer, to choose a route by its time too; bytes alone decide without. */
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  /**
   * Keep the files this build replaces until the next one, or until their space is wanted: {@link rollBack} then
   * needs no download. Costs what they take on disk ({@link InstallState.previous}).
   */
  readonly keepReplaced?: boolean | undefined;
  /** How the disk is used; by default files are replaced as it goes only where both builds do not fit. */
  readonly diskMode?: DiskMode | undefined;
  /** Bytes a low-space update makes before it puts them in place; 32 MiB unless told. */
  readonly batchBytes?: number | undefined;
}

export interface RollBackJob extends NetworkJob {
  readonly build?: BuildReference | undefined;
  readonly patches?: readonly ObjectReference[];
  readonly chains?: readonly PatchPath[];
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  /** As in {@link BuildJob}: keep what is left now, so that going forward again takes no download either. */
  readonly keepReplaced?: boolean | undefined;
}

/** How a job ended; failures are thrown. */
export type InstallOutcome =
  | {
      readonly kind: 'done';
      readonly route: Route;
      readonly figures: PlanFigures;
      /** Bytes that really came over the network, manifest included. */
      readonly downloadedBytes: number;
      readonly requests: number;
      readonly writtenBytes: number;
      /**
       * Folders (with all that is in them) and files of the player's that made way, for this build or for an earlier one
       * whose job did not live to say so.
       */
      readonly rescued: readonly Rescued[];
    }
  /** Everything is made and checked, and waits: {@link installBuild} of the same build commits it, without the network. */
  | {
      readonly kind: 'staged';
      readonly route: Route;
      readonly figures: PlanFigures;
      readonly downloadedBytes: number;
      readonly requests: number;
      readonly writtenBytes: number;
    }
  /** Stopped by the signal. What is staged stays, for the same call to go on with. */
  | { readonly kind: 'cancelled'; readonly downloadedBytes: number };

/** What lies in a folder. */
export interface InstallState {
  readonly installed: BuildIdentity | null;
  /**
   * False while an update that replaces files as it goes has not ended: neither build is there whole. The same
   * update resumes; any other job looks at every file first.
   */
  readonly playable: boolean;
  /** A job that was begun and has not ended. */
  readonly pending: {
    readonly job: JobBegin['job'];
    readonly build: BuildIdentity | null;
    readonly state: JobState;
  } | null;
  /** A move that was begun: not yet switched, or not yet finished. */
  readonly moving: { readonly to: string; readonly state: JobState } | null;
  /** The build that {@link rollBack} returns to without a download, and the disk space this costs. */
  readonly previous: { readonly build: BuildIdentity; readonly sizeBytes: number } | null;
}

/** Read what an install is, without changing anything. */
export function readInstallState(root: string): Promise<InstallState> {
  return typed(async () => {
    const state = await findStateFolder(root);
    if (state === undefined)
      return { installed: null, playable: false, pending: null, moving: null, previous: null };
    const content = await readJournal(state.journal);
    const pending =
      content === undefined || content.state === 'done'
        ? null
        : { job: content.begin.job, build: content.begin.build, state: content.state };
    const move = await readJournal(state.moveJournal);
    const to = move?.begin.to;
    // A record that leads to its own install is that of the receiving end.
    const moving =
      move === undefined || to === undefined || to === state.root ? null : { to, state: move.state };
    const kept = await readKeptBuild(state);
    const previous = kept === undefined ? null : { build: kept.build, sizeBytes: kept.sizeBytes };
    const record = await readInstalledRecord(state);
    const playable = record !== undefined && record.mixedWith === undefined;
    return { installed: record?.build ?? null, playable, pending, moving, previous };
  });
}

/**
 * Install a build, or bring an existing install to it. Resumes a stopped call for the same build.
 * @throws {AppError} `INSTALL_…`, `DOWNLOAD_…`, `FORMAT_…`, `PATH_…`.
 */
export function installBuild(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) => runBuild(job, state, pending));
}

/**
 * Download and check a build before its time, without switching to it: the installed build stays playable, and
 * {@link installBuild} of the same build later commits what lies ready, without asking the network for anything.
 * Another job for another build makes it void. Never replaces files as it goes, whatever the disk.
 */
export function preloadBuild(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) =>
    runBuild({ ...job, diskMode: 'whole' }, state, pending, true),
  );
}

/** As {@link installBuild}, but only where a build is installed. @throws {AppError} `INSTALL_ABSENT` */
export function updateBuild(job: BuildJob): Promise<InstallOutcome> {
  return withExisting(job.root, (state, pending) => runBuild(job, state, pending));
}

/**
 * Return to the build before the last update: at once where its files were kept, without asking the network for
 * anything that hashes right; else to the given build by whichever route leads there.
 * @param job.build The build to return to; only needed where none is kept, or another is wanted.
 * @throws {AppError} `INSTALL_NO_PREVIOUS`
 */
export function rollBack(job: RollBackJob): Promise<InstallOutcome> {
  return withExisting(job.root, async (state, pending) => {
    const kept = await keptFor(job, state);
    if (kept === undefined) {
      if (job.build === undefined) throw installErrors.error('INSTALL_NO_PREVIOUS');
      return runBuild({ ...job, build: job.build }, state, pending);
    }
    return runJob(job, askedFor('roll back', kept.build, state), async (fetcher, meter) =>
      applyBuild({
        state,
        build: kept.build,
        next: kept.manifest,
        ...(await lookAtInstalled(state, kept.manifest, job.signal)),
        diskMode: 'whole',
        patches: [],
        pending,
        keepReplaced: job.keepReplaced ?? false,
        kept,
        fetcher,
        packPath,
        meter,
        signal: job.signal,
        onPlan: job.onPlan,
      }),
    );
  });
}

async function keptFor(
  { build }: Pick<RollBackJob, 'build'>,
  state: StateFolder,
): Promise<KeptBuild | undefined> {
  const kept = await readKeptBuild(state);
  return build === undefined || build.manifest.sha256 === kept?.build.manifestSha256 ? kept : undefined;
}

/** Give up the files kept for a rollback. */
export function discardPrevious(root: string): Promise<void> {
  return withInstall(root, discardKept);
}

/** What {@link installBuild} would do: exact figures, nothing touched. */
export function planBuildJob(job: BuildJob): Promise<Plan> {
  return typed(async () => {
    const fetcher = makeFetcher(job.ports);
    const state = await findStateFolder(job.root);
    const next = (await kept(state, job.build)) ?? (await fetchManifest(fetcher, job)).manifest;
    const root = state?.root ?? (await realpath(job.root).catch(() => job.root));
    const tree = new SafeTree(root);
    const old =
      state === undefined
        ? { installed: null, isOurs: everything }
        : await lookAtInstalled(state, next, job.signal);
    const content = state === undefined ? undefined : await readJournal(state.journal);
    const same = content?.begin.build?.manifestSha256 === job.build.manifest.sha256;
    const staged = new Map(same ? content?.staged : undefined);
    const previous = state === undefined ? undefined : await keptFor(job, state);
    for (const entry of previous === undefined ? [] : findKeptEntries(previous, next).keys()) {
      if (staged.get(entry) !== 'complete') staged.set(entry, wholeOf(next, entry));
    }
    const meter = new ProgressMeter(undefined, systemClock);
    const { signal, speeds, prefer } = job;
    const inputs = { next, ...old, patches: pathsOf(job), fetcher, meter, signal, speeds, prefer };
    return withBothPeaks(await planBuild(inputs, tree, staged, same ? state?.between : undefined));
  });
}

/** Hash the whole install. @throws {AppError} `INSTALL_ABSENT`; the signal's reason. */
export function verifyInstall(job: InstallJob): Promise<VerifyReport> {
  return withExisting(job.root, async (state) => (await verify(job, state)).report);
}

/** Verify, then fetch and replace what is damaged. @returns The outcome and what was found. */
export function repairInstall(job: NetworkJob): Promise<{ outcome: InstallOutcome; report: VerifyReport }> {
  return withExisting(job.root, async (state, pending) => {
    const { report, installed, build } = await verify(job, state);
    const outcome = await runJob(job, askedFor('repair', build, state), (fetcher, meter) =>
      applyBuild({
        state,
        build,
        next: installed.manifest,
        installed,
        isOurs: everything,
        diskMode: 'whole',
        // What is damaged is little: its requests are few, and no byte is fetched that was not.
        coalescing: TOUCHING_ONLY,
        patches: [],
        pending,
        keepReplaced: false,
        kept: undefined,
        fetcher,
        packPath,
        meter,
        signal: job.signal,
        onPlan: job.onPlan,
      }),
    );
    return { outcome, report };
  });
}

/**
 * Make an install of a folder that already holds files, whatever version they are: what fits is kept or reused,
 * the rest fetched. Files the build does not know stay.
 */
export function adoptFolder(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) =>
    runJob(job, askedFor('adopt', identityOf(job.build), state), async (fetcher, meter) => {
      const next = await manifestOf(job, state, fetcher);
      meter.enter('verifying');
      const installed = await adoptTree(new SafeTree(state.root), next, job.signal);
      return applyBuild({
        state,
        build: identityOf(job.build),
        next,
        installed,
        isOurs: nothing,
        diskMode: job.diskMode ?? 'auto',
        batchBytes: job.batchBytes,
        patches: [],
        pending,
        keepReplaced: false,
        kept: undefined,
        fetcher,
        packPath,
        meter,
        signal: job.signal,
        onPlan: job.onPlan,
      });
    }),
  );
}

/** What {@link adoptFolder} would keep, reuse and fetch: every file is read, nothing touched. */
export function planAdoption(job: BuildJob): Promise<Plan> {
  return typed(async () => {
    const fetcher = makeFetcher(job.ports);
    const { manifest: next } = await fetchManifest(fetcher, job);
    const tree = new SafeTree(await realpath(job.root));
    const meter = new ProgressMeter(job.onProgress, job.ports.clock ?? systemClock);
    meter.enter('verifying');
    const installed = await adoptTree(tree, next, job.signal);
    const { signal, speeds, prefer } = job;
    const inputs = { next, installed, patches: [], fetcher, meter, signal, isOurs: nothing, speeds, prefer };
    return withBothPeaks(await planBuild(inputs, tree, new Map(), undefined));
  });
}

/** Remove an install. Preserved files stay unless asked otherwise, unknown ones always. */
export async function uninstall(job: InstallJob & { readonly keepPreserved?: boolean }): Promise<void> {
  const keepPreserved = job.keepPreserved ?? true;
  const state = await typed(() => findStateFolder(job.root));
  if (state === undefined) return;
  await withInstall(job.root, async (opened) => {
    await discardMove(opened);
    await (await Journal.create(opened.journal, { job: 'uninstall', build: null, keepPreserved })).close();
    await removeInstall(opened, { keepPreserved });
  });
  await typed(() => removeEmptyRoot(state));
}

/** Give up a stopped job or move and free what it staged or copied; the installed build stays. */
export function discardStaging(root: string): Promise<void> {
  return withInstall(root, async (state) => {
    await discardMove(state);
    await clearJob(state);
  });
}

/** As {@link moveInstall} with errors of the file system typed. */
export function moveTo(job: MoveJob): Promise<MoveOutcome> {
  return typed(() => moveInstall(job));
}

/**
 * Finish or undo what a crash left; every other call does so first as well.
 * @throws {AppError} `INSTALL_MOVED` when that was a move to another folder.
 */
export function recover(root: string): Promise<InstallState> {
  return typed(async () => {
    const state = await findStateFolder(root);
    if (state !== undefined) await withInstall(root, async () => {});
    const found = await readInstallState(root);
    if (state !== undefined && found.installed === null && found.pending === null)
      await removeEmptyRoot(state);
    return found;
  });
}

async function runBuild(
  job: BuildJob,
  state: StateFolder,
  pending: JournalContent | undefined,
  hold = false,
): Promise<InstallOutcome> {
  const build = identityOf(job.build);
  return runJob(job, hold ? { kind: 'staged' } : askedFor('build', build, state), async (fetcher, meter) => {
    const next = await manifestOf(job, state, fetcher);
    const { signal, onPlan, speeds, prefer } = job;
    const patches = pathsOf(job);
    const common = { state, build, next, patches, speeds, prefer, fetcher, packPath, meter, signal, onPlan };
    if (pending?.batch !== undefined && pending.begin.build?.manifestSha256 === build.manifestSha256) {
      const resumed = await resumeSteps({ ...common, pending });
      if (resumed !== undefined) return resumed;
    }
    return applyBuild({
      ...common,
      ...(await lookAtInstalled(state, next, signal)),
      diskMode: job.diskMode ?? 'auto',
      batchBytes: job.batchBytes,
      hold,
      pending,
      keepReplaced: job.keepReplaced ?? false,
      // Forward again after a rollback is a rollback too.
      kept: await keptFor(job, state),
    });
  });
}

/** What a job is to come to: one that only stages has nothing to tell of. */
type Asked =
  | { readonly kind: 'staged' }
  | { readonly kind: 'done'; readonly name: string; readonly state: StateFolder };

function askedFor(verb: string, { manifestSha256 }: BuildIdentity, state: StateFolder): Asked {
  return { kind: 'done', name: `${verb} ${manifestSha256}`, state };
}

async function runJob(
  job: NetworkJob,
  asked: Asked,
  work: (fetcher: ObjectFetcher, meter: ProgressMeter) => Promise<Plan>,
): Promise<InstallOutcome> {
  const fetcher = makeFetcher(job.ports);
  const meter = new ProgressMeter(job.onProgress, job.ports.clock ?? systemClock);
  try {
    const { route, figures } = await work(fetcher, meter);
    const { receivedBytes: downloadedBytes, requests } = fetcher.counters;
    const did = { route, figures, downloadedBytes, requests, writtenBytes: meter.writtenBytes };
    if (asked.kind === 'staged') return { kind: 'staged', ...did };
    return { kind: 'done', ...did, rescued: await tellRescues(asked.state, asked.name) };
  } catch (error) {
    // Stopping is an outcome, not a failure; whatever broke while stopping did so because of it.
    if (job.signal?.aborted === true)
      return { kind: 'cancelled', downloadedBytes: fetcher.counters.receivedBytes };
    throw error;
  }
}

function makeFetcher({
  grants,
  fetch,
  clock = systemClock,
  random = Math.random,
  limit,
  health,
}: InstallPorts): ObjectFetcher {
  return new ObjectFetcher({ grants, fetch, clock, random, limit, health });
}

async function manifestOf(job: BuildJob, state: StateFolder, fetcher: ObjectFetcher): Promise<Manifest> {
  const known = await kept(state, job.build);
  if (known !== undefined) return known;
  const { bytes, manifest } = await fetchManifest(fetcher, job);
  await keepManifest(state, bytes);
  return manifest;
}

async function kept(state: StateFolder | undefined, build: BuildReference): Promise<Manifest | undefined> {
  return state === undefined ? undefined : readKeptManifest(state, build.manifest.sha256);
}

async function fetchManifest(
  fetcher: ObjectFetcher,
  { build, signal }: BuildJob,
): Promise<{ bytes: Uint8Array; manifest: Manifest }> {
  const bytes = await fetcher.fetchObject(build.manifest, signal);
  return { bytes, manifest: parseManifest(bytes) };
}

function pathsOf({ patches = [], chains = [] }: Pick<BuildJob, 'patches' | 'chains'>): PatchPath[] {
  return [...patches.map((patch) => [patch]), ...chains];
}

const everything = () => true;
const nothing = () => false;

/**
 * The old build as it lies on disk, and which of its files may go. After an update that replaced files as it went
 * and did not end, sizes say nothing: every file is read and taken for what it is.
 */
async function lookAtInstalled(
  state: StateFolder,
  next: Manifest,
  signal: AbortSignal | undefined,
): Promise<{ installed: InstalledTree | null; isOurs: (entry: TreeEntry) => boolean }> {
  const tree = new SafeTree(state.root);
  const record = await readInstalledRecord(state);
  if (record === undefined) return { installed: null, isOurs: everything };
  const manifest = await readInstalledManifest(state, record.build);
  if (record.mixedWith === undefined) {
    return { installed: lookAtTree(tree, manifest), isOurs: everything };
  }
  const other = await readKeptManifest(state, record.mixedWith);
  const ours = new Set([...manifest.entries, ...(other?.entries ?? [])].map(nameOf));
  return { installed: await adoptTree(tree, next, signal), isOurs: (entry) => ours.has(nameOf(entry)) };
}

/** A folder of ours does not make a file at its path ours. */
function nameOf({ kind, path }: TreeEntry): string {
  return kind === 'directory' ? `${path}/` : path;
}

async function verify(job: InstallJob, state: StateFolder) {
  const build = await readInstalledBuild(state);
  if (build === undefined) throw installErrors.error('INSTALL_ABSENT');
  const manifest = await readInstalledManifest(state, build);
  const meter = new ProgressMeter(job.onProgress, systemClock);
  const total = manifest.entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0),
    0,
  );
  meter.setTotals({ downloadBytes: 0, writeBytes: total, savedBytes: 0 });
  meter.enter('verifying');
  const isPreserved = compilePreserveRules(manifest.preserve);
  const verified = await verifyTree(new SafeTree(state.root), manifest, {
    signal: job.signal,
    onBytes: (bytes) => meter.written(bytes),
    isPreserved,
  });
  return { ...verified, build };
}

function identityOf({ buildId, version, manifest }: BuildReference): BuildIdentity {
  return { buildId, version, manifestSha256: manifest.sha256 };
}

/** As {@link withInstall}, for what makes sense only where a build is installed; makes no folder. */
async function withExisting<T>(
  root: string,
  work: (state: StateFolder, pending: JournalContent | undefined) => Promise<T>,
): Promise<T> {
  if ((await readInstallState(root)).installed === null) throw installErrors.error('INSTALL_ABSENT');
  return withInstall(root, work);
}

/** Become the one writer, bring the install to rest, work, and let go. */
function withInstall<T>(
  root: string,
  work: (state: StateFolder, pending: JournalContent | undefined) => Promise<T>,
): Promise<T> {
  return typed(async () => {
    const state = (await findStateFolder(root)) ?? (await openStateFolder(root));
    await mkdir(state.lock, { recursive: true, mode: 0o700 });
    const lock = await acquireInstallLock(state.lock);
    let recovered: Recovered;
    try {
      recovered = await recoverInstall(state);
      if (recovered.kind === 'here') {
        // An uninstall that was finished just now took the folders with it.
        await openStateFolder(root);
        return await work(state, recovered.pending);
      }
      lock.followTo(recovered.to.lock);
    } finally {
      await lock.release();
    }
    await removeEmptyRoot(state);
    throw installErrors.error('INSTALL_MOVED', { path: recovered.to.root });
  });
}

/** Errors of the file system leave as typed ones. */
async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toInstallError(error);
  }
}
