import { sql } from 'kysely';
import { mayInstall } from '../catalogue/player-access.ts';
import type { Quest, QuestDefinition } from '../api/contract.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { questErrors } from './quest-errors.ts';

export interface PlayTime {
  readonly accountId: string;
  readonly gameId: string;
  readonly addedMs: number;
  readonly at: Date;
}

/** Add attested play time to every quest of the game; a quest that reaches its target is completed, once. */
export async function addPlayTime(transaction: DatabaseTransaction, time: PlayTime): Promise<void> {
  await sql`
    insert into quest_progress as progress (account_id, quest_id, progress_ms, completed_at)
    select ${time.accountId}, quest_id, ${time.addedMs}::bigint,
      case when ${time.addedMs}::bigint >= target_seconds * 1000::bigint then ${time.at}::timestamptz end
    from quests where game_id = ${time.gameId}
    on conflict (account_id, quest_id) do update set
      progress_ms = progress.progress_ms + excluded.progress_ms,
      completed_at = coalesce(progress.completed_at, (
        select ${time.at}::timestamptz from quests
        where quests.quest_id = progress.quest_id
          and progress.progress_ms + excluded.progress_ms >= target_seconds * 1000::bigint
      ))
  `.execute(transaction);
}

/** The quests of every game the player may install, with how far the player is. */
export async function listQuests(database: Database, accountId: string): Promise<Quest[]> {
  const rows = await database
    .selectFrom('quests')
    .innerJoin('games', 'games.gameId', 'quests.gameId')
    .leftJoin('questProgress', (join) =>
      join
        .onRef('questProgress.questId', '=', 'quests.questId')
        .on('questProgress.accountId', '=', accountId),
    )
    .leftJoin('questClaims', (join) =>
      join.onRef('questClaims.questId', '=', 'quests.questId').on('questClaims.accountId', '=', accountId),
    )
    .selectAll('quests')
    .select([
      'games.title as gameTitle',
      'questProgress.progressMs',
      'questProgress.completedAt',
      'questClaims.claimedAt',
    ])
    .where(mayInstall(accountId))
    .orderBy('quests.createdAt')
    .orderBy('quests.questId')
    .execute();
  return rows.map((row) => ({
    ...toDefinition(row),
    gameTitle: row.gameTitle,
    progressSeconds: Math.min((row.progressMs ?? 0) / 1000, row.targetSeconds),
    state: stateOf(row),
    completedAt: row.completedAt?.toISOString() ?? null,
    claimedAt: row.claimedAt?.toISOString() ?? null,
  }));
}

function stateOf(row: {
  progressMs: number | null;
  completedAt: Date | null;
  claimedAt: Date | null;
}): Quest['state'] {
  if (row.claimedAt !== null) return 'claimed';
  if (row.completedAt !== null) return 'completed';
  return (row.progressMs ?? 0) > 0 ? 'in-progress' : 'available';
}

/**
 * Offer a quest. Offering the same terms again changes nothing, so that a script may run twice.
 * @throws {AppError} `QUEST_EXISTS` when the id stands for other terms.
 */
export async function offerQuest(
  database: Database,
  definition: QuestDefinition,
  createdBy: string,
): Promise<QuestDefinition> {
  await database
    .insertInto('quests')
    .values({ ...definition, createdBy })
    .onConflict((conflict) => conflict.column('questId').doNothing())
    .execute();
  const stored = await database
    .selectFrom('quests')
    .selectAll()
    .where('questId', '=', definition.questId)
    .executeTakeFirstOrThrow();
  const offered = toDefinition(stored);
  const same = (Object.keys(definition) as (keyof QuestDefinition)[]).every(
    (key) => offered[key] === definition[key],
  );
  if (!same) throw questErrors.error('QUEST_EXISTS', { questId: definition.questId });
  return offered;
}

function toDefinition(row: QuestDefinition): QuestDefinition {
  const { questId, gameId, title, description, kind, targetSeconds, rewardPoints } = row;
  return { questId, gameId, title, description, kind, targetSeconds, rewardPoints };
}
