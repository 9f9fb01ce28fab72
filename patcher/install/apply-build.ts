import type { ObjectFetcher, ObjectReference } from '../download/object-fetcher.ts';
import type { Manifest } from '../formats/manifest.ts';
import type { ByteIntervals } from '../plan/byte-intervals.ts';
import type { InstalledTree } from '../plan/installed-tree.ts';
import type { EntryOperation, Plan } from '../plan/plan.ts';
import { planRoute } from '../plan/plan-route.ts';
import { clearStaging, finishJob } from './clear-job.ts';
import { planCommit } from './commit-list.ts';
import { assertFreeSpace, measureFreeBytes } from './free-space.ts';
import { readInstalledBuild } from './installed-build.ts';
import { Journal } from './journal.ts';
import type { BuildIdentity, JournalContent } from './journal-format.ts';
import { discardKept, type KeptBuild, stageKept } from './kept-build.ts';
import { findPreserved } from './look-at-tree.ts';
import { OldFiles } from './old-files.ts';
import { compilePreserveRules } from './preserve-rules.ts';
import type { ProgressMeter } from './progress.ts';
import { commit } from './recover.ts';
import { isMendedByChunks, stageSegments } from './stage-segments.ts';
import { openRemotePatch, type RemotePatch } from './remote-patch.ts';
import { SafeTree } from './safe-tree.ts';
import { stageChunks } from './stage-chunks.ts';
import { stageCopies } from './stage-copies.ts';
import type { StagingJob } from './staging-job.ts';
import { StagingArea } from './staging-area.ts';
import type { StateFolder } from './state-folder.ts';

/** Everything needed to bring an install to a build. */
export interface ApplyInput {
  readonly state: StateFolder;
  readonly build: BuildIdentity;
  readonly next: Manifest;
  /** The old build as it lies on disk; null for none. */
  readonly installed: InstalledTree | null;
  /** False leaves old files that the new build lacks: an adopted folder's other files are the player's. */
  readonly remove: boolean;
  readonly patches: readonly ObjectReference[];
  readonly pending: JournalContent | undefined;
  /** Keep the files this build replaces, so that going back to them takes no download. */
  readonly keepReplaced: boolean;
  /** Files of this very build that an earlier update kept. */
  readonly kept: KeptBuild | undefined;
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
  const { plan, patches } = await planBuild(input, tree, staged);
  input.onPlan?.(plan);
  input.meter.setTotals({
    downloadBytes: plan.figures.downloadBytes,
    writeBytes: plan.figures.writeBytes,
    savedBytes: Math.max(0, plan.figures.fullDownloadBytes - plan.figures.downloadBytes),
  });
  // Refused before the first byte is fetched rather than in the middle.
  await makeSpace(input, plan.figures.diskPeakBytes);
  const journal = await openJournal(input, resumed);
  try {
    const staging = new StagingArea({
      folder: input.state.staging,
      next: input.next,
      journal,
      staged,
      stagedFiles: resumed?.stagedFiles ?? new Map(),
      longThere,
      onWritten: (bytes) => input.meter.written(bytes),
    });
    await journal.state('downloading');
    await stageAll(input, { plan, patches, tree, staging });
    await journal.state('staged');
    input.signal?.throwIfAborted();
    const { next, installed, build } = input;
    const replaces = (await readInstalledBuild(input.state)) ?? null;
    const list = planCommit({ plan, next, installed, build, replaces, tree });
    await journal.state('verified');
    input.meter.enter('committing');
    await commit(input.state, journal, list);
  } finally {
    await journal.close();
  }
  await finishJob(input.state);
  return plan;
}

/** Plan without touching anything; also what a preview shows. */
export async function planBuild(
  input: Omit<ApplyInput, 'state' | 'pending' | 'packPath' | 'build' | 'keepReplaced' | 'kept'>,
  tree: SafeTree,
  staged: ReadonlyMap<number, ByteIntervals | 'complete'>,
): Promise<{ plan: Plan; patches: RemotePatch[] }> {
  const { next, installed } = input;
  input.meter.enter('planning');
  const isPreserved = compilePreserveRules(next.preserve);
  const patches = await openPatches(input);
  const plan = planRoute({
    installed,
    next,
    patches,
    staged,
    preserved: findPreserved(tree, next, isPreserved),
    isPreserved,
  });
  return { plan: input.remove ? plan : keepUnknown(plan, next, installed), patches };
}

/** Of an adopted folder's files only those go that lie where the build needs a folder. */
function keepUnknown(plan: Plan, next: Manifest, installed: InstalledTree | null): Plan {
  const folders = new Set(next.entries.flatMap(({ kind, path }) => (kind === 'directory' ? [path] : [])));
  const removals = plan.removals.filter((index) => {
    const entry = installed?.manifest.entries[index];
    return entry !== undefined && entry.kind !== 'directory' && folders.has(entry.path);
  });
  return { ...plan, removals, figures: { ...plan.figures, removedEntries: removals.length } };
}

async function openPatches(
  input: Pick<ApplyInput, 'installed' | 'next' | 'patches' | 'fetcher' | 'signal'>,
): Promise<RemotePatch[]> {
  const { installed, next, fetcher, signal } = input;
  if (installed === null) return [];
  const opened: RemotePatch[] = [];
  for (const object of input.patches) {
    try {
      opened.push(await openRemotePatch(fetcher, object, { next, installed }, signal));
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

function openJournal(input: ApplyInput, resumed: JournalContent | undefined): Promise<Journal> {
  const { journal } = input.state;
  if (resumed !== undefined) return Journal.resume(journal, resumed);
  return Journal.create(journal, { job: 'build', build: input.build, keepReplaced: input.keepReplaced });
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

/** What was kept for a rollback goes when the space is wanted; not when this is that rollback. */
async function makeSpace({ state, kept }: ApplyInput, neededBytes: number): Promise<void> {
  if (kept === undefined && neededBytes > (await measureFreeBytes(state.root))) await discardKept(state);
  await assertFreeSpace(state.root, neededBytes);
}

interface Staging {
  readonly plan: Plan;
  readonly patches: readonly RemotePatch[];
  readonly tree: SafeTree;
  readonly staging: StagingArea;
}

async function stageAll(input: ApplyInput, { plan, patches, tree, staging }: Staging): Promise<void> {
  const { next, installed, fetcher, packPath, meter, signal } = input;
  const oldFiles = new OldFiles(tree);
  const job: StagingJob = {
    next,
    installed,
    tree,
    staging,
    oldFiles,
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
      await stageSegments(job, remote, plan.segments, new Set(entriesOf('patch')));
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
