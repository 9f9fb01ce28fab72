import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PatchFile } from '../../patcher/delta/apply/open-patch.ts';
import { checkPatchPart, joinPatchParts, makePatchPart } from '../../patcher/delta/make/patch-parts.ts';
import type { PatchPlan } from '../../patcher/delta/plan/plan-patch.ts';
import type { SegmentRange } from '../../patcher/delta/make/write-segments.ts';
import { hasCode } from '../../patcher/errors.ts';
import type { PatchPartsJob, RunningJob } from '../jobs/job-queue.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { planAgain } from './make-patch-part-job.ts';
import { materialisePair, type PatchPair, type PatchServices, readPair, withScratch } from './patch-pair.ts';
import { publishPatch } from './publish-patch.ts';
import { deleteParts, listRanges, listStoredParts, partKey } from './stored-parts.ts';

/**
 * Join the parts of a patch, publish it, and delete them. Both builds are at hand for the proof, so a part that is
 * missing or damaged is made here. Doing it again changes nothing.
 * @throws {AppError} `PATCH_PLAN_DIFFERS`, `PATCH_PROOF_FAILED`, `PATCH_*`, `STORAGE_*`; the job is then tried again.
 */
export async function joinPatchJob(
  services: PatchServices,
  { data, signal }: RunningJob<'join-patch'>,
): Promise<void> {
  const pair = await readPair(services, data);
  const stored = await listStoredParts(services.store, data);
  // No part at all: another run of this job was here, and the patch was not worth publishing.
  if (pair !== undefined && stored.size > 0) {
    await withScratch(services, (scratch) =>
      joinAndPublish(services, pair, { data, stored, scratch, signal }),
    );
  }
  await deleteParts(services.store, data);
}

interface JoinRun {
  readonly data: PatchPartsJob;
  readonly stored: ReadonlySet<string>;
  readonly scratch: string;
  readonly signal: AbortSignal;
}

async function joinAndPublish(
  services: PatchServices,
  pair: PatchPair,
  { data, stored, scratch, signal }: JoinRun,
): Promise<void> {
  const roots = await materialisePair(services, pair, { folder: scratch, signal });
  const plan = await planAgain(pair, data, { newRoot: roots.newRoot, signal });
  const parts: string[] = [];
  for (const [row, part] of listRanges(data).entries()) {
    const outPath = path.join(scratch, `part-${row}`);
    const key = partKey(data, part);
    const fetched =
      stored.has(key) && (await fetchPart(services.store, key, { plan, part, outPath, signal }));
    if (!fetched) await makePatchPart({ ...roots, plan, part, outPath, signal });
    parts.push(outPath);
  }
  const patchPath = path.join(scratch, 'patch');
  const report = await joinPatchParts({ plan, parts, outPath: patchPath, signal });
  await publishPatch(services, { ...roots, pair, patchPath, report, scratch, signal });
}

interface PartFile {
  readonly plan: PatchPlan;
  readonly part: SegmentRange;
  readonly outPath: string;
  readonly signal: AbortSignal;
}

/** @returns false when what is stored is damaged. */
async function fetchPart(
  store: ObjectStore,
  key: string,
  { plan, part, outPath, signal }: PartFile,
): Promise<boolean> {
  await pipeline((await store.read(key)).stream, createWriteStream(outPath), { signal });
  try {
    await using source = await PatchFile.open(outPath);
    await checkPatchPart(source, { plan, part, name: key, signal });
    return true;
  } catch (error) {
    if (hasCode(error, 'PATCH_PART_INVALID')) return false;
    throw error;
  }
}
