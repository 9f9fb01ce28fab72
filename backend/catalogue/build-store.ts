import { sql } from 'kysely';
import type { Build, Channel, Depot, PatchReference } from '../api/contract.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { objectPath } from '../delivery/object-path.ts';
import { mayInstall, mayReceive } from './player-access.ts';

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
      path: objectPath('manifest', row.manifestSha256),
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

/** A build the player may install, or undefined: what they may not see does not exist. */
export async function findInstallableBuild(
  database: Reader,
  accountId: string,
  buildId: number,
): Promise<(Build & { depotId: number }) | undefined> {
  const row = await selectBuilds(database)
    .where('builds.buildId', '=', buildId)
    .where(mayInstall(accountId))
    .where(mayReceive(accountId))
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
  return rows.map((row) => ({ ...row, path: objectPath('patch', row.sha256) }));
}

/** All patches between builds of a depot that the player may receive. */
export async function listReceivablePatches(
  database: Reader,
  accountId: string,
  depotId: number,
): Promise<PatchReference[]> {
  const receivable = database
    .selectFrom('builds')
    .innerJoin('depots', 'depots.depotId', 'builds.depotId')
    .innerJoin('games', 'games.gameId', 'depots.gameId')
    .select('builds.buildId')
    .where('builds.depotId', '=', depotId)
    .where(mayReceive(accountId));
  const rows = await database
    .selectFrom('patches')
    .select(['oldBuildId', 'newBuildId', 'sha256', 'sizeBytes'])
    .where('oldBuildId', 'in', receivable)
    .where('newBuildId', 'in', receivable)
    .execute();
  return rows.map((row) => ({ ...row, path: objectPath('patch', row.sha256) }));
}
