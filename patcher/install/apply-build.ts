import type { ByteIntervals } from '../plan/byte-intervals.ts';
import type { EntryOperation, Plan } from '../plan/plan.ts';
import type { ApplyInput } from './job/apply-input.ts';
import { chooseDisk } from './job/choose-disk.ts';
import { clearStaging, finishIfFree } from './clear-job.ts';
import { planCommit } from './commit/commit-list.ts';
import { readInstalledBuild } from './state/installed-build.ts';
import { Journal } from './state/journal.ts';
import type { JournalContent, StagedFile } from './state/journal-format.ts';
import { stageKept } from './commit/kept-build.ts';
import { beginSteps } from './low-space/run-steps.ts';
import { OldFiles } from './staging/old-files.ts';
import { planBuild } from './job/plan-build.ts';
import { totalsOf } from './install-progress.ts';
import { removeTree } from './disk/remove-tree.ts';
import { commit } from './recover.ts';
import type { RemotePatch } from './staging/remote-patch.ts';
import { SafeTree } from './disk/safe-tree.ts';
import { stageChunks } from './staging/stage-chunks.ts';
import { stageCopies } from './staging/stage-copies.ts';
import { findNewFolders, StagedFolders } from './staging/staged-folders.ts';
import { stageSegments } from './staging/stage-segments.ts';
import { StagingArea } from './staging/staging-area.ts';
import type { StagingJob } from './staging/staging-job.ts';
import { inSlices } from '../threads/slices.ts';

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
  const planned = await planBuild(input, tree, staged, input.state.between);
  input.onPlan?.(planned.plan);
  const plan = await chooseDisk(input, planned);
  if (plan.lowSpace !== undefined) input.onPlan?.(plan);
  input.meter.setTotals(totalsOf(plan.figures));
  const folders = await stagedFolders(input, { plan, tree, resumed });
  const journal = await openJournal(input, resumed, folders);
  const work = {
    plan,
    patches: planned.patches,
    tree,
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
  const { plan, patches, tree, staged, stagedFiles } = work;
  await inSlices(folders.make());
  const staging = new StagingArea({
    folders,
    next,
    journal,
    staged,
    stagedFiles,
    longThere,
    onWritten: (bytes) => meter.written(bytes),
    threads: input.threads,
  });
  await journal.state('downloading');
  await stageAll(input, { plan, patches, tree, staging });
  await folders.flush();
  await journal.state('staged');
  await removeTree(state.between);
  input.signal?.throwIfAborted();
  const replaces = (await readInstalledBuild(state)) ?? null;
  await folders.settle(tree);
  const list = await inSlices(planCommit({ plan, next, installed, build, replaces, tree, folders }));
  await journal.state('verified');
  if (input.hold === true) return;
  meter.enter('committing');
  await commit(state, journal, list);
}

/** A pending job for the same build goes on; one for another build makes way. */
async function resumable({ pending, build, state }: ApplyInput): Promise<JournalContent | undefined> {
  if (pending === undefined) return undefined;
  if (pending.begin.build?.manifestSha256 === build.manifestSha256) return pending;
  await clearStaging(state);
  return undefined;
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
  const whole = isNew ? await inSlices(findNewFolders(next, tree)) : (resumed?.begin.folders ?? []);
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
  readonly staging: StagingArea;
}

async function stageAll(input: ApplyInput, { plan, patches, tree, staging }: Staging): Promise<void> {
  const { state, next, installed, coalescing, threads, fetcher, meter, signal } = input;
  const oldFiles = new OldFiles(tree);
  const job: StagingJob = {
    next,
    installed,
    tree,
    staging,
    between: state.between,
    coalescing,
    oldFiles,
    threads,
    fetcher,
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
