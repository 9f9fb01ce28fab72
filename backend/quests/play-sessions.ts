import { randomBytes, randomUUID } from 'node:crypto';
import { findInstallableBuild } from '../catalogue/build-store.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import { computeProof, type PossessionChallenge, type PossessionChallenges } from './possession.ts';
import { questErrors } from './quest-errors.ts';
import { addPlayTime } from './quest-progress.ts';

export interface PlayServices {
  readonly database: Database;
  readonly challenges: PossessionChallenges;
  readonly now: () => Date;
  /** How often a launcher reports that the game still runs. */
  readonly heartbeatSeconds: number;
}

/** A heartbeat this many intervals late still counts the time between; a longer gap counts only this much (sleep, a stopped process). */
const GAP_INTERVALS_MAX = 2;
const NONCE_BYTES = 32;

export interface BegunPlay {
  readonly playSessionId: string;
  readonly gameId: string;
  readonly nonce: string;
  readonly challenge: Omit<PossessionChallenge, 'bytes'> | null;
}

/** Begin a run of a game. The player's earlier run ends: nobody plays twice at once. */
export async function beginPlay(
  services: PlayServices,
  accountId: string,
  buildId: number,
): Promise<BegunPlay> {
  const { database, challenges, now } = services;
  const build = await findInstallableBuild(database, accountId, buildId);
  if (build === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'build' });
  const challenge = await challenges.create(build);
  const nonce = randomBytes(NONCE_BYTES);
  const playSessionId = randomUUID();
  const at = now();
  await database.transaction().execute(async (transaction) => {
    // Two starts at once would both find no live session; the account's row makes one wait for the other.
    await transaction
      .selectFrom('accounts')
      .select('accountId')
      .where('accountId', '=', accountId)
      .forUpdate()
      .execute();
    await transaction
      .updateTable('playSessions')
      .set({ endedAt: at })
      .where('accountId', '=', accountId)
      .where('endedAt', 'is', null)
      .execute();
    await transaction
      .insertInto('playSessions')
      .values({
        playSessionId,
        accountId,
        gameId: build.gameId,
        buildId,
        nonce,
        previousNonce: null,
        expectedProof: challenge === undefined ? null : computeProof(nonce, challenge.bytes),
        proven: challenge === undefined,
        startedAt: at,
        lastBeatAt: at,
        countedMs: 0,
        endedAt: null,
        exitCode: null,
      })
      .execute();
  });
  return {
    playSessionId,
    gameId: build.gameId,
    nonce: nonce.toString('hex'),
    challenge:
      challenge === undefined
        ? null
        : { path: challenge.path, offset: challenge.offset, sizeBytes: challenge.sizeBytes },
  };
}

export interface Beat {
  readonly playSessionId: string;
  readonly accountId: string;
  readonly nonce: string;
  readonly proof?: string | undefined;
  /** Set by the last beat. */
  readonly end?: { readonly exitCode: number | null };
}

export interface CountedBeat {
  readonly nonce: string;
  readonly countedSeconds: number;
}

/**
 * Count the time since the last beat, by the service's clock. A beat whose answer was lost may be repeated.
 * @throws {AppError} `PLAY_SESSION_ENDED`, `PLAY_NONCE_WRONG`, `PLAY_PROOF_WRONG` (which ends the session), `NOT_FOUND`.
 */
export async function beat(services: PlayServices, given: Beat): Promise<CountedBeat> {
  const outcome = await services.database.transaction().execute(async (transaction) => {
    const session = await lockSession(transaction, given);
    if (session.previousNonce?.equals(Buffer.from(given.nonce, 'hex'))) {
      return { nonce: session.nonce, countedMs: session.countedMs };
    }
    if (session.endedAt !== null) throw questErrors.error('PLAY_SESSION_ENDED');
    if (!session.nonce.equals(Buffer.from(given.nonce, 'hex'))) throw questErrors.error('PLAY_NONCE_WRONG');
    if (!session.proven && !isRightProof(session.expectedProof, given.proof)) {
      // Ended, not thrown: a rollback would leave the session open for more guesses.
      await update(transaction, given.playSessionId, { endedAt: services.now() });
      return undefined;
    }
    return await count(services, transaction, given, session);
  });
  if (outcome === undefined) throw questErrors.error('PLAY_PROOF_WRONG');
  return { nonce: outcome.nonce.toString('hex'), countedSeconds: outcome.countedMs / 1000 };
}

type Session = Awaited<ReturnType<typeof lockSession>>;

async function lockSession(transaction: DatabaseTransaction, { playSessionId, accountId }: Beat) {
  const session = await transaction
    .selectFrom('playSessions')
    .selectAll()
    .where('playSessionId', '=', playSessionId)
    .where('accountId', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  if (session === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'play session' });
  return session;
}

function isRightProof(expected: Buffer | null, proof: string | undefined): boolean {
  return expected !== null && proof !== undefined && expected.equals(Buffer.from(proof, 'hex'));
}

async function count(
  services: PlayServices,
  transaction: DatabaseTransaction,
  given: Beat,
  session: Session,
): Promise<{ nonce: Buffer; countedMs: number }> {
  const at = services.now();
  const sinceMs = Math.max(0, at.getTime() - session.lastBeatAt.getTime());
  const addedMs = Math.min(sinceMs, services.heartbeatSeconds * 1000 * GAP_INTERVALS_MAX);
  const nonce = randomBytes(NONCE_BYTES);
  const countedMs = session.countedMs + addedMs;
  await update(transaction, given.playSessionId, {
    nonce,
    previousNonce: session.nonce,
    proven: true,
    lastBeatAt: at,
    countedMs,
    ...(given.end === undefined ? {} : { endedAt: at, exitCode: given.end.exitCode }),
  });
  await addPlayTime(transaction, { accountId: given.accountId, gameId: session.gameId, addedMs, at });
  return { nonce, countedMs };
}

async function update(
  transaction: DatabaseTransaction,
  playSessionId: string,
  change: Partial<Omit<Session, 'playSessionId' | 'accountId'>>,
): Promise<void> {
  await transaction
    .updateTable('playSessions')
    .set(change)
    .where('playSessionId', '=', playSessionId)
    .execute();
}
