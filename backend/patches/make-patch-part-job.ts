import { createReadStream } from 'node:fs';
import path from 'node:path';
import { checkPatchPart, makePatchPart } from '../../patcher/delta/make/patch-parts.ts';
import { type PatchPlan, planPatch } from '../../patcher/delta/plan/plan-patch.ts';
import { computePlanDigest } from '../../patcher/delta/plan/plan-parts.ts';
import type { SegmentRange } from '../../patcher/delta/make/write-segments.ts';
import { hasCode } from '../../patcher/errors.ts';
import type { PatchPartsJob, RunningJob } from '../jobs/job-queue.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { patchJobErrors } from './errors.ts';
import { materialisePair, type PatchPair, type PatchServices, readPair, withScratch } from './patch-pair.ts';
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
  const plan = planAgain(pair, parts);
  const ranges = listRanges(parts);
  const range = ranges[row];
  if (range === undefined) throw new RangeError(`there is no part ${row} among ${ranges.length}`);
  const key = partKey(parts, range);
  if (!(await isStored(services.store, key, { plan, part: range, signal }))) {
    await makeAndStore(services, pair, { plan, part: range, key, signal });
  }
  const stored = await listStoredParts(services.store, parts);
  if (!ranges.every((each) => stored.has(partKey(parts, each)))) return;
  await services.jobs.enqueue('join-patch', parts, { key: `${parts.oldBuildId}-${parts.newBuildId}` });
}

/**
 * The plan that the other workers have as well.
 * @throws {AppError} `PATCH_PLAN_DIFFERS` when this program plans otherwise than the one that divided the patch.
 */
export function planAgain({ oldTree, newTree }: PatchPair, job: PatchPartsJob): PatchPlan {
  const plan = planPatch({ oldTree, newTree, segmentBytes: job.segmentBytes });
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

async function makeAndStore(
  services: PatchServices,
  pair: PatchPair,
  { plan, part, key, signal }: PlannedPart & { readonly key: string },
): Promise<void> {
  // Those of other parts as well: what containers hold in common is found over all changed files.
  const onlyNew = new Set(plan.newSpace.made.map(({ file }) => file.path));
  await withScratch(services, async (scratch) => {
    const roots = await materialisePair(services, pair, { folder: scratch, signal, onlyNew });
    const outPath = path.join(scratch, 'part');
    const { sha256 } = await makePatchPart({ ...roots, plan, part, outPath, signal });
    await services.store.write(key, createReadStream(outPath), { sha256 });
  });
}
