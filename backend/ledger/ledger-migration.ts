import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The double-entry ledger. The database itself keeps its rules: a transaction's postings sum to zero when it commits,
 * nothing is changed or deleted afterwards, and an account with a floor never goes below it.
 */
export const ledgerMigration: Migration = {
  up: async (database) => {
    await sql`
      create table ledger_accounts (
        ledger_account_id text primary key,
        unit text not null,
        balance bigint not null default 0,
        floor bigint,
        created_at timestamptz not null default now(),
        constraint ledger_accounts_floor check (floor is null or balance >= floor)
      );
      create table ledger_transactions (
        ledger_transaction_id uuid primary key,
        kind text not null,
        reference text not null,
        created_at timestamptz not null,
        constraint ledger_transactions_once unique (kind, reference)
      );
      create table ledger_postings (
        ledger_posting_id bigint generated always as identity primary key,
        ledger_transaction_id uuid not null references ledger_transactions,
        ledger_account_id text not null references ledger_accounts,
        amount bigint not null check (amount <> 0)
      );
      create index ledger_postings_by_transaction on ledger_postings (ledger_transaction_id);
      create index ledger_postings_by_account on ledger_postings (ledger_account_id, ledger_posting_id);

      create function ledger_check_zero() returns trigger language plpgsql as $$
      begin
        if exists (
          select 1
          from ledger_postings p join ledger_accounts a using (ledger_account_id)
          where p.ledger_transaction_id = new.ledger_transaction_id
          group by a.unit
          having sum(p.amount) <> 0
        ) then
          raise exception 'the postings of ledger transaction % do not sum to zero', new.ledger_transaction_id
            using errcode = 'check_violation', constraint = 'ledger_postings_zero';
        end if;
        return null;
      end $$;
      create constraint trigger ledger_postings_zero after insert on ledger_postings
        deferrable initially deferred for each row execute function ledger_check_zero();

      create function ledger_refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
      end $$;
      create trigger ledger_postings_append_only before update or delete or truncate on ledger_postings
        for each statement execute function ledger_refuse_change();
      create trigger ledger_transactions_append_only before update or delete or truncate on ledger_transactions
        for each statement execute function ledger_refuse_change();
    `.execute(database);
  },
};
