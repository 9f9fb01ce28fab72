import path from 'node:path';
import { makePatch } from '../../patcher/delta/make/make-patch.ts';
import { planFromFiles } from '../../patcher/delta/plan/plan-from-files.ts';
import { planPatch } from '../../patcher/delta/plan/plan-patch.ts';
import { computePlanDigest, planParts } from '../../patcher/delta/plan/plan-parts.ts';
import type { PatchPartsJob, RunningJob } from '../jobs/job-queue.ts';
import {
  listMadeFiles,
  materialiseNew,
  materialisePair,
  type PatchPair,
  type PatchServices,
  readPair,
  withScratch,
} from './patch-pair.ts';
import { publishPatch } from './publish-patch.ts';

/**
 * Make the patch from one build to another and publish it; a large one is left to jobs for its parts, which the two
 * builds alone decide. Doing it again changes nothing.
 * @throws {AppError} `PATCH_PROOF_FAILED`, `PATCH_*`, `STORAGE_*`; the job is then tried again.
 */
export async function makePatchJob(services: PatchServices, job: RunningJob<'make-patch'>): Promise<void> {
  const pair = await readPair(services, job.data);
  if (pair === undefined) return;
  const parts = await divide(services, pair, job.signal);
  if (parts === undefined) await makeWhole(services, pair, job.signal);
  else await enqueueParts(services, parts);
}

/** @returns undefined when one job is enough. */
async function divide(
  services: PatchServices,
  pair: PatchPair,
  signal: AbortSignal,
): Promise<PatchPartsJob | undefined> {
  const { patchShape } = services;
  const { ids, oldTree, newTree } = pair;
  const { segmentBytes } = patchShape;
  const known = planPatch({ oldTree, newTree, segmentBytes });
  if (planParts(known, patchShape).length <= 1) return undefined;
  const plan = await withScratch(services, async (folder) => {
    const newRoot = await materialiseNew(services, pair, { folder, signal, onlyNew: listMadeFiles(known) });
    return await planFromFiles({ oldTree, newTree, segmentBytes, newRoot, signal });
  });
  const parts = planParts(plan, patchShape);
  if (parts.length <= 1) return undefined;
  const ends = parts.map(({ end }) => end);
  return { ...ids, segmentBytes, planDigest: computePlanDigest(plan), ends };
}

async function makeWhole(services: PatchServices, pair: PatchPair, signal: AbortSignal): Promise<void> {
  await withScratch(services, async (scratch) => {
    const roots = await materialisePair(services, pair, { folder: scratch, signal });
    const patchPath = path.join(scratch, 'patch');
    const { oldTree, newTree } = pair;
    const { segmentBytes } = services.patchShape;
    const report = await makePatch({ ...roots, oldTree, newTree, segmentBytes, outPath: patchPath, signal });
    await publishPatch(services, { ...roots, pair, patchPath, report, scratch, signal });
  });
}

/** All or none, so that a retry finds no half of them. */
async function enqueueParts({ database, jobs }: PatchServices, parts: PatchPartsJob): Promise<void> {
  const { oldBuildId, newBuildId, ends } = parts;
  await database.transaction().execute(async (transaction) => {
    for (const part of ends.keys()) {
      const key = `${oldBuildId}-${newBuildId}-${part}`;
      await jobs.enqueue('make-patch-part', { ...parts, part }, { transaction, key });
    }
  });
}
