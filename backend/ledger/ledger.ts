import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { defineErrors } from '../../patcher/errors.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';

export const ledgerErrors = defineErrors({
  LEDGER_BALANCE_TOO_LOW: {
    family: 'conflict',
    sentence: 'The balance is too low for this.',
    next: 'Choose a smaller amount, or wait until there is more.',
  },
});

/** Who holds points. A game's issuance account goes negative by what it has given out. */
export const ledgerAccounts = {
  playerPoints: (accountId: string) => ({
    ledgerAccountId: `player-points:${accountId}`,
    unit: 'points',
    floor: 0,
  }),
  pointsIssued: (gameId: string) => ({
    ledgerAccountId: `points-issued:${gameId}`,
    unit: 'points',
    floor: null,
  }),
} as const;

export type LedgerAccount = ReturnType<(typeof ledgerAccounts)[keyof typeof ledgerAccounts]>;

export interface Posting {
  readonly account: LedgerAccount;
  /** Whole units, never 0; positive increases the account's balance. */
  readonly amount: number;
}

export interface LedgerEntry {
  readonly kind: string;
  /** Together with `kind` names the event; posting it again does nothing. */
  readonly reference: string;
  readonly at: Date;
  readonly postings: readonly Posting[];
}

/**
 * Write one event's postings inside the caller's transaction. They sum to zero per unit, which the database checks at
 * commit.
 * @returns the transaction's id, or undefined when this event was posted before.
 * @throws {AppError} `LEDGER_BALANCE_TOO_LOW`.
 */
export async function postEntry(
  transaction: DatabaseTransaction,
  entry: LedgerEntry,
): Promise<string | undefined> {
  const ledgerTransactionId = randomUUID();
  const { kind, reference, at } = entry;
  const inserted = await transaction
    .insertInto('ledgerTransactions')
    .values({ ledgerTransactionId, kind, reference, createdAt: at })
    .onConflict((conflict) => conflict.columns(['kind', 'reference']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return undefined;
  // Rows are locked in one order by everybody, so that two entries over the same accounts wait rather than deadlock.
  const ordered = [...entry.postings].sort((a, b) =>
    a.account.ledgerAccountId < b.account.ledgerAccountId ? -1 : 1,
  );
  for (const posting of ordered) await changeBalance(transaction, posting);
  await transaction
    .insertInto('ledgerPostings')
    .values(
      ordered.map(({ account, amount }) => ({
        ledgerTransactionId,
        ledgerAccountId: account.ledgerAccountId,
        amount,
      })),
    )
    .execute();
  return ledgerTransactionId;
}

async function changeBalance(transaction: DatabaseTransaction, { account, amount }: Posting): Promise<void> {
  try {
    await transaction
      .insertInto('ledgerAccounts')
      .values(account)
      .onConflict((conflict) => conflict.column('ledgerAccountId').doNothing())
      .execute();
    await transaction
      .updateTable('ledgerAccounts')
      .set((row) => ({ balance: row('balance', '+', amount) }))
      .where('ledgerAccountId', '=', account.ledgerAccountId)
      .execute();
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === 'ledger_accounts_floor') {
      throw ledgerErrors.error('LEDGER_BALANCE_TOO_LOW', { account: account.ledgerAccountId }, error);
    }
    throw error;
  }
}

/** @returns 0 for an account nothing was posted to. */
export async function readBalance(
  database: Database | DatabaseTransaction,
  account: LedgerAccount,
): Promise<number> {
  const row = await database
    .selectFrom('ledgerAccounts')
    .select('balance')
    .where('ledgerAccountId', '=', account.ledgerAccountId)
    .executeTakeFirst();
  return row?.balance ?? 0;
}

/** Accounts whose kept balance differs from the sum of their postings; none in a sound ledger. */
export async function findUnreconciledAccounts(database: Database): Promise<string[]> {
  const rows = await database
    .selectFrom('ledgerAccounts')
    .leftJoin('ledgerPostings', 'ledgerPostings.ledgerAccountId', 'ledgerAccounts.ledgerAccountId')
    .select('ledgerAccounts.ledgerAccountId')
    .groupBy(['ledgerAccounts.ledgerAccountId', 'ledgerAccounts.balance'])
    .having((row) =>
      row(
        'ledgerAccounts.balance',
        '<>',
        row.fn.coalesce(row.fn.sum<number>('ledgerPostings.amount'), row.lit(0)),
      ),
    )
    .orderBy('ledgerAccounts.ledgerAccountId')
    .execute();
  return rows.map((row) => row.ledgerAccountId);
}
