import type { Depot, PushSession } from '../api/contract.ts';
import { findBuild } from '../catalogue/build-store.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import { pushErrors } from './errors.ts';

/** A push may pause this long, over a night and a slow line, before another account may push. */
export const PUSH_LIFETIME_MS = 24 * 3_600_000;

export interface NewPush {
  readonly gameId: string;
  readonly depot: Depot;
  readonly accountId: string;
  readonly version: string;
  readonly notes: string;
  readonly now: Date;
}

/**
 * Begin a push, or go on with the one the same account left open: its uploads are kept.
 * @returns the session's id.
 * @throws {AppError} `PUSH_DEPOT_BUSY`, `PUSH_BEING_VERIFIED`
 */
export async function beginPush(database: Database, push: NewPush): Promise<string> {
  return database.transaction().execute(async (transaction) => {
    const depotId = await ensureDepot(transaction, push.gameId, push.depot);
    const open = await readWriter(transaction, depotId);
    const settings = {
      version: push.version,
      notes: push.notes,
      expiresAt: new Date(push.now.getTime() + PUSH_LIFETIME_MS),
    };
    if (open !== undefined) {
      const place = { game: push.gameId, depot: push.depot };
      if (open.accountId === push.accountId) {
        if (open.state === 'verifying') throw pushErrors.error('PUSH_BEING_VERIFIED', place);
        await updateSession(transaction, open.pushSessionId, settings);
        return open.pushSessionId;
      }
      if (open.state === 'verifying' || open.expiresAt > push.now) {
        const since = open.createdAt.toISOString();
        throw pushErrors.error('PUSH_DEPOT_BUSY', { ...place, who: open.displayName, since });
      }
      await updateSession(transaction, open.pushSessionId, { state: 'expired' });
    }
    const { pushSessionId } = await transaction
      .insertInto('pushSessions')
      .values({
        ...settings,
        depotId,
        accountId: push.accountId,
        state: 'open',
        createdAt: push.now,
        manifestSha256: null,
        buildId: null,
        problem: null,
      })
      .returning('pushSessionId')
      .executeTakeFirstOrThrow();
    return pushSessionId;
  });
}

/** The depot's row, made at its first push and locked, so that pushes begin one after the other. */
async function ensureDepot(transaction: DatabaseTransaction, gameId: string, depot: Depot): Promise<number> {
  await transaction
    .insertInto('depots')
    .values({ gameId, depot })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { depotId } = await transaction
    .selectFrom('depots')
    .select('depotId')
    .where('gameId', '=', gameId)
    .where('depot', '=', depot)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return depotId;
}

async function readWriter(transaction: DatabaseTransaction, depotId: number) {
  return transaction
    .selectFrom('pushSessions')
    .innerJoin('accounts', 'accounts.accountId', 'pushSessions.accountId')
    .select(['pushSessionId', 'accounts.accountId', 'displayName', 'state', 'expiresAt'])
    .select('pushSessions.createdAt')
    .where('depotId', '=', depotId)
    .where('state', 'in', ['open', 'verifying'])
    .executeTakeFirst();
}

async function updateSession(
  transaction: DatabaseTransaction,
  pushSessionId: string,
  set: Partial<{ version: string; notes: string; expiresAt: Date; state: 'expired' }>,
): Promise<void> {
  await transaction.updateTable('pushSessions').set(set).where('pushSessionId', '=', pushSessionId).execute();
}

export type PushRow = Awaited<ReturnType<typeof readPush>>;

/** @throws {AppError} `NOT_FOUND` */
export async function readPush(database: Database | DatabaseTransaction, pushSessionId: string) {
  const push = await database
    .selectFrom('pushSessions')
    .innerJoin('depots', 'depots.depotId', 'pushSessions.depotId')
    .selectAll('pushSessions')
    .select(['depots.gameId', 'depots.depot'])
    .where('pushSessionId', '=', pushSessionId)
    .executeTakeFirst();
  if (push === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'push session' });
  return push;
}

/**
 * A push that takes uploads; each call prolongs it.
 * @throws {AppError} `NOT_FOUND`, `PUSH_NOT_OPEN`
 */
export async function touchOpenPush(database: Database, pushSessionId: string, now: Date): Promise<PushRow> {
  const push = await readPush(database, pushSessionId);
  const isExpired = push.state === 'open' && push.expiresAt <= now;
  if (push.state !== 'open' || isExpired) {
    throw pushErrors.error('PUSH_NOT_OPEN', { state: isExpired ? 'expired' : push.state });
  }
  const expiresAt = new Date(now.getTime() + PUSH_LIFETIME_MS);
  await database
    .updateTable('pushSessions')
    .set({ expiresAt })
    .where('pushSessionId', '=', pushSessionId)
    .where('state', '=', 'open')
    .execute();
  return { ...push, expiresAt };
}

/** A push as the API shows it. */
export async function readPushSession(
  database: Database,
  pushSessionId: string,
  now: Date,
): Promise<PushSession> {
  const push = await readPush(database, pushSessionId);
  const build = push.buildId === null ? undefined : await findBuild(database, push.buildId);
  const isExpired = push.state === 'open' && push.expiresAt <= now;
  return {
    pushSessionId,
    gameId: push.gameId,
    depot: push.depot,
    state: isExpired ? 'expired' : push.state,
    expiresAt: push.expiresAt.toISOString(),
    existing: push.existing,
    ...(build && { build }),
    ...(push.problem !== null && { problem: push.problem as Exclude<typeof push.problem, string> }),
    ...(push.state === 'verifying' && {
      verified: { packs: push.packsVerified, packsTotal: push.packsTotal },
    }),
  };
}
