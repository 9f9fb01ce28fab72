import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { AppError, hasCode } from '../../patcher/errors.ts';
import { storageErrors } from './errors.ts';
import {
  errnoOf,
  FileEntries,
  type FileEntryRecord,
  isMissing,
  makeFolder,
  randomName,
  syncFolder,
  toStoredObject,
  unavailable,
  writeFully,
} from './file-entries.ts';
import { FileUploads } from './file-uploads.ts';
import {
  type BegunUpload,
  type ByteRange,
  checkKey,
  checkRange,
  type ContentHeaders,
  type ListedObject,
  type ObjectBody,
  type PresignedPart,
  type StoredObject,
  type UploadedPart,
  type UploadSpec,
  type UploadStore,
  type WriteOptions,
} from './object-store.ts';

export interface FileStoreOptions {
  /** Everything lives below this folder; made when it is missing. */
  readonly folder: string;
  /** Signs upload addresses; at least 32 characters, the same after a restart so that uploads resume. */
  readonly secret: string;
  /** Where `file-store-routes.ts` is reached from outside, without a trailing slash; asked for at every use because ports are chosen late. */
  readonly publicUrl: () => string;
  readonly partBytes?: number;
  readonly addressLifetimeSeconds?: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}

// Large reads: an edge that serves packs is bound by system calls otherwise.
const READ_CHUNK_BYTES = 1024 * 1024;

/** Objects in a folder on disk: `entries/` name `blobs/`, `uploads/` hold what is on its way. */
export class FileStore implements UploadStore {
  readonly uploads: FileUploads;
  readonly #folder: string;
  readonly #entries: FileEntries;
  readonly #clock: () => number;

  constructor(options: FileStoreOptions) {
    this.#folder = options.folder;
    this.#clock = options.clock ?? Date.now;
    this.#entries = new FileEntries(options.folder);
    this.uploads = new FileUploads({ ...options, clock: this.#clock });
  }

  async head(key: string): Promise<StoredObject | undefined> {
    const entry = await this.#entries.read(checkKey(key));
    return entry && toStoredObject(key, entry);
  }

  async read(key: string, range?: ByteRange): Promise<ObjectBody> {
    checkKey(key);
    const { entry, handle } = await this.#openBlob(key);
    try {
      const { start, end } = range
        ? checkRange(key, range, entry.sizeBytes)
        : { start: 0, end: entry.sizeBytes };
      // Node's `end` is the last byte, so an empty object needs a stream of its own.
      if (end === 0) {
        await handle.close();
        return { stream: Readable.from([]), sizeBytes: 0 };
      }
      const stream = createReadStream('', {
        fd: handle,
        start,
        end: end - 1,
        highWaterMark: READ_CHUNK_BYTES,
      });
      return { stream, sizeBytes: entry.sizeBytes };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async write(
    key: string,
    content: Uint8Array | Readable,
    options: WriteOptions = {},
  ): Promise<StoredObject> {
    checkKey(key);
    if (options.ifAbsent && (await this.#entries.read(key)))
      throw storageErrors.error('STORAGE_ALREADY_EXISTS', { key });
    const blob = randomName();
    const file = this.#entries.blobPath(blob);
    try {
      await makeFolder(path.dirname(file));
      const written = await writeBlob(file, content);
      if (options.sha256 !== undefined && options.sha256 !== written.sha256) {
        throw storageErrors.error('STORAGE_HASH_MISMATCH', { key });
      }
      await syncFolder(path.dirname(file));
      return await this.#commit(key, { blob, ...written }, options);
    } catch (error) {
      await rm(file, { force: true });
      throw storageFailure(error, key);
    }
  }

  async delete(key: string): Promise<void> {
    const old = await this.#entries.remove(checkKey(key));
    if (old) await rm(this.#entries.blobPath(old.blob), { force: true });
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    for await (const key of this.#entries.keys(prefix)) {
      const entry = await this.#entries.read(key);
      if (entry) yield { key, sizeBytes: entry.sizeBytes, modifiedAt: new Date(entry.modifiedAt) };
    }
  }

  beginUpload(key: string, spec: UploadSpec): Promise<BegunUpload> {
    return this.uploads.begin(checkKey(key), spec);
  }

  presignParts(uploadId: string, key: string, numbers: readonly number[]): Promise<readonly PresignedPart[]> {
    return this.uploads.presign(uploadId, checkKey(key), numbers);
  }

  listParts(uploadId: string, key: string): Promise<readonly UploadedPart[]> {
    return this.uploads.parts(uploadId, checkKey(key));
  }

  /**
   * The bytes are copied, and hashed as they are written: whoever still holds an upload address
   * can spoil the upload with it, but never the object. Until the object is there, the upload stays.
   */
  async completeUpload(uploadId: string, key: string): Promise<StoredObject> {
    const { content, spec } = await this.uploads.openWhole(uploadId, checkKey(key));
    try {
      const stored = await this.write(key, content, spec);
      await this.uploads.remove(uploadId);
      return stored;
    } catch (error) {
      if (hasCode(error, 'STORAGE_HASH_MISMATCH')) await this.uploads.remove(uploadId);
      throw error;
    } finally {
      content.destroy();
    }
  }

  abortUpload(uploadId: string, key: string): Promise<void> {
    checkKey(key);
    return this.uploads.remove(uploadId);
  }

  async #commit(
    key: string,
    facts: Pick<FileEntryRecord, 'blob' | 'sizeBytes' | 'sha256'>,
    { contentType, cacheControl, ifAbsent }: ContentHeaders & { readonly ifAbsent?: boolean },
  ): Promise<StoredObject> {
    const record: FileEntryRecord = {
      ...facts,
      ...(contentType !== undefined && { contentType }),
      ...(cacheControl !== undefined && { cacheControl }),
      modifiedAt: new Date(this.#clock()).toISOString(),
    };
    const old = await this.#entries.commit(key, record, ifAbsent ?? false);
    if (old) await rm(this.#entries.blobPath(old.blob), { force: true });
    return toStoredObject(key, record);
  }

  /** A replaced blob may vanish between reading its entry and opening it: then the entry is read again. */
  async #openBlob(key: string): Promise<{ entry: FileEntryRecord; handle: FileHandle }> {
    let missing: unknown;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const entry = await this.#entries.read(key);
      if (entry === undefined) throw storageErrors.error('STORAGE_NOT_FOUND', { key });
      try {
        return { entry, handle: await open(this.#entries.blobPath(entry.blob), 'r') };
      } catch (error) {
        if (!isMissing(error)) throw unavailable(error);
        missing = error;
      }
    }
    throw storageErrors.error(
      'STORAGE_UNAVAILABLE',
      { reason: `the bytes of ${key} are gone from ${this.#folder}` },
      missing,
    );
  }
}

async function writeBlob(
  file: string,
  content: Uint8Array | Readable,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx');
  let sizeBytes = 0;
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      const bytes: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece;
      hash.update(bytes);
      await writeFully(handle, bytes, sizeBytes);
      sizeBytes += bytes.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function storageFailure(error: unknown, key: string): unknown {
  if (error instanceof AppError) return error;
  if (errnoOf(error) === 'ENOSPC') return storageErrors.error('STORAGE_FULL', { key }, error);
  return errnoOf(error) === undefined ? error : unavailable(error);
}
