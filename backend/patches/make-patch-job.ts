import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { applyPatchToFolder } from '../../patcher/delta/apply-patch.ts';
import { makePatch, type PatchReport } from '../../patcher/delta/make-patch.ts';
import { openPatch, PatchFile } from '../../patcher/delta/open-patch.ts';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import { Sha256Index } from '../../patcher/formats/sha256-index.ts';
import type { Depot } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import { objectKey } from '../delivery/object-path.ts';
import type { RunningJob } from '../jobs/job-queue.ts';
import { materialiseBuild, readBuildManifest } from '../push/materialise-build.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { verifyTree } from './verify-tree.ts';

export interface PatchServices {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Holds both builds and the trial's result while a patch is made: about three times a build. */
  readonly scratchFolder: string;
}

interface PatchBuild {
  readonly buildId: number;
  readonly gameId: string;
  readonly depot: Depot;
  readonly manifestSha256: string;
}

interface Trees {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly old: Manifest;
  readonly new: Manifest;
}

/**
 * Make the patch from one build to another and publish it, once it was applied to the real old build in a scratch
 * folder and gave the new build to the last byte. Doing it again changes nothing.
 * @throws {AppError} `PATCH_PROOF_FAILED`, `PATCH_*`, `STORAGE_*`; the job is then tried again.
 */
export async function makePatchJob(services: PatchServices, job: RunningJob<'make-patch'>): Promise<void> {
  const { oldBuildId, newBuildId } = job.data;
  const pair = await readPair(services.database, oldBuildId, newBuildId);
  if (pair === undefined) return;
  const scratch = path.join(services.scratchFolder, randomUUID());
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const trees = await materialisePair(services, pair, scratch, job.signal);
    const outPath = path.join(scratch, 'patch');
    const report = await makePatch({
      oldRoot: trees.oldRoot,
      oldTree: trees.old,
      newRoot: trees.newRoot,
      newTree: trees.new,
      outPath,
      signal: job.signal,
    });
    // Where chunks alone are as small, a patch only costs storage.
    if (report.sizeBytes >= chunkRouteBytes(trees.old, trees.new)) return;
    await prove(trees, outPath, path.join(scratch, 'trial'), job.signal);
    await publish(services, pair.new, { oldBuildId, newBuildId }, outPath, report);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @returns undefined when there is nothing to do: the patch exists, or the builds are not of one depot. */
async function readPair(
  database: Database,
  oldBuildId: number,
  newBuildId: number,
): Promise<{ old: PatchBuild; new: PatchBuild } | undefined> {
  const made = await database
    .selectFrom('patches')
    .select('sha256')
    .where('oldBuildId', '=', oldBuildId)
    .where('newBuildId', '=', newBuildId)
    .executeTakeFirst();
  if (made !== undefined) return undefined;
  const builds = await database
    .selectFrom('builds')
    .innerJoin('depots', 'depots.depotId', 'builds.depotId')
    .select(['buildId', 'gameId', 'depot', 'manifestSha256'])
    .where('buildId', 'in', [oldBuildId, newBuildId])
    .execute();
  const old = builds.find((build) => build.buildId === oldBuildId);
  const next = builds.find((build) => build.buildId === newBuildId);
  if (!old || !next || old.gameId !== next.gameId || old.depot !== next.depot) return undefined;
  return { old, new: next };
}

async function materialisePair(
  { store }: PatchServices,
  pair: { readonly old: PatchBuild; readonly new: PatchBuild },
  scratch: string,
  signal: AbortSignal,
): Promise<Trees> {
  const materialise = async (build: PatchBuild, root: string) => {
    const manifest = await readBuildManifest(store, build, build.manifestSha256);
    await materialiseBuild({ store, depot: build, manifest, root, signal });
    return manifest;
  };
  const oldRoot = path.join(scratch, 'old');
  const newRoot = path.join(scratch, 'new');
  return {
    oldRoot,
    newRoot,
    old: await materialise(pair.old, oldRoot),
    new: await materialise(pair.new, newRoot),
  };
}

/** What the update would download without a patch. */
function chunkRouteBytes(old: Manifest, next: Manifest): number {
  const known = Sha256Index.of(old.chunks.sha256);
  let bytes = 0;
  for (let row = 0; row < next.chunks.count; row += 1) {
    const isKnown = known.find(sha256BytesAt(next.chunks.sha256, row)) >= 0;
    if (!isKnown) bytes += next.chunks.packedBytes[row] as number;
  }
  return bytes;
}

async function prove(trees: Trees, patchPath: string, outRoot: string, signal: AbortSignal): Promise<void> {
  await using source = await PatchFile.open(patchPath);
  const patch = await openPatch(source, signal);
  await applyPatchToFolder({ patch, oldRoot: trees.oldRoot, outRoot, signal });
  await verifyTree(outRoot, trees.new, signal);
}

async function publish(
  { database, store }: PatchServices,
  build: PatchBuild,
  pair: { readonly oldBuildId: number; readonly newBuildId: number },
  patchPath: string,
  { sha256, sizeBytes }: PatchReport,
): Promise<void> {
  await store.write(objectKey(build, 'patch', sha256), createReadStream(patchPath), {
    sha256,
    contentType: 'application/octet-stream',
    cacheControl: 'public, max-age=31536000, immutable',
  });
  await database
    .insertInto('patches')
    .values({ ...pair, sha256, sizeBytes })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
