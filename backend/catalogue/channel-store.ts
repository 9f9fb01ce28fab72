import type { Depot } from '../api/contract.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { JobQueue } from '../jobs/job-queue.ts';

export interface ChannelMove {
  readonly depotId: number;
  readonly channel: string;
  readonly buildId: number;
  readonly accountId: string;
  readonly at: Date;
}

/**
 * Point a channel at a build and have the patch made that its players need. Part of the caller's transaction, so
 * neither a channel without its job nor a job without its channel can exist.
 * @returns the build it pointed to before, null for a new channel.
 */
export async function moveChannel(
  transaction: DatabaseTransaction,
  jobs: JobQueue,
  move: ChannelMove,
): Promise<number | null> {
  const { depotId, channel, buildId, accountId, at } = move;
  const before = await transaction
    .selectFrom('channels')
    .select('buildId')
    .where('depotId', '=', depotId)
    .where('channel', '=', channel)
    .forUpdate()
    .executeTakeFirst();
  const oldBuildId = before?.buildId ?? null;
  if (oldBuildId === buildId) return oldBuildId;
  await transaction
    .insertInto('channels')
    .values({ depotId, channel, buildId, updatedBy: accountId, updatedAt: at })
    .onConflict((conflict) =>
      conflict.columns(['depotId', 'channel']).doUpdateSet({ buildId, updatedBy: accountId, updatedAt: at }),
    )
    .execute();
  await transaction
    .insertInto('channelMoves')
    .values({ depotId, channel, oldBuildId, newBuildId: buildId, movedBy: accountId, movedAt: at })
    .execute();
  if (oldBuildId !== null) {
    await jobs.enqueue('make-patch', { oldBuildId, newBuildId: buildId }, { transaction });
  }
  return oldBuildId;
}

/** The depot's id. @throws {AppError} `NOT_FOUND` where nothing was ever pushed to it. */
export async function findDepotId(
  transaction: DatabaseTransaction,
  gameId: string,
  depot: Depot,
): Promise<number> {
  const found = await transaction
    .selectFrom('depots')
    .select('depotId')
    .where('gameId', '=', gameId)
    .where('depot', '=', depot)
    .executeTakeFirst();
  if (found === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'depot' });
  return found.depotId;
}
