import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const grantsMigration: Migration = {
  up: async (database) => {
    await sql`
      create table grants (
        grant_id uuid primary key,
        account_id uuid not null references accounts,
        depot_id int not null references depots,
        build_id int not null references builds,
        old_build_id int references builds,
        reason text not null check (reason in ('install', 'update', 'repair', 'preload')),
        created_at timestamptz not null,
        expires_at timestamptz not null
      );
      create index grants_by_account on grants (account_id, created_at);
      create table install_outcomes (
        install_outcome_id bigint generated always as identity primary key,
        account_id uuid not null references accounts,
        depot_id int not null references depots,
        build_id int not null references builds,
        old_build_id int references builds,
        reason text not null,
        outcome text not null check (outcome in ('done', 'failed', 'cancelled')),
        route text not null check (route in ('chunks', 'patch', 'mixed')),
        downloaded_bytes bigint not null,
        duration_ms bigint not null,
        error_code text,
        created_at timestamptz not null
      );
      create index install_outcomes_by_build on install_outcomes (build_id, created_at);
    `.execute(database);
  },
};
