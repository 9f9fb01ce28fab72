import { randomUUID } from 'node:crypto';
import type { Receipt, Rewards } from '../api/contract.ts';
import { mayInstall } from '../catalogue/player-access.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import { ledgerAccounts, postEntry, readBalance } from '../ledger/ledger.ts';
import { questErrors } from './quest-errors.ts';

/**
 * Pay a completed quest's reward, once for each player and quest: whoever claims again gets the first receipt.
 * @throws {AppError} `NOT_FOUND`, `QUEST_NOT_COMPLETED`.
 */
export async function claimReward(
  transaction: DatabaseTransaction,
  claim: { readonly accountId: string; readonly questId: string; readonly at: Date },
): Promise<Receipt> {
  const { accountId, questId, at } = claim;
  const quest = await findQuest(transaction, accountId, questId);
  await lockCompletion(transaction, accountId, quest);
  const earlier = await findReceipt(transaction, accountId, questId);
  if (earlier !== undefined) return earlier;

  const ledgerTransactionId = await postEntry(transaction, {
    kind: 'quest-reward',
    reference: `${questId}:${accountId}`,
    at,
    postings: [
      { account: ledgerAccounts.playerPoints(accountId), amount: quest.rewardPoints },
      { account: ledgerAccounts.pointsIssued(quest.gameId), amount: -quest.rewardPoints },
    ],
  });
  if (ledgerTransactionId === undefined) throw new Error('a reward is in the ledger without its receipt');
  const receipt = {
    receiptId: randomUUID(),
    questId,
    points: quest.rewardPoints,
    balancePoints: await readBalance(transaction, ledgerAccounts.playerPoints(accountId)),
    claimedAt: at,
  };
  await transaction
    .insertInto('questClaims')
    .values({ ...receipt, accountId, ledgerTransactionId })
    .execute();
  return { ...receipt, claimedAt: at.toISOString() };
}

async function findQuest(transaction: DatabaseTransaction, accountId: string, questId: string) {
  const quest = await transaction
    .selectFrom('quests')
    .innerJoin('games', 'games.gameId', 'quests.gameId')
    .selectAll('quests')
    .where('quests.questId', '=', questId)
    .where(mayInstall(accountId))
    .executeTakeFirst();
  if (quest === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'quest' });
  return quest;
}

/** Claims of one quest by one player wait for each other on the progress row. */
async function lockCompletion(
  transaction: DatabaseTransaction,
  accountId: string,
  quest: { readonly questId: string; readonly title: string; readonly targetSeconds: number },
): Promise<void> {
  const progress = await transaction
    .selectFrom('questProgress')
    .select(['progressMs', 'completedAt'])
    .where('accountId', '=', accountId)
    .where('questId', '=', quest.questId)
    .forUpdate()
    .executeTakeFirst();
  if (progress?.completedAt) return;
  const secondsLeft = Math.ceil(quest.targetSeconds - (progress?.progressMs ?? 0) / 1000);
  throw questErrors.error('QUEST_NOT_COMPLETED', { title: quest.title, secondsLeft });
}

async function findReceipt(
  transaction: DatabaseTransaction,
  accountId: string,
  questId: string,
): Promise<Receipt | undefined> {
  const row = await transaction
    .selectFrom('questClaims')
    .select(['receiptId', 'questId', 'points', 'balancePoints', 'claimedAt'])
    .where('accountId', '=', accountId)
    .where('questId', '=', questId)
    .executeTakeFirst();
  return row && { ...row, claimedAt: row.claimedAt.toISOString() };
}

/** A player's balance and what made it, newest first. */
export async function readRewards(database: Database, accountId: string): Promise<Rewards> {
  const rows = await database
    .selectFrom('questClaims')
    .innerJoin('quests', 'quests.questId', 'questClaims.questId')
    .select([
      'receiptId',
      'questClaims.questId',
      'quests.title as questTitle',
      'quests.gameId',
      'points',
      'claimedAt',
    ])
    .where('accountId', '=', accountId)
    .orderBy('claimedAt', 'desc')
    .execute();
  return {
    balancePoints: await readBalance(database, ledgerAccounts.playerPoints(accountId)),
    history: rows.map(({ claimedAt, ...row }) => ({ ...row, at: claimedAt.toISOString() })),
  };
}
