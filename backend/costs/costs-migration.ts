import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const costsMigration: Migration = {
  up: async (database) => {
    await sql`
      create table usage_requests (
        request_id text primary key,
        time timestamptz not null,
        region text not null,
        grant_id uuid,
        object_kind text check (object_kind in ('pack', 'patch', 'manifest')),
        game_id text,
        depot text,
        status int not null,
        bytes bigint not null,
        is_https boolean not null,
        is_cache_hit boolean not null
      );
      create index usage_requests_by_time on usage_requests (time);
      create table usage_cursors (folder text primary key, cursor jsonb not null);
    `.execute(database);
  },
};
