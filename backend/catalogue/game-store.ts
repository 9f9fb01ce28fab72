import type { Selectable } from 'kysely';
import type { Game, GameProfile } from '../api/contract.ts';
import { type Database, isUniqueViolation } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { CatalogueTables } from './catalogue-tables.ts';

export type GameRow = Selectable<CatalogueTables['games']>;

/** @throws {AppError} `NAME_TAKEN`: game ids are one namespace, since they are part of CDN addresses. */
export async function insertGame(
  database: Database,
  organisationId: string,
  game: GameProfile & { readonly gameId: string },
): Promise<Game> {
  try {
    await database
      .insertInto('games')
      .values({ ...game, organisationId })
      .execute();
  } catch (error) {
    if (isUniqueViolation(error))
      throw serviceErrors.error('NAME_TAKEN', { what: 'game', name: game.gameId });
    throw error;
  }
  return readGame(database, organisationId, game.gameId);
}

export async function updateGame(
  database: Database,
  organisationId: string,
  gameId: string,
  profile: GameProfile,
): Promise<Game> {
  await database
    .updateTable('games')
    .set(profile)
    .where('gameId', '=', gameId)
    .where('organisationId', '=', organisationId)
    .execute();
  return readGame(database, organisationId, gameId);
}

/** @throws {AppError} `NOT_FOUND` */
export async function readGame(database: Database, organisationId: string, gameId: string): Promise<Game> {
  const row = await database
    .selectFrom('games')
    .selectAll()
    .where('gameId', '=', gameId)
    .where('organisationId', '=', organisationId)
    .executeTakeFirst();
  const [game] = await toGames(database, row ? [row] : []);
  if (game === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'game' });
  return game;
}

/** The games of every organisation the account is a member of. */
export async function listMemberGames(database: Database, accountId: string): Promise<Game[]> {
  const rows = await database
    .selectFrom('games')
    .innerJoin('memberships', 'memberships.organisationId', 'games.organisationId')
    .where('memberships.accountId', '=', accountId)
    .selectAll('games')
    .orderBy('games.gameId')
    .execute();
  return toGames(database, rows);
}

/** Adds the pictures' paths; one query for any number of games. */
export async function toGames(database: Database, rows: readonly GameRow[]): Promise<Game[]> {
  if (rows.length === 0) return [];
  const pictures = await database
    .selectFrom('art')
    .select(['gameId', 'kind', 'sha256'])
    .where(
      'gameId',
      'in',
      rows.map((row) => row.gameId),
    )
    .execute();
  return rows.map(({ createdAt: _unused, ...row }) => ({
    ...row,
    // The hash makes the address change with the picture, so that it can be cached.
    art: Object.fromEntries(
      pictures
        .filter((picture) => picture.gameId === row.gameId)
        .map(({ kind, sha256 }) => [kind, `/v1/games/${row.gameId}/art/${kind}?v=${sha256.slice(0, 16)}`]),
    ),
  }));
}
