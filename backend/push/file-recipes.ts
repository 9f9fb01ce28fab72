import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { FileEntry, Manifest } from '../../patcher/formats/manifest.ts';
import { sha256At, sha256BytesAt } from '../../patcher/formats/sha256.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import type { DepotPath } from '../delivery/object-path.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readBuildFile } from './build-reader.ts';
import { CHUNKS_PER_QUERY } from './chunk-table.ts';
import { pushErrors } from './errors.ts';

/**
 * A file's hash and its chunk list belong together once they were checked, whatever the file is called and wherever
 * its chunks lie: their digest is remembered per depot, so an update reads only files that changed.
 */
function computeRecipe({ chunks }: Manifest, file: FileEntry): Buffer {
  const hash = createHash('sha256').update(file.sha256, 'hex');
  for (const row of file.chunks) hash.update(sha256BytesAt(chunks.sha256, row));
  return hash.digest();
}

/** A file of one chunk has the chunk's hash; an empty one that of nothing: nothing has to be read for these. */
function needsRecipe({ chunks }: Manifest, file: FileEntry): boolean {
  if (file.chunks.length !== 1) return file.chunks.length > 1;
  return sha256At(chunks.sha256, file.chunks[0] as number) !== file.sha256;
}

export interface VerifyFilesOptions {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly depot: DepotPath & { readonly depotId: number };
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
}

/**
 * Hash every file of the build that no earlier build of the depot had in the same chunks.
 * @returns The recipes to remember once the build exists, 32 bytes each.
 * @throws {AppError} `PUSH_FILE_DAMAGED`, `PACK_CHUNK_*`, `STORAGE_*`
 */
export async function verifyFiles(options: VerifyFilesOptions): Promise<Buffer> {
  const { database, store, depot, manifest, signal } = options;
  const files = manifest.entries.filter((entry) => entry.kind === 'file' && needsRecipe(manifest, entry));
  const unique = new Map(
    (files as FileEntry[]).map((file) => [computeRecipe(manifest, file).toString('hex'), file]),
  );
  for (const known of await findRecipes(database, depot.depotId, [...unique.keys()])) unique.delete(known);
  for (const file of unique.values()) {
    const hash = createHash('sha256');
    for await (const chunk of readBuildFile(store, depot, manifest, file)) {
      signal.throwIfAborted();
      hash.update(chunk);
    }
    if (hash.digest('hex') !== file.sha256) throw pushErrors.error('PUSH_FILE_DAMAGED', { path: file.path });
  }
  return Buffer.from([...unique.keys()].join(''), 'hex');
}

async function findRecipes(
  database: Database,
  depotId: number,
  recipes: readonly string[],
): Promise<readonly string[]> {
  const known: string[] = [];
  for (let start = 0; start < recipes.length; start += CHUNKS_PER_QUERY) {
    const batch = Buffer.from(recipes.slice(start, start + CHUNKS_PER_QUERY).join(''), 'hex');
    const { rows } = await sql<{ recipe: Buffer }>`
      select recipe from generate_series(0, ${sql.lit(batch.length / 32 - 1)}) as asked (at)
      join file_recipes on depot_id = ${depotId}
        and recipe = substring(${batch}::bytea from asked.at * 32 + 1 for 32)
    `.execute(database);
    for (const { recipe } of rows) known.push(recipe.toString('hex'));
  }
  return known;
}

export async function insertRecipes(
  transaction: DatabaseTransaction,
  depotId: number,
  recipes: Buffer,
): Promise<void> {
  if (recipes.length === 0) return;
  await sql`
    insert into file_recipes (depot_id, recipe)
    select ${depotId}, substring(${recipes}::bytea from at * 32 + 1 for 32)
    from generate_series(0, ${sql.lit(recipes.length / 32 - 1)}) as placed (at)
    on conflict do nothing
  `.execute(transaction);
}
