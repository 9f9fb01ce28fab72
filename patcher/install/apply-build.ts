import { rm } from 'node:fs/promises';
import type { CoalesceOptions } from '../download/coalesce-ranges.ts';
import type { ObjectFetcher, ObjectReference } from '../download/object-fetcher.ts';
import type { Manifest, TreeEntry } from '../formats/manifest.ts';
import type { ByteIntervals } from '../plan/byte-intervals.ts';
import type { InstalledTree } from '../plan/installed-tree.ts';
import { type LowSpaceBatch, type LowSpacePlan, planLowSpace } from '../plan/low-space.ts';
import { estimateSeconds, type MeasuredSpeeds } from '../plan/estimate-time.ts';
import type { EntryOperation, Plan, PlanFigures, PlanInput, RoutePreference } from '../plan/plan.ts';
import { planRoute } from '../plan/plan-route.ts';
import { clearStaging, finishIfFree } from './clear-job.ts';
import { planCommit } from './commit-list.ts';
import { measureFreeBytes } from './free-space.ts';
import { installErrors } from './install-errors.ts';
import { readInstalledBuild, readKeptManifest } from './installed-build.ts';
import { Journal } from './journal.ts';
import type { BuildIdentity, JournalContent, StagedFile } from './journal-format.ts';
import { discardKept, type KeptBuild, stageKept } from './kept-build.ts';
import { findPreserved } from './look-at-tree.ts';
import { applyInSteps, oldTreeAt } from './low-space/apply-in-steps.ts';
import { readStepList, type StepList, writeStepList } from './low-space/step-list.ts';
import { OldFiles } from './old-files.ts';
import { compilePreserveRules } from '../paths/preserve-rules.ts';
import type { ProgressMeter } from './progress.ts';
import { commit } from './recover.ts';
import { findMade } from './make-between.ts';
import { isMendedByChunks } from './make-segments.ts';
import { openRemotePatch, type RemotePatch } from './remote-patch.ts';
import { SafeTree } from './safe-tree.ts';
import { stageChunks } from './stage-chunks.ts';
import { stageCopies } from './stage-copies.ts';
import { stageSegments } from './stage-segments.ts';
import { SpanWriters } from './span-writers.ts';
import type { StagingJob } from './staging-job.ts';
import { findNewFolders, StagedFolders } from './staged-folders.ts';
import { StagingArea } from './staging-area.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * Whether changed files are made complete beside the old ones (`whole`: the old build stays playable until the
 * end), or replaced as it goes (`low-space`), or the latter only where the former does not fit.
 */
export type DiskMode = 'auto' | 'whole' | 'low-space';

/** Patches that lead from the installed build to the new one, one after the other; mostly a single one. */
export type PatchPath = readonly ObjectReference[];

/** Everything needed to bring an install to a build. */
export interface ApplyInput {
  readonly state: StateFolder;
  readonly build: BuildIdentity;
  readonly next: Manifest;
  /** The old build as it lies on disk; null for none. */
  readonly installed: InstalledTree | null;
  /** Old files that may go when the new build lacks them: an adopted folder's other files are the player's. */
  readonly isOurs: (entry: TreeEntry) => boolean;
  /** Each a patch to the new build, or a chain of several, in the order in which they are applied. */
  readonly patches: readonly PatchPath[];
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  readonly pending: JournalContent | undefined;
  /** Keep the files this build replaces, so that going back to them takes no download. */
  readonly keepReplaced: boolean;
  /** Files of this very build that an earlier update kept. */
  readonly kept: KeptBuild | undefined;
  readonly diskMode: DiskMode;
  /** Bytes a low-space update makes before it puts them in place. */
  readonly batchBytes?: number | undefined;
  /** How ranges of packs are joined, where not as usual. */
  readonly coalescing?: CoalesceOptions | undefined;
  /** Stop when everything is made and checked, for a later call to commit without the network. */
  readonly hold?: boolean;
  readonly fetcher: ObjectFetcher;
  readonly packPath: (sha256: string) => string;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}

/**
 * Make a build beside the old one, check it, and switch to it. Until the switch the old build is untouched;
 * stopped at any point, the same call goes on where it stopped.
 * @returns The plan that was carried out.
 * @throws {AppError} `INSTALL_…`, `DOWNLOAD_…`, `PATH_…`; the signal's reason.
 */
export async function applyBuild(input: ApplyInput): Promise<Plan> {
  const tree = new SafeTree(input.state.root);
  const resumed = await resumable(input);
  const staged = resumed?.staged ?? new Map<number, ByteIntervals | 'complete'>();
  const longThere = await stageKeptFiles(input, staged);
  await using writers = startWriters(input, resumed);
  const planned = await planBuild(input, tree, staged, input.state.between);
  input.onPlan?.(planned.plan);
  const plan = await chooseDisk(input, planned);
  if (plan.lowSpace !== undefined) input.onPlan?.(plan);
  setTotals(input.meter, plan.figures);
  const folders = await stagedFolders(input, { plan, tree, resumed });
  const journal = await openJournal(input, resumed, folders);
  const work = {
    plan,
    patches: planned.patches,
    tree,
    writers,
    staged,
    stagedFiles: resumed?.stagedFiles ?? new Map(),
  };
  try {
    if (plan.lowSpace === undefined) await makeWhole(input, journal, { ...work, longThere, folders });
    else await beginSteps(input, journal, { ...work, lowSpace: plan.lowSpace });
  } finally {
    await journal.close();
  }
  if (input.hold !== true) await finishIfFree(input.state);
  return plan;
}

interface Work {
  readonly plan: Plan;
  readonly patches: readonly RemotePatch[];
  readonly tree: SafeTree;
  readonly writers: SpanWriters | undefined;
  readonly staged: Map<number, ByteIntervals | 'complete'>;
  readonly stagedFiles: ReadonlyMap<number, StagedFile>;
}

interface WholeWork extends Work {
  readonly longThere: ReadonlySet<number>;
  readonly folders: StagedFolders;
}

async function makeWhole(
  input: ApplyInput,
  journal: Journal,
  { longThere, folders, ...work }: WholeWork,
): Promise<void> {
  const { state, next, installed, build, meter } = input;
  const { plan, patches, tree, writers, staged, stagedFiles } = work;
  folders.make();
  const staging = new StagingArea({
    folders,
    next,
    journal,
    staged,
    stagedFiles,
    longThere,
    onWritten: (bytes) => meter.written(bytes),
  });
  await journal.state('downloading');
  await stageAll(input, { plan, patches, tree, writers, staging });
  await folders.flush();
  await journal.state('staged');
  await rm(state.between, { recursive: true, force: true });
  input.signal?.throwIfAborted();
  const replaces = (await readInstalledBuild(state)) ?? null;
  await folders.settle(tree);
  const list = planCommit({ plan, next, installed, build, replaces, tree, folders });
  await journal.state('verified');
  if (input.hold === true) return;
  meter.enter('committing');
  await commit(state, journal, list);
}

/** Write the steps of a low-space update down, then take them. */
async function beginSteps(
  input: ApplyInput,
  journal: Journal,
  { plan, patches, tree, lowSpace, ...work }: Work & { readonly lowSpace: LowSpacePlan },
): Promise<void> {
  const { state, next, installed, build } = input;
  if (installed === null) throw new Error('steps replace files of an old build');
  const old = await readInstalledBuild(state);
  // Refuses what cannot be committed in the end, before the first file is replaced.
  const { removeFolders } = planCommit({ plan, next, installed, build, replaces: old ?? null, tree });
  const remote = plan.patch === undefined ? undefined : patches[plan.patch];
  const list: StepList = {
    format: 1,
    ...(old === undefined ? {} : { old }),
    build,
    ...(remote === undefined ? {} : { patch: remote.path }),
    patched: [...lowSpace.patched],
    route: plan.route,
    figures: plan.figures,
    batches: lowSpace.batches.map(toArrays),
    removeFolders,
  };
  await discardKept(state);
  await rm(state.retained, { recursive: true, force: true });
  await writeStepList(state, list);
  const at = { index: 0, phase: 'staging' } as const;
  await journal.batch(at.index, at.phase);
  await applyInSteps({ ...input, ...work, list, at, installed, remote, journal });
}

/** The schema of the written steps has arrays that can be written to. */
function toArrays(batch: LowSpaceBatch): StepList['batches'][number] {
  const { segments, entries, retain, clear, clearFolders, release, remove } = batch;
  return {
    segments: [...segments],
    entries: [...entries],
    retain: [...retain],
    clear: [...clear],
    clearFolders: [...clearFolders],
    release: [...release],
    remove: [...remove],
  };
}

/**
 * Go on with a low-space update, by the steps that were written down when it began.
 * @returns undefined when that cannot be: it is then planned anew, over the files as they are.
 */
export async function resumeSteps(input: ResumeInput): Promise<Plan | undefined> {
  const { state, next, pending, build } = input;
  const list = pending.batch === undefined ? undefined : await readStepList(state);
  const isSame = list?.build.manifestSha256 === build.manifestSha256;
  const old = list?.old === undefined ? undefined : await readKeptManifest(state, list.old.manifestSha256);
  if (list === undefined || pending.batch === undefined || !isSame || old === undefined) {
    await rm(state.steps, { force: true });
    return undefined;
  }
  const { index, phase } = pending.batch;
  const installed = oldTreeAt(old, next, list, phase === 'staging' ? index : index + 1);
  const patch = input.patches.find((objects) => objects.length === 1 && objects[0]?.path === list.patch);
  const [remote] = await openPatches({ ...input, installed }, patch === undefined ? [] : [patch]);
  const plan = planOfSteps(list);
  input.onPlan?.(plan);
  setTotals(input.meter, list.figures);
  const journal = await Journal.resume(state.journal, pending);
  const { staged, stagedFiles } = pending;
  try {
    await applyInSteps({
      ...input,
      list,
      at: pending.batch,
      installed,
      remote,
      journal,
      staged,
      stagedFiles,
    });
  } finally {
    await journal.close();
  }
  await finishIfFree(state);
  return plan;
}

export interface ResumeInput
  extends Pick<
    ApplyInput,
    'state' | 'build' | 'next' | 'patches' | 'fetcher' | 'packPath' | 'meter' | 'signal' | 'onPlan'
  > {
  readonly pending: JournalContent;
}

/** What was planned when the steps were written down. */
function planOfSteps({ route, figures, batches, patched }: StepList): Plan {
  const { downloadBytes, requests, lowSpacePeakBytes } = figures;
  return {
    route,
    operations: [],
    patch: undefined,
    segments: [],
    between: [],
    removals: [],
    figures,
    lowSpace: { batches, patched, downloadBytes, requests, diskPeakBytes: lowSpacePeakBytes ?? 0 },
    explanation: `${route}, in the ${batches.length} steps it was begun in`,
  };
}

function setTotals(meter: ProgressMeter, figures: PlanFigures): void {
  const { downloadBytes, writeBytes, fullDownloadBytes } = figures;
  meter.setTotals({ downloadBytes, writeBytes, savedBytes: Math.max(0, fullDownloadBytes - downloadBytes) });
}

/**
 * Settle how the disk is used, before the first byte is fetched. What was kept for a rollback goes when its space
 * is wanted, unless this is that rollback.
 * @throws {AppError} `INSTALL_DISK_FULL` with the least that would do.
 */
async function chooseDisk(input: ApplyInput, planned: Planned): Promise<Plan> {
  const { plan } = planned;
  const { state, diskMode } = input;
  const wholeBytes = plan.figures.diskPeakBytes;
  let freeBytes = await measureFreeBytes(state.root);
  if (diskMode !== 'low-space' && wholeBytes <= freeBytes) return plan;
  if (input.kept === undefined && wholeBytes > freeBytes) {
    await discardKept(state);
    freeBytes = await measureFreeBytes(state.root);
    if (diskMode !== 'low-space' && wholeBytes <= freeBytes) return plan;
  }
  const lowSpace = diskMode === 'whole' ? undefined : withLowSpace(planned, input.batchBytes);
  const neededBytes = Math.min(wholeBytes, lowSpace?.figures.lowSpacePeakBytes ?? wholeBytes);
  if (neededBytes > freeBytes) throw installErrors.error('INSTALL_DISK_FULL', { neededBytes, freeBytes });
  return lowSpace ?? plan;
}

/** @returns undefined when there is nothing to do in steps. */
function withLowSpace(planned: Planned, batchBytes: number | undefined): Plan | undefined {
  const { plan, planInput } = withoutChain(planned);
  const lowSpace = planLowSpace(planInput, plan, batchBytes);
  if (lowSpace === undefined) return undefined;
  const { downloadBytes, requests, diskPeakBytes: lowSpacePeakBytes } = lowSpace;
  const figures = { ...plan.figures, downloadBytes, requests, lowSpacePeakBytes };
  const seconds = planInput.speeds === undefined ? null : estimateSeconds(figures, planInput.speeds);
  return { ...plan, lowSpace, figures: { ...figures, seconds } };
}

/**
 * Steps replace old files while the patch is applied, and what a chain makes on its way costs space besides: where
 * space is short a single patch or chunks are planned instead.
 */
function withoutChain({ plan, planInput, patches }: Planned): Pick<Planned, 'plan' | 'planInput'> {
  const isChain = (patch: RemotePatch | undefined) => patch !== undefined && patch.hops.length > 0;
  if (plan.patch === undefined || !isChain(patches[plan.patch])) return { plan, planInput };
  const single = patches.map((patch) => (isChain(patch) ? { segments: [] } : patch));
  const input = { ...planInput, patches: single };
  const { removals, figures, ...rest } = planRoute(input);
  // What is not ours was taken out of the removals of the first plan.
  const removedEntries = plan.removals.length;
  return {
    plan: {
      ...rest,
      removals: removals.filter((index) => plan.removals.includes(index)),
      figures: { ...figures, removedEntries },
    },
    planInput: input,
  };
}

/** A plan with the figure of both ways to use the disk. */
export function withBothPeaks(planned: Planned): Plan {
  const lowSpacePeakBytes = withLowSpace(planned, undefined)?.figures.lowSpacePeakBytes ?? null;
  const { plan } = planned;
  return { ...plan, figures: { ...plan.figures, lowSpacePeakBytes } };
}

export interface Planned {
  readonly plan: Plan;
  readonly planInput: PlanInput;
  readonly patches: RemotePatch[];
}

/**
 * Plan without touching anything; also what a preview shows.
 * @param between Folder of what a stopped job made of builds between.
 */
export async function planBuild(
  input: Pick<
    ApplyInput,
    | 'next'
    | 'installed'
    | 'isOurs'
    | 'patches'
    | 'fetcher'
    | 'meter'
    | 'signal'
    | 'speeds'
    | 'prefer'
    | 'coalescing'
  >,
  tree: SafeTree,
  staged: ReadonlyMap<number, ByteIntervals | 'complete'>,
  between: string | undefined,
): Promise<Planned> {
  const { next, installed, speeds, prefer, coalescing } = input;
  input.meter.enter('planning');
  const isPreserved = compilePreserveRules(next.preserve);
  const preserved = findPreserved(tree, next, isPreserved);
  const known = { installed, next, staged, preserved, isPreserved, speeds, prefer, coalescing };
  let patches: RemotePatch[] = [];
  let plan = planRoute({ ...known, patches });
  // Single patches first: what a chain has to save is only known then.
  for (const paths of [input.patches.filter(isSingle), input.patches.filter((path) => !isSingle(path))]) {
    const before = plan;
    const opened = await openPatches(
      input,
      paths.filter((path) => isWorthALook(path, before)),
      between,
    );
    if (opened.length === 0) continue;
    patches = [...patches, ...opened];
    plan = planRoute({ ...known, patches });
  }
  return { plan: keepUnknown(plan, input), planInput: { ...known, patches }, patches };
}

function isSingle(path: PatchPath): boolean {
  return path.length === 1;
}

/**
 * What is all here needs no patch, and must not need the network to find that out. A chain has to be worth its headers;
 * beside a single patch, which holds the same changes once, only one that is smaller as a whole is.
 */
function isWorthALook(path: PatchPath, { patch, figures }: Plan): boolean {
  if (isSingle(path)) return figures.downloadBytes > 0;
  const wholeBytes = path.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return figures.downloadBytes > (patch === undefined ? headerBytes(path) : wholeBytes);
}

/** What has to be read of patches to know what they are: at most 64 KiB of each, for all but the largest. */
function headerBytes(path: PatchPath): number {
  return path.reduce((sum, { sizeBytes }) => sum + Math.min(sizeBytes, 64 * 1024), 0);
}

/** What is not ours stays; what of it is in the way of the build is put aside when that is committed. */
function keepUnknown(plan: Plan, { installed, isOurs }: Pick<ApplyInput, 'installed' | 'isOurs'>): Plan {
  const removals = plan.removals.filter((index) => {
    const entry = installed?.manifest.entries[index];
    return entry !== undefined && isOurs(entry);
  });
  return { ...plan, removals, figures: { ...plan.figures, removedEntries: removals.length } };
}

async function openPatches(
  input: Pick<ApplyInput, 'installed' | 'next' | 'fetcher' | 'signal'>,
  paths: readonly PatchPath[],
  between?: string,
): Promise<RemotePatch[]> {
  const { installed, next, fetcher, signal } = input;
  if (installed === null || paths.length === 0) return [];
  const made = between === undefined ? new Set<string>() : await findMade(between);
  const opened: RemotePatch[] = [];
  for (const path of paths) {
    try {
      opened.push(await openRemotePatch(fetcher, path, { next, installed, made }, signal));
    } catch (error) {
      // A patch that cannot be read is one that is not offered: chunks do without.
      if (!isMendedByChunks(error)) throw error;
    }
  }
  return opened;
}

/** A pending job for the same build goes on; one for another build makes way. */
async function resumable({ pending, build, state }: ApplyInput): Promise<JournalContent | undefined> {
  if (pending === undefined) return undefined;
  if (pending.begin.build?.manifestSha256 === build.manifestSha256) return pending;
  await clearStaging(state);
  return undefined;
}

/** Where everything is to be fetched threads start while it is planned: they take about as long as that. */
function startWriters(
  { next, installed, kept }: ApplyInput,
  resumed: JournalContent | undefined,
): SpanWriters | undefined {
  if (installed !== null || kept !== undefined || resumed !== undefined) return undefined;
  const writers = new SpanWriters(next.chunks.sizeBytes.reduce((sum, sizeBytes) => sum + sizeBytes, 0));
  writers.prepare();
  return writers;
}

/** Where nothing is installed new folders are staged whole; what a stopped job had staged is taken as it is. */
async function stagedFolders(
  { state, next, installed, kept }: ApplyInput,
  {
    plan,
    tree,
    resumed,
  }: { readonly plan: Plan; readonly tree: SafeTree; readonly resumed: JournalContent | undefined },
): Promise<StagedFolders> {
  const isFirst = installed === null && kept === undefined && plan.lowSpace === undefined;
  const isNew = resumed === undefined && isFirst;
  const whole = isNew ? findNewFolders(next, tree) : (resumed?.begin.folders ?? []);
  const folders = new StagedFolders(state.staging, next, whole);
  if (isFirst) await folders.settle(tree);
  else await folders.takeApart();
  return folders;
}

function openJournal(
  { state, build, keepReplaced }: ApplyInput,
  resumed: JournalContent | undefined,
  { whole }: StagedFolders,
): Promise<Journal> {
  if (resumed !== undefined) return Journal.resume(state.journal, resumed);
  const folders = whole.length === 0 ? {} : { folders: whole };
  return Journal.create(state.journal, { job: 'build', build, keepReplaced, ...folders });
}

/** Kept files of the build count as staged; they are hashed like all others. @returns Their entries. */
async function stageKeptFiles(
  { kept, state, next }: ApplyInput,
  staged: Map<number, ByteIntervals | 'complete'>,
): Promise<Set<number>> {
  const longThere = new Set<number>();
  if (kept === undefined) return longThere;
  const isComplete = (entry: number) => staged.get(entry) === 'complete';
  for (const [entry, whole] of await stageKept(state, kept, next, isComplete)) {
    staged.set(entry, whole);
    longThere.add(entry);
  }
  return longThere;
}

interface Staging {
  readonly plan: Plan;
  readonly patches: readonly RemotePatch[];
  readonly tree: SafeTree;
  readonly writers: SpanWriters | undefined;
  readonly staging: StagingArea;
}

async function stageAll(
  input: ApplyInput,
  { plan, patches, tree, writers, staging }: Staging,
): Promise<void> {
  const { state, next, installed, coalescing, fetcher, packPath, meter, signal } = input;
  const oldFiles = new OldFiles(tree);
  const job: StagingJob = {
    next,
    installed,
    tree,
    staging,
    between: state.between,
    coalescing,
    oldFiles,
    writers,
    fetcher,
    packPath,
    meter,
    signal,
  };
  const entriesOf = (...kinds: EntryOperation['kind'][]) =>
    plan.operations.filter(({ kind }) => kinds.includes(kind)).map(({ entry }) => entry);
  try {
    const copies = plan.operations.filter((operation) => operation.kind === 'copy');
    await stageCopies(job, copies);
    const remote = plan.patch === undefined ? undefined : patches[plan.patch];
    if (remote !== undefined) {
      meter.enter('patching');
      const { segments, between } = plan;
      await stageSegments(job, remote, { segments, between, entries: new Set(entriesOf('patch')) });
    }
    meter.enter('downloading');
    await stageChunks(job, entriesOf('copy', 'patch', 'chunks'));
    meter.enter('verifying');
    for (const entry of entriesOf('link')) {
      const link = next.entries[entry];
      if (link?.kind === 'link') await staging.stageLink(entry, link.target);
    }
  } finally {
    oldFiles.close();
    await staging.close();
  }
}
