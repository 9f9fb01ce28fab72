import { createHash } from 'node:crypto';
import { serviceErrors } from '../errors.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import type { Generated } from 'kysely';

export interface IdempotencyTables {
  idempotencyKeys: {
    accountId: string;
    key: string;
    requestHash: Buffer;
    /** JSON text of what the first request was answered; null where it has no body. */
    response: string | null;
    createdAt: Generated<Date>;
  };
}

export interface IdempotentRequest {
  readonly accountId: string;
  readonly key: string;
  /** The route's name: one key used on two routes is two different requests. */
  readonly route: string;
  /** Everything of the request that decides its effect. */
  readonly body: unknown;
}

/**
 * Do something once per account and key, however often and however concurrently it is asked for.
 * The key's row, the effect and the answer commit together, so a crash leaves all or nothing.
 * @param work Runs inside the transaction; its result must be JSON or undefined.
 * @throws {AppError} `IDEMPOTENCY_KEY_REUSED` when the key came with another request before.
 */
export async function runOnce<T>(
  database: Database,
  request: IdempotentRequest,
  work: (transaction: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  const requestHash = createHash('sha256')
    .update(JSON.stringify([request.route, request.body]))
    .digest();
  return database.transaction().execute(async (transaction) => {
    // A concurrent duplicate waits here until the first one commits or rolls back.
    const inserted = await transaction
      .insertInto('idempotencyKeys')
      .values({ accountId: request.accountId, key: request.key, requestHash, response: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 0n) {
      return (await readAnswer(transaction, request, requestHash)) as T;
    }
    const result = await work(transaction);
    await transaction
      .updateTable('idempotencyKeys')
      .set({ response: result === undefined ? null : JSON.stringify(result) })
      .where('accountId', '=', request.accountId)
      .where('key', '=', request.key)
      .execute();
    return result;
  });
}

async function readAnswer(
  transaction: DatabaseTransaction,
  request: IdempotentRequest,
  requestHash: Buffer,
): Promise<unknown> {
  const first = await transaction
    .selectFrom('idempotencyKeys')
    .select(['requestHash', 'response'])
    .where('accountId', '=', request.accountId)
    .where('key', '=', request.key)
    .executeTakeFirstOrThrow();
  if (!first.requestHash.equals(requestHash)) throw serviceErrors.error('IDEMPOTENCY_KEY_REUSED');
  return first.response ?? undefined;
}
