import path from 'node:path';
import type { Manifest } from '../../formats/manifest.ts';
import type { ByteIntervals } from '../../plan/byte-intervals.ts';
import { ChunkSeeds } from '../../plan/chunk-seeds.ts';
import { type InstalledTree, intactTree } from '../../plan/installed-tree.ts';
import { PlacedChunks } from '../../plan/placed-chunks.ts';
import type { Plan } from '../../plan/plan.ts';
import { planRouteInSlices } from '../../plan/plan-route.ts';
import type { ApplyInput } from '../job/apply-input.ts';
import { planCommit } from '../commit/commit-list.ts';
import { readInstalledRecord, writeInstalledBuild } from '../state/installed-build.ts';
import type { Journal } from '../state/journal.ts';
import type { BatchState, StagedFile } from '../state/journal-format.ts';
import { findPreserved, lookAtTree, lookIfSafe } from '../verify/look-at-tree.ts';
import { OldFiles } from '../staging/old-files.ts';
import { compilePreserveRules } from '../../paths/preserve-rules.ts';
import { commit } from '../recover.ts';
import type { RemotePatch } from '../staging/remote-patch.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import { stageChunks } from '../staging/stage-chunks.ts';
import { stageSegments } from '../staging/stage-segments.ts';
import type { StagingJob } from '../staging/staging-job.ts';
import { StagedFolders } from '../staging/staged-folders.ts';
import { StagingArea } from '../staging/staging-area.ts';
import { OldTree } from '../staging/old-tree.ts';
import { WayMaker } from './make-way.ts';
import { placeBatch } from './place-batch.ts';
import { retainedSlots, type StepList } from './step-list.ts';
import { inSlices } from '../../threads/slices.ts';

/** An update whose steps are written down, at any of them. */
export interface StepsInput
  extends Pick<ApplyInput, 'state' | 'build' | 'next' | 'threads' | 'fetcher' | 'meter' | 'signal'> {
  readonly list: StepList;
  readonly at: BatchState;
  /** The old build, as far as its files are still there. */
  readonly installed: InstalledTree;
  /** The patch the steps name; undefined to do without. */
  readonly remote: RemotePatch | undefined;
  readonly journal: Journal;
  readonly staged: Map<number, ByteIntervals | 'complete'>;
  readonly stagedFiles: ReadonlyMap<number, StagedFile>;
}

/**
 * Take the steps of a low-space update from where it is, then commit. From the first file put in place until the
 * end the install is neither build, its record says so, and the same update resumes to the new one: no step
 * destroys what a later one reads, so nothing that was made has to be made again.
 */
export async function applyInSteps(input: StepsInput): Promise<void> {
  const { state, next, list, at, journal } = input;
  const tree = new SafeTree(state.root);
  const way = new WayMaker({ state, tree, next, installed: input.installed });
  const place = { state, tree, next, list, journal, way };
  // What a stopped call had whole in staging and was putting in place comes before a look at what is staged.
  const isPlacing = at.phase === 'clearing' || at.phase === 'placing';
  if (isPlacing) await placeBatch(place, at.index, at.phase);
  const first = isPlacing || at.phase === 'placed' ? at.index + 1 : at.index;
  const placed = await placedBefore(input, first);
  const staging = new StagingArea({
    folders: new StagedFolders(state.staging, next, []),
    next,
    journal,
    staged: input.staged,
    stagedFiles: input.stagedFiles,
    onWritten: (bytes) => input.meter.written(bytes),
    threads: input.threads,
  });
  try {
    for (let index = first; index < list.batches.length; index++) {
      input.signal?.throwIfAborted();
      await stageBatch(input, { index, tree, staging, placed, way });
      await markMixed(input, way);
      await placeBatch(place, index, 'staging');
      const { entries = [] } = list.batches[index] ?? {};
      staging.tookAway(entries);
      for (const entry of entries) placed.add(entry);
    }
    await finish(input, { tree, staging, placed }, way);
  } finally {
    await staging.close();
  }
}

/** Files of the new build that are in place: those that never changed, and those of the batches before this. */
async function placedBefore({ next, list, installed }: StepsInput, batch: number): Promise<PlacedChunks> {
  const placed = new PlacedChunks(next, await inSlices(ChunkSeeds.of(installed)));
  const batchOf = new Map(
    list.batches.flatMap(({ entries }, index) => entries.map((entry) => [entry, index])),
  );
  const oldContent = new Map(
    installed.manifest.entries.map((entry, index) => [
      entry.path,
      entry.kind === 'file' && installed.states[index] === 'present' ? entry.sha256 : undefined,
    ]),
  );
  next.entries.forEach((entry, index) => {
    if (entry.kind !== 'file') return;
    const made = batchOf.get(index);
    if (made === undefined ? oldContent.get(entry.path) === entry.sha256 : made < batch) placed.add(index);
  });
  return placed;
}

interface StepsState {
  readonly tree: SafeTree;
  readonly staging: StagingArea;
  readonly placed: PlacedChunks;
}

async function stageBatch(
  input: StepsInput,
  { index, tree, staging, placed, way }: StepsState & { readonly index: number; readonly way: WayMaker },
): Promise<void> {
  const { list, meter, remote } = input;
  const batch = list.batches[index];
  if (batch === undefined) return;
  const elsewhere = new Map([...madeWay(input, tree, way), ...retainedAt(input, index)]);
  const oldTree = new OldTree(tree.root, elsewhere);
  const files = { oldFiles: new OldFiles(oldTree), placedFiles: new OldFiles(tree) };
  const job = stagingJob(input, { tree: oldTree, staging, seeds: placed, ...files });
  try {
    if (remote !== undefined && batch.segments.length > 0) {
      meter.enter('patching');
      await stageSegments(job, remote, { segments: batch.segments, entries: new Set(list.patched) });
    }
    meter.enter('downloading');
    await stageChunks(job, batch.entries);
  } finally {
    // An open file would keep its space after it was removed, and on some systems its name.
    files.oldFiles.close();
    files.placedFiles.close();
  }
}

function stagingJob(
  { state, next, installed, threads, fetcher, meter, signal }: StepsInput,
  more: Pick<StagingJob, 'tree' | 'staging' | 'seeds' | 'oldFiles' | 'placedFiles'>,
): StagingJob {
  const { between } = state;
  return { next, installed, between, threads, fetcher, meter, signal, ...more };
}

/** Old files that are out of the tree while a batch is made, and where. */
function retainedAt({ state, list }: Pick<StepsInput, 'state' | 'list'>, index: number): Map<string, string> {
  const slots = retainedSlots(list);
  const retained = new Map<string, string>();
  for (const batch of list.batches.slice(0, index)) {
    for (const treePath of batch.retain)
      retained.set(treePath, path.join(state.retained, slots.get(treePath) ?? ''));
    for (const treePath of batch.release) retained.delete(treePath);
  }
  return retained;
}

/** Old files of folders that made way, and where: in an adopted folder nothing says whose they are, so all of it does. */
function madeWay({ installed }: StepsInput, tree: SafeTree, way: WayMaker): [string, string][] {
  return installed.manifest.entries.flatMap(({ kind, path: treePath }): [string, string][] => {
    const at = kind === 'file' ? way.placeOf(treePath) : treePath;
    // What made way may have been a file where the old build had a folder.
    const isThere = at !== treePath && lookIfSafe(tree, at)?.isFile() === true;
    return isThere ? [[treePath, tree.resolve(at)]] : [];
  });
}

/** Before the first file is replaced: who finds the install now must not take it for the old build. */
async function markMixed({ state, build }: StepsInput, way: WayMaker): Promise<void> {
  const record = await readInstalledRecord(state);
  if (record === undefined || record.mixedWith === build.manifestSha256) return;
  await way.freeOldFolders();
  await writeInstalledBuild(state, record.build, { mixedWith: build.manifestSha256 });
}

/** All changed files are in place: links, folders, modes and the switch, by an ordinary commit. */
async function finish(
  input: StepsInput,
  { tree, staging, placed }: StepsState,
  way: WayMaker,
): Promise<void> {
  const { state, next, build, list, journal, meter } = input;
  meter.enter('verifying');
  await way.makeWayForFolders();
  const seen = await inSlices(lookAtTree(tree, next));
  const isPreserved = compilePreserveRules(next.preserve);
  const preserved = await inSlices(findPreserved(tree, next, isPreserved));
  const plan = await planRouteInSlices({
    installed: seen,
    next,
    patches: [],
    staged: staging.staged,
    preserved,
    isPreserved,
  });
  await stageRest(input, plan, { tree, staging, placed });
  await journal.state('staged');
  for (const { kind, entry } of plan.operations)
    if (kind === 'link') await way.makeWay(next.entries[entry]?.path ?? '');
  const replaces = list.old ?? null;
  const steps = await inSlices(planCommit({ plan, next, installed: seen, build, replaces, tree }));
  await journal.state('verified');
  meter.enter('committing');
  const emptied = new Set(steps.removeFolders.map(({ path: at }) => at));
  // Where one was there may be a file of the new build by now.
  const isLeft = (at: string) => !emptied.has(at) && lookIfSafe(tree, at)?.isDirectory() === true;
  const old = list.removeFolders.filter(({ path: at }) => isLeft(at));
  await commit(state, journal, { ...steps, removeFolders: [...steps.removeFolders, ...old] });
}

/** Links, and files that somebody took away meanwhile. */
async function stageRest(
  input: StepsInput,
  plan: Plan,
  { tree, staging, placed }: StepsState,
): Promise<void> {
  const files = { oldFiles: new OldFiles(tree), placedFiles: new OldFiles(tree) };
  try {
    const missing = plan.operations.filter(({ kind }) => kind === 'chunks' || kind === 'copy');
    const job = stagingJob(input, { tree, staging, seeds: placed, ...files });
    if (missing.length > 0)
      await stageChunks(
        job,
        missing.map(({ entry }) => entry),
      );
    for (const { kind, entry } of plan.operations) {
      const link = input.next.entries[entry];
      if (kind === 'link' && link?.kind === 'link') await staging.stageLink(entry, link.target);
    }
  } finally {
    files.oldFiles.close();
    files.placedFiles.close();
  }
}

/**
 * The old build while its files go.
 * @param done Batches that are in place.
 */
export function oldTreeAt(manifest: Manifest, next: Manifest, list: StepList, done: number): InstalledTree {
  const gone = new Set<string>();
  const retained = new Set<string>();
  for (const batch of list.batches.slice(0, done)) {
    for (const treePath of batch.retain) retained.add(treePath);
    for (const treePath of batch.release) retained.delete(treePath);
    for (const treePath of [...batch.clear, ...batch.remove]) gone.add(treePath);
    for (const entry of batch.entries) gone.add(next.entries[entry]?.path ?? '');
  }
  const isThere = (treePath: string) => retained.has(treePath) || !gone.has(treePath);
  return {
    ...intactTree(manifest),
    states: manifest.entries.map(({ path: treePath }) => (isThere(treePath) ? 'present' : 'absent')),
  };
}
