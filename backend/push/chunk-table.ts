import { sql } from 'kysely';
import type { ChunkTable } from '../../patcher/formats/manifest.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';

/** Rows of one query or insert: a few MiB of parameters. */
export const CHUNKS_PER_QUERY = 65_536;

export interface FoundChunk {
  /** Index into the hashes asked for. */
  readonly at: number;
  readonly packId: number;
  readonly offset: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

/**
 * Where some chunks of a depot lie; those it lacks are left out.
 * @param hashes 32 bytes each; they travel as one value, which Postgres cuts up.
 */
export async function findChunks(
  database: Database | DatabaseTransaction,
  depotId: number,
  hashes: Buffer,
): Promise<readonly FoundChunk[]> {
  const { rows } = await sql<FoundChunk>`
    select asked.at, chunks.pack_id, chunks."offset", chunks.packed_bytes, chunks.size_bytes
    from generate_series(0, ${sql.lit(hashes.length / 32 - 1)}) as asked (at)
    join chunks on chunks.depot_id = ${depotId}
      and chunks.sha256 = substring(${hashes}::bytea from asked.at * 32 + 1 for 32)
  `.execute(database);
  return rows;
}

/**
 * Record where chunks lie. A chunk the depot has already keeps its place.
 * @param rows Rows of the table to record.
 * @param packIdOf The id of a row's pack.
 */
export async function insertChunks(
  transaction: DatabaseTransaction,
  depotId: number,
  table: ChunkTable,
  rows: readonly number[],
  packIdOf: (row: number) => number,
): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNKS_PER_QUERY) {
    const batch = rows.slice(start, start + CHUNKS_PER_QUERY);
    const hashes = Buffer.concat(batch.map((row) => table.sha256.subarray(row * 32, row * 32 + 32)));
    const column = (of: (row: number) => number | undefined) => batch.map(of);
    await sql`
      insert into chunks (depot_id, sha256, pack_id, "offset", packed_bytes, size_bytes)
      select ${depotId}, substring(${hashes}::bytea from (at - 1)::int * 32 + 1 for 32), pack_id, "offset", packed_bytes, size_bytes
      from unnest(
        ${column(packIdOf)}::int[],
        ${column((row) => table.offset[row])}::bigint[],
        ${column((row) => table.packedBytes[row])}::int[],
        ${column((row) => table.sizeBytes[row])}::int[]
      ) with ordinality as placed (pack_id, "offset", packed_bytes, size_bytes, at)
      on conflict do nothing
    `.execute(transaction);
  }
}
