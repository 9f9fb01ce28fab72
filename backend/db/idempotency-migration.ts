import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const idempotencyMigration: Migration = {
  up: async (database) => {
    await sql`
      create table idempotency_keys (
        account_id uuid not null references accounts,
        key text not null,
        request_hash bytea not null,
        response jsonb,
        created_at timestamptz not null default now(),
        primary key (account_id, key)
      );
    `.execute(database);
  },
};
