import { PACK_BYTES_MAX } from '../../patcher/formats/manifest-limits.ts';
import { hasCode } from '../../patcher/errors.ts';
import type { PackUpload } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import { objectKey } from '../delivery/object-path.ts';
import { partCount, type UploadStore } from '../storage/object-store.ts';
import { pushErrors } from './errors.ts';
import type { PushRow } from './push-session-store.ts';

export interface PackUploadServices {
  readonly database: Database;
  readonly store: UploadStore;
  readonly now: () => Date;
}

interface Upload {
  readonly uploadId: string;
  readonly partBytes: number;
}

/**
 * How to bring one pack into storage: nothing where it is there already, else the parts still missing.
 * Asking again, also after a restart of either side, goes on where the upload was.
 * @throws {AppError} `PUSH_PACK_TOO_LARGE`, `STORAGE_*`
 */
export async function beginPackUpload(
  services: PackUploadServices,
  push: PushRow,
  pack: { readonly sha256: string; readonly sizeBytes: number },
): Promise<PackUpload> {
  if (pack.sizeBytes > PACK_BYTES_MAX) {
    throw pushErrors.error('PUSH_PACK_TOO_LARGE', { sizeBytes: pack.sizeBytes, maxBytes: PACK_BYTES_MAX });
  }
  const { store } = services;
  const key = objectKey(push, 'pack', pack.sha256);
  // An object whose size is wrong is left for the verification to remove: its name promises other bytes.
  if ((await store.head(key))?.sizeBytes === pack.sizeBytes) {
    await savePack(services, push, pack, undefined, services.now());
    return { state: 'stored' };
  }
  const known = await readUpload(services.database, push.pushSessionId, pack.sha256);
  const uploaded = known && (await listParts(store, known.uploadId, key));
  const upload: Upload =
    known && uploaded
      ? known
      : await store.beginUpload(key, {
          ...pack,
          contentType: 'application/octet-stream',
          cacheControl: 'public, max-age=31536000, immutable',
        });
  if (upload !== known) await savePack(services, push, pack, upload, null);
  return toPackUpload(store, key, pack.sizeBytes, upload, uploaded ?? []);
}

/** @returns undefined where the upload is gone, and has to begin again. */
async function listParts(store: UploadStore, uploadId: string, key: string) {
  try {
    return await store.listParts(uploadId, key);
  } catch (error) {
    if (hasCode(error, 'STORAGE_UPLOAD_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function toPackUpload(
  store: UploadStore,
  key: string,
  sizeBytes: number,
  { uploadId, partBytes }: Upload,
  uploaded: Awaited<ReturnType<UploadStore['listParts']>>,
): Promise<PackUpload> {
  const present = new Set(uploaded.map((part) => part.number));
  const missing = Array.from(
    { length: partCount({ sizeBytes, partBytes }) },
    (_none, index) => index + 1,
  ).filter((number) => !present.has(number));
  const parts = await store.presignParts(uploadId, key, missing);
  return {
    state: 'upload',
    uploadId,
    parts: parts.map((part) => ({
      ...part,
      headers: { ...part.headers },
      offset: (part.number - 1) * partBytes,
    })),
    uploaded: uploaded.map(({ number, etag, sizeBytes: partSizeBytes }) => ({
      number,
      etag,
      sizeBytes: partSizeBytes,
    })),
  };
}

/**
 * Join a pack's parts into its object. Completing twice is once.
 * @throws {AppError} `PUSH_PACK_UNKNOWN`, `STORAGE_UPLOAD_INCOMPLETE`, `STORAGE_HASH_MISMATCH`
 */
export async function completePackUpload(
  services: PackUploadServices,
  push: PushRow,
  sha256: string,
): Promise<void> {
  const { database, store } = services;
  const pack = await database
    .selectFrom('pushPacks')
    .select(['sha256', 'sizeBytes', 'uploadId', 'storedAt'])
    .where('pushSessionId', '=', push.pushSessionId)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (pack === undefined) throw pushErrors.error('PUSH_PACK_UNKNOWN', { pack: sha256 });
  if (pack.storedAt !== null || pack.uploadId === null) return;
  const key = objectKey(push, 'pack', sha256);
  try {
    await store.completeUpload(pack.uploadId, key);
  } catch (error) {
    // The answer to an earlier completion was lost on its way.
    const isThere = (await store.head(key))?.sizeBytes === pack.sizeBytes;
    if (!hasCode(error, 'STORAGE_UPLOAD_NOT_FOUND') || !isThere) throw error;
  }
  await savePack(services, push, pack, undefined, services.now());
}

/** Let go of uploads on their way; packs that arrived stay and spare the next push their upload. */
export async function abortPackUploads(services: PackUploadServices, push: PushRow): Promise<void> {
  const packs = await services.database
    .selectFrom('pushPacks')
    .select(['sha256', 'uploadId'])
    .where('pushSessionId', '=', push.pushSessionId)
    .where('storedAt', 'is', null)
    .execute();
  for (const { sha256, uploadId } of packs) {
    if (uploadId !== null) await services.store.abortUpload(uploadId, objectKey(push, 'pack', sha256));
  }
}

async function readUpload(
  database: Database,
  pushSessionId: string,
  sha256: string,
): Promise<Upload | undefined> {
  const row = await database
    .selectFrom('pushPacks')
    .select(['uploadId', 'partBytes'])
    .where('pushSessionId', '=', pushSessionId)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (!row || row.uploadId === null || row.partBytes === null) return undefined;
  return { uploadId: row.uploadId, partBytes: row.partBytes };
}

async function savePack(
  { database }: PackUploadServices,
  push: PushRow,
  pack: { readonly sha256: string; readonly sizeBytes: number },
  upload: Upload | undefined,
  storedAt: Date | null,
): Promise<void> {
  const state = {
    sizeBytes: pack.sizeBytes,
    uploadId: upload?.uploadId ?? null,
    partBytes: upload?.partBytes ?? null,
    storedAt,
  };
  await database
    .insertInto('pushPacks')
    .values({ pushSessionId: push.pushSessionId, sha256: pack.sha256, ...state })
    .onConflict((conflict) => conflict.columns(['pushSessionId', 'sha256']).doUpdateSet(state))
    .execute();
}
