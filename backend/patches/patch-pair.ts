import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PatchPlan } from '../../patcher/delta/plan/plan-patch.ts';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import type { Depot } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { materialiseBuild, readBuildManifest } from '../push/materialise-build.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** How a patch is divided among jobs. */
export interface PatchShape {
  /** A patch of more segments is made in parts; see `planParts`. */
  readonly segmentsPerPart: number;
  /** See `PatchPlanOptions`. */
  readonly segmentBytes?: number | undefined;
}

export interface PatchServices {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly jobs: Pick<JobQueue, 'enqueue'>;
  readonly patchShape: PatchShape;
  /** Holds both builds and the trial's result while a patch is made: about three times a build. */
  readonly scratchFolder: string;
}

/** Names what a patch is for. */
export interface PairIds {
  readonly oldBuildId: number;
  readonly newBuildId: number;
}

export interface PatchBuild {
  readonly buildId: number;
  readonly gameId: string;
  readonly depot: Depot;
  readonly manifestSha256: string;
}

/** Two builds of one depot between which there is no patch yet. */
export interface PatchPair {
  readonly ids: PairIds;
  readonly old: PatchBuild;
  readonly new: PatchBuild;
  readonly oldTree: Manifest;
  readonly newTree: Manifest;
}

/** Whether the patch between two builds was published. */
export async function isPatched(database: Database, { oldBuildId, newBuildId }: PairIds): Promise<boolean> {
  const made = await database
    .selectFrom('patches')
    .select('sha256')
    .where('oldBuildId', '=', oldBuildId)
    .where('newBuildId', '=', newBuildId)
    .executeTakeFirst();
  return made !== undefined;
}

/**
 * @returns undefined when there is nothing to do: the patch exists, or the builds are not of one depot.
 * @throws {AppError} `STORAGE_*`, `PUSH_MANIFEST_LOST`.
 */
export async function readPair(
  { database, store }: Pick<PatchServices, 'database' | 'store'>,
  ids: PairIds,
): Promise<PatchPair | undefined> {
  if (await isPatched(database, ids)) return undefined;
  const { oldBuildId, newBuildId } = ids;
  const builds = await database
    .selectFrom('builds')
    .innerJoin('depots', 'depots.depotId', 'builds.depotId')
    .select(['buildId', 'gameId', 'depot', 'manifestSha256'])
    .where('buildId', 'in', [oldBuildId, newBuildId])
    .execute();
  const old = builds.find((build) => build.buildId === oldBuildId);
  const next = builds.find((build) => build.buildId === newBuildId);
  if (!old || !next || old.gameId !== next.gameId || old.depot !== next.depot) return undefined;
  return {
    ids: { oldBuildId, newBuildId },
    old,
    new: next,
    oldTree: await readBuildManifest(store, old, old.manifestSha256),
    newTree: await readBuildManifest(store, next, next.manifestSha256),
  };
}

/** Folders that hold a pair's builds. */
export interface PairRoots {
  readonly oldRoot: string;
  readonly newRoot: string;
}

export interface MaterialiseOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** The new files that are needed, when not all are. */
  readonly onlyNew?: ReadonlySet<string> | undefined;
}

/**
 * Write both builds into a folder.
 * @throws {AppError} As `materialiseBuild` does.
 */
export async function materialisePair(
  services: Pick<PatchServices, 'store'>,
  pair: PatchPair,
  options: MaterialiseOptions,
): Promise<PairRoots> {
  const { folder, signal } = options;
  const oldRoot = path.join(folder, 'old');
  const { store } = services;
  await materialiseBuild({ store, depot: pair.old, manifest: pair.oldTree, root: oldRoot, signal });
  return { oldRoot, newRoot: await materialiseNew(services, pair, options) };
}

/**
 * Write the new build alone into a folder.
 * @returns Where it is.
 * @throws {AppError} As `materialiseBuild` does.
 */
export async function materialiseNew(
  { store }: Pick<PatchServices, 'store'>,
  pair: PatchPair,
  { folder, signal, onlyNew }: MaterialiseOptions,
): Promise<string> {
  const root = path.join(folder, 'new');
  await materialiseBuild({
    store,
    depot: pair.new,
    manifest: pair.newTree,
    root,
    signal,
    only: onlyNew,
  });
  return root;
}

/** The new files of which anything is made. */
export function listMadeFiles({ newSpace }: PatchPlan): Set<string> {
  return new Set(newSpace.made.map(({ file }) => file.path));
}

/** Run with a folder of its own, which is gone afterwards. */
export async function withScratch<Value>(
  { scratchFolder }: Pick<PatchServices, 'scratchFolder'>,
  run: (folder: string) => Promise<Value>,
): Promise<Value> {
  const folder = path.join(scratchFolder, randomUUID());
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
