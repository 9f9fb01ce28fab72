import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const trustMigration: Migration = {
  up: async (database) => {
    await sql`
      create table trust_roots (version bigint primary key, document bytea not null);
      create table trust_repositories (
        organisation_id text primary key references organisations,
        timestamp bytea,
        timestamp_version bigint not null default 0,
        timestamp_expires_at timestamptz,
        snapshot_expires_at timestamptz,
        online_keys text not null default '',
        published boolean not null default true
      );
      create table trust_documents (
        organisation_id text not null references trust_repositories,
        role text not null,
        version bigint not null,
        document bytea not null,
        primary key (organisation_id, role, version)
      );
      -- A channel moves with its publisher's signature now, not with a push.
      alter table push_sessions drop column channel;
    `.execute(database);
  },
};
