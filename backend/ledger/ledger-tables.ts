import type { Generated } from 'kysely';

export interface LedgerTables {
  ledgerAccounts: {
    ledgerAccountId: string;
    /** What is counted, for example `points`; amounts of different units are never added. */
    unit: string;
    /** Sum of the account's postings, kept in the transaction that posts. */
    balance: Generated<number>;
    /** The balance never falls below it; null for accounts that may. */
    floor: number | null;
    createdAt: Generated<Date>;
  };
  ledgerTransactions: {
    ledgerTransactionId: string;
    kind: string;
    /** With `kind`, names the one event this transaction stands for. */
    reference: string;
    createdAt: Date;
  };
  ledgerPostings: {
    ledgerPostingId: Generated<number>;
    ledgerTransactionId: string;
    ledgerAccountId: string;
    amount: number;
  };
}
