import { createReadStream } from 'node:fs';
import path from 'node:path';
import { checkPatchPart, makePatchPart } from '../../patcher/delta/make/patch-parts.ts';
import type { RepeatSources } from '../../patcher/delta/plan/find-repeats.ts';
import { planFromFiles } from '../../patcher/delta/plan/plan-from-files.ts';
import { type PatchPlan, planPatch } from '../../patcher/delta/plan/plan-patch.ts';
import { computePlanDigest } from '../../patcher/delta/plan/plan-parts.ts';
import type { SegmentRange } from '../../patcher/delta/make/write-segments.ts';
import { hasCode } from '../../patcher/errors.ts';
import type { PatchPartsJob, RunningJob } from '../jobs/job-queue.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { patchJobErrors } from './errors.ts';
import {
  listMadeFiles,
  materialisePair,
  type PatchPair,
  type PatchServices,
  readPair,
  withScratch,
} from './patch-pair.ts';
import { listRanges, listStoredParts, openStoredPart, partKey } from './stored-parts.ts';

/**
 * Make one part of a large patch, unless it is stored already; whoever stores the last one asks for them to be joined.
 * Doing it again changes nothing.
 * @throws {AppError} `PATCH_PLAN_DIFFERS`, `PATCH_*`, `STORAGE_*`; the job is then tried again.
 */
export async function makePatchPartJob(
  services: PatchServices,
  { data, signal }: RunningJob<'make-patch-part'>,
): Promise<void> {
  const { part: row, ...parts } = data;
  const pair = await readPair(services, parts);
  if (pair === undefined) return;
  const ranges = listRanges(parts);
  const range = ranges[row];
  if (range === undefined) throw new RangeError(`there is no part ${row} among ${ranges.length}`);
  await makeUnlessStored(services, pair, { job: parts, part: range, signal });
  const stored = await listStoredParts(services.store, parts);
  if (!ranges.every((each) => stored.has(partKey(parts, each)))) return;
  await services.jobs.enqueue('join-patch', parts, { key: `${parts.oldBuildId}-${parts.newBuildId}` });
}

interface PartRun {
  readonly job: PatchPartsJob;
  readonly part: SegmentRange;
  readonly signal: AbortSignal;
}

async function makeUnlessStored(
  services: PatchServices,
  pair: PatchPair,
  { job, part, signal }: PartRun,
): Promise<void> {
  const { store } = services;
  const { oldTree, newTree } = pair;
  // Those of other parts as well: what is repeated, and what containers hold in common, is found over all changed files.
  const onlyNew = listMadeFiles(planPatch({ oldTree, newTree, segmentBytes: job.segmentBytes }));
  await withScratch(services, async (scratch) => {
    const roots = await materialisePair(services, pair, { folder: scratch, signal, onlyNew });
    const plan = await planAgain(pair, job, { newRoot: roots.newRoot, signal });
    const key = partKey(job, part);
    if (await isStored(store, key, { plan, part, signal })) return;
    const outPath = path.join(scratch, 'part');
    const { sha256 } = await makePatchPart({ ...roots, plan, part, outPath, signal });
    await store.write(key, createReadStream(outPath), { sha256 });
  });
}

/**
 * The plan that the other workers have as well.
 * @param files `newRoot` has at least the new files of which anything is made.
 * @throws {AppError} `PATCH_PLAN_DIFFERS` when this program plans otherwise than the one that divided the patch; as
 *   `planFromFiles` does.
 */
export async function planAgain(
  { oldTree, newTree }: PatchPair,
  job: PatchPartsJob,
  files: Pick<RepeatSources, 'newRoot' | 'signal'>,
): Promise<PatchPlan> {
  const plan = await planFromFiles({ oldTree, newTree, segmentBytes: job.segmentBytes, ...files });
  const { oldBuildId, newBuildId } = job;
  if (computePlanDigest(plan) !== job.planDigest) {
    throw patchJobErrors.error('PATCH_PLAN_DIFFERS', { oldBuildId, newBuildId });
  }
  return plan;
}

interface PlannedPart {
  readonly plan: PatchPlan;
  readonly part: SegmentRange;
  readonly signal: AbortSignal;
}

/** Whether a part is stored whole and as planned; a damaged one counts as missing. */
async function isStored(
  store: ObjectStore,
  key: string,
  { plan, part, signal }: PlannedPart,
): Promise<boolean> {
  const source = await openStoredPart(store, key);
  if (source === undefined) return false;
  try {
    await checkPatchPart(source, { plan, part, name: key, signal });
    return true;
  } catch (error) {
    if (hasCode(error, 'PATCH_PART_INVALID')) return false;
    throw error;
  }
}
