import type { ChunkLocations, Depot } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import { findChunks } from './chunk-table.ts';
import { pushErrors } from './errors.ts';

const HASH_BYTES = 32;

/**
 * Where a depot's chunks lie, as columns in the order of the hashes.
 * @param hashes 32 bytes each.
 * @throws {AppError} `CHUNK_QUERY_INVALID`
 */
export async function locateChunks(
  database: Database,
  { gameId, depot }: { readonly gameId: string; readonly depot: Depot },
  hashes: Buffer,
): Promise<ChunkLocations> {
  if (hashes.length % HASH_BYTES !== 0) {
    throw pushErrors.error('CHUNK_QUERY_INVALID', { sizeBytes: hashes.length });
  }
  const count = hashes.length / HASH_BYTES;
  const columns: ChunkLocations = {
    packs: [],
    pack: Array.from({ length: count }, () => -1),
    offset: Array.from({ length: count }, () => 0),
    packedBytes: Array.from({ length: count }, () => 0),
  };
  const place = await database
    .selectFrom('depots')
    .select('depotId')
    .where('gameId', '=', gameId)
    .where('depot', '=', depot)
    .executeTakeFirst();
  if (place === undefined || count === 0) return columns;
  const found = await findChunks(database, place.depotId, hashes);
  const packIndexes = await readPacks(database, [...new Set(found.map((chunk) => chunk.packId))], columns);
  for (const chunk of found) {
    columns.pack[chunk.at] = packIndexes.get(chunk.packId) ?? -1;
    columns.offset[chunk.at] = chunk.offset;
    columns.packedBytes[chunk.at] = chunk.packedBytes;
  }
  return columns;
}

/** Fills `columns.packs`. @returns each pack's index there. */
async function readPacks(
  database: Database,
  packIds: readonly number[],
  columns: ChunkLocations,
): Promise<ReadonlyMap<number, number>> {
  const indexes = new Map<number, number>();
  if (packIds.length === 0) return indexes;
  const rows = await database
    .selectFrom('packs')
    .select(['packId', 'sha256', 'sizeBytes'])
    .where((expression) => expression('packId', '=', expression.fn.any(expression.val([...packIds]))))
    .execute();
  for (const { packId, sha256, sizeBytes } of rows) {
    indexes.set(packId, columns.packs.length);
    columns.packs.push({ sha256: sha256.toString('hex'), sizeBytes });
  }
  return indexes;
}
