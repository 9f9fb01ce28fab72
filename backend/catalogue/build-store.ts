import { sql } from 'kysely';
import type { Build, Channel, Depot, PatchReference } from '../api/contract.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { mayInstall } from './player-access.ts';

/** Names of a depot's objects below its grant's base URL. */
export const objectPaths = {
  pack: (sha256: string) => `packs/${sha256}`,
  manifest: (sha256: string) => `manifests/${sha256}`,
  patch: (sha256: string) => `patches/${sha256}`,
} as const;

/** Where a depot's objects lie in the store, and below the CDN's root: the part a grant opens. */
export function depotPrefix(depot: { readonly gameId: string; readonly depot: Depot }): string {
  return `t/${depot.gameId}/${depot.depot}/`;
}

type Reader = Database | DatabaseTransaction;

function selectBuilds(database: Reader) {
  return database
    .selectFrom('builds')
    .innerJoin('depots', 'depots.depotId', 'builds.depotId')
    .innerJoin('games', 'games.gameId', 'depots.gameId')
    .selectAll('builds')
    .select(['depots.gameId', 'depots.depot'])
    .select((expression) =>
      expression
        .selectFrom('channels')
        .select(sql<string[]>`coalesce(array_agg(channel order by channel), '{}')`.as('names'))
        .whereRef('channels.buildId', '=', 'builds.buildId')
        .as('channels'),
    );
}

type BuildRow = Awaited<ReturnType<ReturnType<typeof selectBuilds>['executeTakeFirstOrThrow']>>;

function toBuild(row: BuildRow): Build {
  return {
    buildId: row.buildId,
    gameId: row.gameId,
    depot: row.depot,
    version: row.version,
    notes: row.notes,
    createdAt: row.createdAt.toISOString(),
    manifest: {
      sha256: row.manifestSha256,
      sizeBytes: row.manifestSizeBytes,
      path: objectPaths.manifest(row.manifestSha256),
    },
    sizeBytes: row.sizeBytes,
    files: row.files,
    downloadBytes: row.downloadBytes,
    channels: row.channels ?? [],
  };
}

/** A build of one game, or undefined. */
export async function findBuild(database: Reader, buildId: number): Promise<Build | undefined> {
  const row = await selectBuilds(database).where('builds.buildId', '=', buildId).executeTakeFirst();
  return row && toBuild(row);
}

/** A build the player may install, or undefined: what it may not see does not exist. */
export async function findInstallableBuild(
  database: Reader,
  accountId: string,
  buildId: number,
): Promise<(Build & { depotId: number }) | undefined> {
  const row = await selectBuilds(database)
    .where('builds.buildId', '=', buildId)
    .where(mayInstall(accountId))
    .executeTakeFirst();
  return row && { ...toBuild(row), depotId: row.depotId };
}

/** Newest first. */
export async function listBuilds(
  database: Reader,
  gameId: string,
  options: { readonly depot?: Depot | undefined; readonly limit: number },
): Promise<Build[]> {
  let query = selectBuilds(database).where('depots.gameId', '=', gameId);
  if (options.depot !== undefined) query = query.where('depots.depot', '=', options.depot);
  const rows = await query.orderBy('builds.buildId', 'desc').limit(options.limit).execute();
  return rows.map(toBuild);
}

/** The builds the channels of some games point to. */
export async function listChannels(database: Reader, gameIds: readonly string[]): Promise<Channel[]> {
  if (gameIds.length === 0) return [];
  const rows = await selectBuilds(database)
    .innerJoin('channels', 'channels.buildId', 'builds.buildId')
    .select(['channels.channel', 'channels.updatedAt'])
    .where('depots.gameId', 'in', gameIds)
    .orderBy('depots.gameId')
    .orderBy('depots.depot')
    .orderBy('channels.channel')
    .execute();
  return rows.map((row) => ({
    gameId: row.gameId,
    depot: row.depot,
    channel: row.channel,
    build: toBuild(row),
    updatedAt: row.updatedAt.toISOString(),
  }));
}

/** Patches towards the builds, from any old build or only from one. */
export async function listPatches(
  database: Reader,
  newBuildIds: readonly number[],
  oldBuildId?: number,
): Promise<PatchReference[]> {
  if (newBuildIds.length === 0) return [];
  let query = database
    .selectFrom('patches')
    .select(['oldBuildId', 'newBuildId', 'sha256', 'sizeBytes'])
    .where('newBuildId', 'in', newBuildIds);
  if (oldBuildId !== undefined) query = query.where('oldBuildId', '=', oldBuildId);
  const rows = await query.orderBy('newBuildId', 'desc').orderBy('oldBuildId', 'desc').execute();
  return rows.map((row) => ({ ...row, path: objectPaths.patch(row.sha256) }));
}
