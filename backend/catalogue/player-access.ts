import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';

function isMember(expression: ExpressionBuilder<Tables, 'games'>, accountId: string) {
  return expression.exists(
    expression
      .selectFrom('memberships')
      .select(sql<SqlBool>`true`.as('one'))
      .whereRef('memberships.organisationId', '=', 'games.organisationId')
      .where('memberships.accountId', '=', accountId),
  );
}

/** Players get builds that were put on a channel at some time; what was only uploaded is the organisation's alone. */
export function mayReceive(accountId: string) {
  return (expression: ExpressionBuilder<Tables, 'games' | 'builds'>) =>
    expression.or([
      expression.exists(
        expression
          .selectFrom('channelMoves')
          .select(sql<SqlBool>`true`.as('one'))
          .whereRef('channelMoves.newBuildId', '=', 'builds.buildId'),
      ),
      isMember(expression, accountId),
    ]);
}

/** The one rule of who may install a game: anybody if it is free, else the organisation's members and entitled players. */
export function mayInstall(accountId: string) {
  return (expression: ExpressionBuilder<Tables, 'games'>) =>
    expression.or([
      expression('games.access', '=', 'free'),
      expression.exists(
        expression
          .selectFrom('entitlements')
          .select(sql<SqlBool>`true`.as('one'))
          .whereRef('entitlements.gameId', '=', 'games.gameId')
          .where('entitlements.accountId', '=', accountId),
      ),
      isMember(expression, accountId),
    ]);
}

/** The games the player may install. */
export async function listInstallableGames(database: Database, accountId: string) {
  return database
    .selectFrom('games')
    .selectAll('games')
    .where(mayInstall(accountId))
    .orderBy('games.title')
    .orderBy('games.gameId')
    .execute();
}
