import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const catalogueMigration: Migration = {
  up: async (database) => {
    await sql`
      create table games (
        game_id text primary key,
        organisation_id text not null references organisations,
        title text not null,
        studio text not null,
        tagline text not null,
        description text not null,
        tags text[] not null,
        accent_colour text not null,
        access text not null check (access in ('free', 'entitled')),
        created_at timestamptz not null default now()
      );
      create index games_by_organisation on games (organisation_id);
      create table art (
        game_id text not null references games,
        kind text not null,
        content_type text not null,
        sha256 text not null,
        size_bytes int not null,
        updated_at timestamptz not null default now(),
        primary key (game_id, kind)
      );
      create table entitlements (
        game_id text not null references games,
        account_id uuid not null references accounts,
        granted_by uuid not null references accounts,
        created_at timestamptz not null default now(),
        primary key (account_id, game_id)
      );
      create table depots (
        depot_id int generated always as identity primary key,
        game_id text not null references games,
        depot text not null check (depot in ('windows', 'linux', 'macos', 'web')),
        unique (game_id, depot)
      );
      create table builds (
        build_id int generated always as identity primary key,
        depot_id int not null references depots,
        version text not null,
        notes text not null,
        manifest_sha256 text not null,
        manifest_size_bytes bigint not null,
        size_bytes bigint not null,
        files int not null,
        download_bytes bigint not null,
        created_by uuid not null references accounts,
        created_at timestamptz not null,
        constraint builds_one_per_manifest unique (depot_id, manifest_sha256),
        unique (depot_id, build_id)
      );
      create table channels (
        depot_id int not null references depots,
        channel text not null,
        build_id int not null,
        updated_by uuid not null references accounts,
        updated_at timestamptz not null,
        primary key (depot_id, channel),
        foreign key (depot_id, build_id) references builds (depot_id, build_id)
      );
      create index channels_by_build on channels (build_id);
      create table channel_moves (
        channel_move_id bigint generated always as identity primary key,
        depot_id int not null references depots,
        channel text not null,
        old_build_id int references builds,
        new_build_id int not null references builds,
        moved_by uuid not null references accounts,
        moved_at timestamptz not null
      );
      create index channel_moves_by_channel on channel_moves (depot_id, channel, channel_move_id);
      create index channel_moves_by_build on channel_moves (new_build_id);
      create table patches (
        old_build_id int not null references builds,
        new_build_id int not null references builds,
        sha256 text not null,
        size_bytes bigint not null,
        created_at timestamptz not null default now(),
        primary key (new_build_id, old_build_id)
      );
    `.execute(database);
  },
};
