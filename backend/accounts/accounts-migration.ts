import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const accountsMigration: Migration = {
  up: async (database) => {
    await sql`
      create table organisations (
        organisation_id text primary key,
        name text not null,
        created_at timestamptz not null default now()
      );
      create table accounts (
        account_id uuid primary key default gen_random_uuid(),
        email text not null unique check (email = lower(email)),
        display_name text not null,
        password_hash text not null,
        created_at timestamptz not null default now()
      );
      create table memberships (
        organisation_id text not null references organisations,
        account_id uuid not null references accounts,
        role text not null check (role in ('owner', 'developer', 'analyst', 'finance')),
        created_at timestamptz not null default now(),
        primary key (organisation_id, account_id)
      );
      create index memberships_by_account on memberships (account_id);
      create table sessions (
        session_id uuid primary key default gen_random_uuid(),
        account_id uuid not null references accounts,
        device text not null,
        created_at timestamptz not null,
        last_used_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz,
        revoked_reason text check (revoked_reason in ('logout', 'revoked', 'token-reuse')),
        check ((revoked_at is null) = (revoked_reason is null))
      );
      create index sessions_by_account on sessions (account_id);
      create table refresh_tokens (
        token_hash bytea primary key,
        session_id uuid not null references sessions on delete cascade,
        created_at timestamptz not null,
        used_at timestamptz
      );
      create unique index refresh_tokens_one_live on refresh_tokens (session_id) where used_at is null;
      create index refresh_tokens_by_session on refresh_tokens (session_id);
    `.execute(database);
  },
};
