import { buffer } from 'node:stream/consumers';
import { AppError } from '../../patcher/errors.ts';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import { parseManifest } from '../../patcher/formats/manifest-format.ts';
import { decodeChunk } from '../../patcher/formats/pack-format.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import { toProblem } from '../api/problem.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import { objectKey } from '../delivery/object-path.ts';
import type { RunningJob } from '../jobs/job-queue.ts';
import { CHUNKS_PER_QUERY, findChunks, insertChunks } from './chunk-table.ts';
import {
  type CommitServices,
  findSameBuild,
  finishPush,
  lockPush,
  stagedManifestKey,
} from './commit-push.ts';
import { chunkRowsByPack, type DepotPacks, readDepotPacks } from './depot-packs.ts';
import { pushErrors } from './errors.ts';
import { insertRecipes, verifyFiles } from './file-recipes.ts';
import { type PushRow, readPush } from './push-session-store.ts';
import { verifyStoredPack } from './stored-pack.ts';

/** Faults of what was pushed: trying again would find the same. All else is the service's trouble and is tried again. */
const VERDICT_FAMILIES: ReadonlySet<AppError['family']> = new Set([
  'integrity',
  'format',
  'input',
  'conflict',
]);

interface Verification {
  readonly push: PushRow;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  readonly known: DepotPacks;
  readonly recipes: Buffer;
}

/**
 * Hash what a push uploaded, as it lies in storage, and only then make its build. Run again after a crash it starts
 * over; nothing is seen of a push before its one transaction commits.
 */
export async function verifyPush(services: CommitServices, job: RunningJob<'verify-push'>): Promise<void> {
  const { pushSessionId } = job.data;
  const push = await readPush(services.database, pushSessionId);
  if (push.state !== 'verifying') return;
  try {
    const verification = await verify(services, push, job.signal);
    await publish(services, verification);
  } catch (error) {
    const isVerdict = error instanceof AppError && VERDICT_FAMILIES.has(error.family);
    if (!isVerdict && !job.isLastTry) throw error;
    await reject(services, push, error);
    if (!isVerdict) throw error;
  }
  await services.store.delete(stagedManifestKey(pushSessionId));
}

async function verify(services: CommitServices, push: PushRow, signal: AbortSignal): Promise<Verification> {
  const { database, store } = services;
  const bytes = await readStagedManifest(services, push);
  const manifest = parseManifest(bytes);
  const known = await readDepotPacks(database, push.depotId, manifest);
  const rowsByPack = chunkRowsByPack(manifest);
  let packsVerified = 0;
  for (const [index, pack] of manifest.packs.entries()) {
    if (known.has(pack.sha256)) continue;
    const key = objectKey(push, 'pack', pack.sha256);
    await verifyStoredPack(store, { ...pack, key }, manifest.chunks, rowsByPack[index] ?? [], signal);
    packsVerified += 1;
    await database
      .updateTable('pushSessions')
      .set({ packsVerified })
      .where('pushSessionId', '=', push.pushSessionId)
      .execute();
  }
  await verifyKnownChunks(services, push, manifest, known, rowsByPack);
  const recipes = await verifyFiles({ database, store, depot: push, manifest, signal });
  return { push, bytes, manifest, known, recipes };
}

async function readStagedManifest({ store }: CommitServices, push: PushRow): Promise<Buffer> {
  const key = stagedManifestKey(push.pushSessionId);
  if ((await store.head(key)) === undefined) throw pushErrors.error('PUSH_MANIFEST_LOST');
  return buffer((await store.read(key)).stream);
}

/** Chunks in packs of earlier builds: the table vouches for their places; what it does not know is read and hashed. */
async function verifyKnownChunks(
  { database, store }: CommitServices,
  push: PushRow,
  manifest: Manifest,
  known: DepotPacks,
  rowsByPack: readonly (readonly number[])[],
): Promise<void> {
  const { chunks, packs } = manifest;
  const rows = packs.flatMap((pack, index) => (known.has(pack.sha256) ? (rowsByPack[index] ?? []) : []));
  for (let start = 0; start < rows.length; start += CHUNKS_PER_QUERY) {
    const batch = rows.slice(start, start + CHUNKS_PER_QUERY);
    const hashes = Buffer.concat(batch.map((row) => sha256BytesAt(chunks.sha256, row)));
    const found = await findChunks(database, push.depotId, hashes);
    const vouched = new Set<number>();
    for (const chunk of found) {
      const row = batch[chunk.at] as number;
      const packId = known.get(packs[chunks.pack[row] as number]?.sha256 ?? '')?.packId;
      const isSame =
        chunk.packId === packId &&
        chunk.offset === chunks.offset[row] &&
        chunk.packedBytes === chunks.packedBytes[row] &&
        chunk.sizeBytes === chunks.sizeBytes[row];
      if (isSame) vouched.add(row);
    }
    for (const row of batch) {
      if (!vouched.has(row)) await verifyChunkInPlace(store, push, manifest, row);
    }
  }
}

async function verifyChunkInPlace(
  store: CommitServices['store'],
  push: PushRow,
  { chunks, packs }: Manifest,
  row: number,
): Promise<void> {
  const pack = packs[chunks.pack[row] as number]?.sha256 ?? '';
  const start = chunks.offset[row] as number;
  try {
    const range = { start, end: start + (chunks.packedBytes[row] as number) };
    const { stream } = await store.read(objectKey(push, 'pack', pack), range);
    const sizeBytes = chunks.sizeBytes[row] as number;
    decodeChunk(await buffer(stream), { sizeBytes, sha256: sha256BytesAt(chunks.sha256, row) });
  } catch (error) {
    const isVerdict = error instanceof AppError && ['integrity', 'format', 'input'].includes(error.family);
    if (!isVerdict) throw error;
    throw pushErrors.error('PUSH_PACK_DAMAGED', { pack, reason: error.message }, error);
  }
}

/** The manifest's object first, then everything the database knows of the build in one transaction. */
async function publish(services: CommitServices, verification: Verification): Promise<void> {
  const { push, bytes, manifest } = verification;
  const manifestSha256 = push.manifestSha256 as string;
  await services.store.write(objectKey(push, 'manifest', manifestSha256), bytes, {
    sha256: manifestSha256,
    contentType: 'application/octet-stream',
    cacheControl: 'public, max-age=31536000, immutable',
  });
  await services.database.transaction().execute(async (transaction) => {
    await lockPush(transaction, push.pushSessionId);
    const locked = await readPush(transaction, push.pushSessionId);
    if (locked.state !== 'verifying') return;
    const before = await findSameBuild(transaction, push.depotId, manifestSha256);
    if (before !== undefined) {
      await finishPush(transaction, locked, before, true);
      return;
    }
    await insertContents(transaction, verification);
    const { buildId } = await transaction
      .insertInto('builds')
      .values({
        depotId: push.depotId,
        version: push.version,
        notes: push.notes,
        manifestSha256,
        manifestSizeBytes: bytes.length,
        ...computeTotals(manifest),
        createdBy: push.accountId,
        createdAt: services.now(),
      })
      .returning('buildId')
      .executeTakeFirstOrThrow();
    await finishPush(transaction, locked, buildId, false);
  });
}

async function insertContents(
  transaction: DatabaseTransaction,
  { push, manifest, known, recipes }: Verification,
): Promise<void> {
  const rowsByPack = chunkRowsByPack(manifest);
  const packIds = new Map<number, number>();
  for (const [index, pack] of manifest.packs.entries()) {
    if (known.has(pack.sha256)) continue;
    const { packId } = await transaction
      .insertInto('packs')
      .values({
        depotId: push.depotId,
        sha256: Buffer.from(pack.sha256, 'hex'),
        sizeBytes: pack.sizeBytes,
      })
      .returning('packId')
      .executeTakeFirstOrThrow();
    packIds.set(index, packId);
  }
  const rows = [...packIds.keys()].flatMap((index) => rowsByPack[index] ?? []);
  const packIdOf = (row: number) => packIds.get(manifest.chunks.pack[row] as number) as number;
  await insertChunks(transaction, push.depotId, manifest.chunks, rows, packIdOf);
  await insertRecipes(transaction, push.depotId, recipes);
}

function computeTotals(manifest: Manifest): { sizeBytes: number; files: number; downloadBytes: number } {
  const files = manifest.entries.filter((entry) => entry.kind === 'file');
  const sum = (numbers: Iterable<number>) => {
    let total = 0;
    for (const number of numbers) total += number;
    return total;
  };
  return {
    sizeBytes: sum(files.map((file) => file.sizeBytes)),
    files: files.length,
    downloadBytes: sum(manifest.chunks.packedBytes),
  };
}

/** Say what was found. A damaged pack is removed, so that the next push brings it anew. */
async function reject(services: CommitServices, push: PushRow, error: unknown): Promise<void> {
  const known = error instanceof AppError ? error : pushErrors.error('PUSH_CHECK_FAILED', {}, error);
  const pack = known.details['pack'];
  if (known.code === 'PUSH_PACK_DAMAGED' && typeof pack === 'string')
    await removeUnlessCommitted(services, push, pack);
  await services.database
    .updateTable('pushSessions')
    .set({ state: 'rejected', problem: JSON.stringify(toProblem(known)) })
    .where('pushSessionId', '=', push.pushSessionId)
    .where('state', '=', 'verifying')
    .execute();
}

async function removeUnlessCommitted(
  { database, store }: CommitServices,
  push: PushRow,
  sha256: string,
): Promise<void> {
  const committed = await database
    .selectFrom('packs')
    .select('packId')
    .where('depotId', '=', push.depotId)
    .where('sha256', '=', Buffer.from(sha256, 'hex'))
    .executeTakeFirst();
  if (committed === undefined) await store.delete(objectKey(push, 'pack', sha256));
}
