import { rm } from 'node:fs/promises';
import { removeTree } from '../disk/remove-tree.ts';
import type { ByteIntervals } from '../../plan/byte-intervals.ts';
import type { LowSpaceBatch, LowSpacePlan } from '../../plan/low-space.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ApplyInput } from '../job/apply-input.ts';
import { finishIfFree } from '../clear-job.ts';
import { planCommit } from '../commit/commit-list.ts';
import { readInstalledBuild, readKeptManifest } from '../state/installed-build.ts';
import { Journal } from '../state/journal.ts';
import type { JournalContent, StagedFile } from '../state/journal-format.ts';
import { discardKept } from '../commit/kept-build.ts';
import { openPatches } from '../job/plan-build.ts';
import { totalsOf } from '../install-progress.ts';
import type { RemotePatch } from '../staging/remote-patch.ts';
import type { SafeTree } from '../disk/safe-tree.ts';
import { applyInSteps, oldTreeAt } from './apply-in-steps.ts';
import { readStepList, type StepList, writeStepList } from './step-list.ts';
import { inSlices } from '../../threads/slices.ts';

/** What is known when steps begin. */
interface StepsWork {
  readonly plan: Plan;
  readonly lowSpace: LowSpacePlan;
  readonly patches: readonly RemotePatch[];
  readonly tree: SafeTree;
  readonly staged: Map<number, ByteIntervals | 'complete'>;
  readonly stagedFiles: ReadonlyMap<number, StagedFile>;
}

/** Write the steps of a low-space update down, then take them. */
export async function beginSteps(
  input: ApplyInput,
  journal: Journal,
  { plan, patches, tree, lowSpace, ...work }: StepsWork,
): Promise<void> {
  const { state, next, installed, build } = input;
  if (installed === null) throw new Error('steps replace files of an old build');
  const old = await readInstalledBuild(state);
  // Refuses what cannot be committed in the end, before the first file is replaced.
  const { removeFolders } = await inSlices(
    planCommit({ plan, next, installed, build, replaces: old ?? null, tree }),
  );
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
  await removeTree(state.retained);
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
  input.meter.setTotals(totalsOf(list.figures));
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
    'state' | 'build' | 'next' | 'patches' | 'threads' | 'fetcher' | 'meter' | 'signal' | 'onPlan'
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
