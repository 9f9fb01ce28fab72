import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { SignedIn } from '../api/route-call.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';

/** A lost answer may be asked for again this long; security reference 5.1. */
const REPEAT_GRACE_MS = 10_000;
/** However often it is refreshed, a session ends (ASVS 10.4.8). */
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

export interface SessionStoreOptions {
  readonly database: Database;
  readonly now: () => Date;
  /** Keys the derivation of the next refresh token; 32 bytes or more, the same after a restart. */
  readonly refreshSecret: string;
}

export interface RefreshedSession extends SignedIn {
  readonly refreshToken: string;
}

/** Open a session with the first refresh token of its family. */
export async function openSession(
  options: SessionStoreOptions,
  accountId: string,
  device: string,
): Promise<RefreshedSession> {
  const now = options.now();
  const refreshToken = randomBytes(32).toString('base64url');
  return options.database.transaction().execute(async (transaction) => {
    const { sessionId } = await transaction
      .insertInto('sessions')
      .values({
        accountId,
        device,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: new Date(now.getTime() + SESSION_LIFETIME_MS),
        revokedAt: null,
        revokedReason: null,
      })
      .returning('sessionId')
      .executeTakeFirstOrThrow();
    await transaction
      .insertInto('refreshTokens')
      .values({ tokenHash: hashToken(refreshToken), sessionId, createdAt: now, usedAt: null })
      .execute();
    return { accountId, sessionId, refreshToken };
  });
}

type Exchange =
  | { readonly kind: 'rotated'; readonly session: RefreshedSession }
  | { readonly kind: 'invalid' | 'reused' };

/**
 * Exchange a refresh token for its successor.
 *
 * A token is used once. Its successor is an HMAC of it, so the last rotation can be answered again, for ten
 * seconds and as long as the successor is unused, without the service keeping any token. A token that was used
 * before that means that two parties hold the family: it is revoked, whoever comes first.
 * @throws {AppError} `REFRESH_TOKEN_INVALID`, `REFRESH_TOKEN_REUSED`
 */
export async function exchangeRefreshToken(
  options: SessionStoreOptions,
  token: string,
): Promise<RefreshedSession> {
  const exchange = await options.database
    .transaction()
    .execute((transaction) => exchangeInside(transaction, options, token));
  if (exchange.kind === 'rotated') return exchange.session;
  throw serviceErrors.error(exchange.kind === 'reused' ? 'REFRESH_TOKEN_REUSED' : 'REFRESH_TOKEN_INVALID');
}

async function exchangeInside(
  transaction: DatabaseTransaction,
  options: SessionStoreOptions,
  token: string,
): Promise<Exchange> {
  const now = options.now();
  const used = await findToken(transaction, token);
  if (used === undefined || used.revokedAt !== null || used.expiresAt <= now) return { kind: 'invalid' };
  const refreshToken = createHmac('sha256', options.refreshSecret).update(token).digest('base64url');
  const session = { accountId: used.accountId, sessionId: used.sessionId, refreshToken };
  if (used.usedAt !== null) {
    const recent = now.getTime() - used.usedAt.getTime() <= REPEAT_GRACE_MS;
    if (recent && (await isLive(transaction, refreshToken))) return { kind: 'rotated', session };
    await revoke(transaction, used.sessionId, 'token-reuse', now);
    return { kind: 'reused' };
  }
  await transaction
    .updateTable('refreshTokens')
    .set({ usedAt: now })
    .where('tokenHash', '=', hashToken(token))
    .execute();
  await transaction
    .insertInto('refreshTokens')
    .values({ tokenHash: hashToken(refreshToken), sessionId: used.sessionId, createdAt: now, usedAt: null })
    .execute();
  await transaction
    .updateTable('sessions')
    .set({ lastUsedAt: now })
    .where('sessionId', '=', used.sessionId)
    .execute();
  return { kind: 'rotated', session };
}

/** Locks the session, so that exchanges of one family happen one after the other. */
async function findToken(transaction: DatabaseTransaction, token: string) {
  const owner = await transaction
    .selectFrom('refreshTokens')
    .select('sessionId')
    .where('tokenHash', '=', hashToken(token))
    .executeTakeFirst();
  if (owner === undefined) return undefined;
  const session = await transaction
    .selectFrom('sessions')
    .select(['sessionId', 'accountId', 'revokedAt', 'expiresAt'])
    .where('sessionId', '=', owner.sessionId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  // Read again under the lock: the token may have been used while this exchange waited.
  const { usedAt } = await transaction
    .selectFrom('refreshTokens')
    .select('usedAt')
    .where('tokenHash', '=', hashToken(token))
    .executeTakeFirstOrThrow();
  return { ...session, usedAt };
}

async function isLive(transaction: DatabaseTransaction, token: string): Promise<boolean> {
  const found = await transaction
    .selectFrom('refreshTokens')
    .select('sessionId')
    .where('tokenHash', '=', hashToken(token))
    .where('usedAt', 'is', null)
    .executeTakeFirst();
  return found !== undefined;
}

/** End the session of a refresh token; a token that is unknown or ended is no error. */
export async function closeSession(options: SessionStoreOptions, token: string): Promise<void> {
  await options.database.transaction().execute(async (transaction) => {
    const found = await findToken(transaction, token);
    if (found && found.revokedAt === null) {
      await revoke(transaction, found.sessionId, 'logout', options.now());
    }
  });
}

/** @throws {AppError} `NOT_FOUND` for a session that is another account's or has ended. */
export async function revokeSession(
  options: SessionStoreOptions,
  accountId: string,
  sessionId: string,
): Promise<void> {
  const { numUpdatedRows } = await options.database
    .updateTable('sessions')
    .set({ revokedAt: options.now(), revokedReason: 'revoked' })
    .where('sessionId', '=', sessionId)
    .where('accountId', '=', accountId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw serviceErrors.error('NOT_FOUND', { what: 'session' });
}

/** True while the session of an access token has neither ended nor been revoked. */
export async function findLiveSession(database: Database, caller: SignedIn, now: Date): Promise<boolean> {
  const session = await database
    .selectFrom('sessions')
    .select('sessionId')
    .where('sessionId', '=', caller.sessionId)
    .where('accountId', '=', caller.accountId)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  return session !== undefined;
}

async function revoke(
  transaction: DatabaseTransaction,
  sessionId: string,
  reason: 'logout' | 'token-reuse',
  now: Date,
): Promise<void> {
  await transaction
    .updateTable('sessions')
    .set({ revokedAt: now, revokedReason: reason })
    .where('sessionId', '=', sessionId)
    .execute();
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
