import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const pushMigration: Migration = {
  up: async (database) => {
    await sql`
      create table push_sessions (
        push_session_id uuid primary key default gen_random_uuid(),
        depot_id int not null references depots,
        account_id uuid not null references accounts,
        state text not null check (state in ('open', 'verifying', 'committed', 'rejected', 'expired')),
        version text not null,
        notes text not null,
        channel text,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        manifest_sha256 text,
        build_id int references builds,
        problem jsonb,
        packs_verified int not null default 0,
        packs_total int not null default 0,
        existing boolean not null default false,
        check ((state = 'committed') = (build_id is not null)),
        check ((state = 'rejected') = (problem is not null))
      );
      create unique index push_sessions_one_writer on push_sessions (depot_id)
        where state in ('open', 'verifying');
      create table push_packs (
        push_session_id uuid not null references push_sessions on delete cascade,
        sha256 text not null,
        size_bytes bigint not null,
        upload_id text,
        part_bytes int,
        check ((upload_id is null) = (part_bytes is null)),
        stored_at timestamptz,
        primary key (push_session_id, sha256)
      );
      create table packs (
        pack_id int generated always as identity primary key,
        depot_id int not null references depots,
        sha256 bytea not null,
        size_bytes bigint not null,
        unique (depot_id, sha256)
      );
      create table chunks (
        depot_id int not null references depots,
        sha256 bytea not null,
        pack_id int not null references packs,
        "offset" bigint not null,
        packed_bytes int not null,
        size_bytes int not null,
        primary key (depot_id, sha256)
      );
      create table file_recipes (
        depot_id int not null references depots,
        recipe bytea not null,
        primary key (depot_id, recipe)
      );
    `.execute(database);
  },
};
