import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const questsMigration: Migration = {
  up: async (database) => {
    await sql`
      create table quests (
        quest_id text primary key,
        game_id text not null references games,
        title text not null,
        description text not null,
        kind text not null check (kind = 'play-time'),
        target_seconds int not null check (target_seconds > 0),
        reward_points int not null check (reward_points > 0),
        created_by uuid not null references accounts,
        created_at timestamptz not null default now()
      );
      create index quests_by_game on quests (game_id);
      create table play_sessions (
        play_session_id uuid primary key,
        account_id uuid not null references accounts,
        game_id text not null references games,
        build_id int not null references builds,
        nonce bytea not null,
        previous_nonce bytea,
        expected_proof bytea,
        proven boolean not null,
        started_at timestamptz not null,
        last_beat_at timestamptz not null,
        counted_ms bigint not null default 0,
        ended_at timestamptz,
        exit_code int
      );
      create unique index play_sessions_one_at_a_time on play_sessions (account_id) where ended_at is null;
      create index play_sessions_by_game on play_sessions (game_id, started_at);
      create table quest_progress (
        account_id uuid not null references accounts,
        quest_id text not null references quests,
        progress_ms bigint not null,
        completed_at timestamptz,
        primary key (account_id, quest_id)
      );
      create table quest_claims (
        account_id uuid not null references accounts,
        quest_id text not null references quests,
        receipt_id uuid not null unique,
        ledger_transaction_id uuid not null references ledger_transactions,
        points int not null,
        balance_points bigint not null,
        claimed_at timestamptz not null,
        primary key (account_id, quest_id)
      );
    `.execute(database);
  },
};
