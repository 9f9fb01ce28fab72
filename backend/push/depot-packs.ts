import { sql } from 'kysely';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';

/** A depot's committed packs among those a manifest names: hex hash → its row. */
export type DepotPacks = ReadonlyMap<string, { readonly packId: number; readonly sizeBytes: number }>;

export async function readDepotPacks(
  database: Database | DatabaseTransaction,
  depotId: number,
  manifest: Manifest,
): Promise<DepotPacks> {
  const hashes = Buffer.from(manifest.packs.map((pack) => pack.sha256).join(''), 'hex');
  const { rows } = await sql<{ packId: number; sha256: Buffer; sizeBytes: number }>`
    select packs.pack_id, packs.sha256, packs.size_bytes
    from generate_series(0, ${sql.lit(manifest.packs.length - 1)}) as asked (at)
    join packs on packs.depot_id = ${depotId}
      and packs.sha256 = substring(${hashes}::bytea from asked.at * 32 + 1 for 32)
  `.execute(database);
  return new Map(
    rows.map(({ packId, sha256, sizeBytes }) => [sha256.toString('hex'), { packId, sizeBytes }]),
  );
}

/** Rows of the manifest's chunk table that lie in one pack, by their place in it. */
export function chunkRowsByPack(manifest: Manifest): readonly (readonly number[])[] {
  const { pack, offset, count } = manifest.chunks;
  const rows: number[][] = manifest.packs.map(() => []);
  for (let row = 0; row < count; row += 1) rows[pack[row] as number]?.push(row);
  for (const list of rows) list.sort((a, b) => (offset[a] as number) - (offset[b] as number));
  return rows;
}
