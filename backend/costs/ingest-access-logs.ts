import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import type { UsageRow } from '../delivery/usage.ts';
import { EMPTY_CURSOR, readUsage, type UsageCursor, usageCursorSchema } from '../delivery/usage-reader.ts';

/** Rows of one insert: a few MiB of JSON. */
const ROWS_PER_INSERT = 10_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Bring what a folder's access logs tell into the database. The rows and how far was read commit together, so a crash
 * repeats nothing and loses nothing; two readers at once wait for each other.
 * @throws {AppError} `ACCESS_LOG_UNREADABLE`
 */
export async function ingestAccessLogs(database: Database, folder: string): Promise<void> {
  for (let isPartial = true; isPartial; ) {
    isPartial = await database.transaction().execute(async (transaction) => {
      const cursor = await lockCursor(transaction, folder);
      const batch = await readUsage(folder, cursor);
      for (let start = 0; start < batch.rows.length; start += ROWS_PER_INSERT) {
        await insertRows(transaction, batch.rows.slice(start, start + ROWS_PER_INSERT));
      }
      await transaction
        .updateTable('usageCursors')
        .set({ cursor: JSON.stringify(batch.cursor) })
        .where('folder', '=', folder)
        .execute();
      return batch.isPartial;
    });
  }
}

async function lockCursor(transaction: DatabaseTransaction, folder: string): Promise<UsageCursor> {
  await transaction
    .insertInto('usageCursors')
    .values({ folder, cursor: JSON.stringify(EMPTY_CURSOR) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { cursor } = await transaction
    .selectFrom('usageCursors')
    .select('cursor')
    .where('folder', '=', folder)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return usageCursorSchema.parse(cursor);
}

async function insertRows(transaction: DatabaseTransaction, rows: readonly UsageRow[]): Promise<void> {
  const values = rows.map((row) => ({
    request_id: row.id,
    time: row.time.toISOString(),
    region: row.region,
    grant_id: row.grantId !== undefined && UUID.test(row.grantId) ? row.grantId : null,
    object_kind: row.objectKind ?? null,
    game_id: row.gameId ?? null,
    depot: row.depot ?? null,
    status: row.status,
    bytes: row.bytes,
    is_https: row.isHttps,
    is_cache_hit: row.isCacheHit,
  }));
  await sql`
    insert into usage_requests
    select * from jsonb_populate_recordset(null::usage_requests, ${JSON.stringify(values)}::jsonb)
    on conflict do nothing
  `.execute(transaction);
}
