import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { storageErrors } from './errors.ts';
import type { StoredObject } from './object-store.ts';

/**
 * What an entry file holds. The entry is the object's only truth: it names the blob with
 * the bytes, so replacing an object is one atomic rename and readers never see halves.
 */
const entrySchema = z.object({
  blob: z.string().regex(/^[0-9a-f]{32}$/),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z.string().optional(),
  cacheControl: z.string().optional(),
  modifiedAt: z.iso.datetime(),
});

export type FileEntryRecord = z.infer<typeof entrySchema>;

// "@" cannot occur in a key: the entry of `a` never collides with the folder of `a/b`.
const SUFFIX = '@.json';

/** The folder of entries: `<root>/entries/<key>@.json`. */
export class FileEntries {
  readonly #root: string;
  readonly #folder: string;
  readonly #temporary: string;

  constructor(root: string) {
    this.#root = root;
    this.#folder = path.join(root, 'entries');
    this.#temporary = path.join(root, 'temporary');
  }

  blobPath(blob: string): string {
    return path.join(this.#root, 'blobs', blob.slice(0, 2), blob);
  }

  async read(key: string): Promise<FileEntryRecord | undefined> {
    try {
      return entrySchema.parse(JSON.parse(await readFile(this.#path(key), 'utf8')));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw unavailable(error);
    }
  }

  /**
   * Point the key at a blob that is already durable.
   * @returns The record that was replaced.
   * @throws `STORAGE_ALREADY_EXISTS` with `ifAbsent`, decided atomically by the file system.
   */
  async commit(
    key: string,
    record: FileEntryRecord,
    ifAbsent: boolean,
  ): Promise<FileEntryRecord | undefined> {
    const file = this.#path(key);
    await makeFolder(path.dirname(file));
    await makeFolder(this.#temporary);
    const temporary = path.join(this.#temporary, randomName());
    await writeDurably(temporary, JSON.stringify(record));
    if (ifAbsent) {
      await this.#linkNew(temporary, file, key);
      await syncFolder(path.dirname(file));
      return undefined;
    }
    const old = await this.read(key);
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
    return old;
  }

  async remove(key: string): Promise<FileEntryRecord | undefined> {
    const old = await this.read(key);
    if (old !== undefined) await rm(this.#path(key), { force: true });
    return old;
  }

  /** Keys below a prefix in key order, found without reading folders the prefix rules out. */
  async *keys(prefix: string): AsyncGenerator<string> {
    const cut = prefix.lastIndexOf('/') + 1;
    const found = await this.#walk(prefix.slice(0, cut));
    yield* found.filter((key) => key.startsWith(prefix)).sort(compareText);
  }

  async #walk(folder: string): Promise<string[]> {
    const names = await readdir(path.join(this.#folder, folder), { withFileTypes: true }).catch((error) => {
      if (isMissing(error)) return [];
      throw unavailable(error);
    });
    const keys: string[] = [];
    for (const name of names) {
      if (name.isDirectory()) keys.push(...(await this.#walk(`${folder}${name.name}/`)));
      else if (name.name.endsWith(SUFFIX)) keys.push(folder + name.name.slice(0, -SUFFIX.length));
    }
    return keys;
  }

  async #linkNew(temporary: string, file: string, key: string): Promise<void> {
    try {
      await link(temporary, file);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      throw storageErrors.error('STORAGE_ALREADY_EXISTS', { key });
    } finally {
      await unlink(temporary);
    }
  }

  #path(key: string): string {
    return path.join(this.#folder, ...key.split('/')) + SUFFIX;
  }
}

/** An entry as the port speaks of it. The blob's random name makes a fair etag, but the hash is a better one. */
export function toStoredObject(key: string, record: FileEntryRecord): StoredObject {
  const { sizeBytes, sha256, contentType, cacheControl } = record;
  return {
    key,
    sizeBytes,
    etag: sha256,
    sha256,
    contentType,
    cacheControl,
    modifiedAt: new Date(record.modifiedAt),
  };
}

export function randomName(): string {
  return randomBytes(16).toString('hex');
}

/** Folders made here outlive a power cut before anything is put in them. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first !== undefined) await syncFolder(path.dirname(first));
}

export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot open a folder for syncing.
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeDurably(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One `write` may be short: go on until every byte is written. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function unavailable(error: unknown): Error {
  const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
  return storageErrors.error('STORAGE_UNAVAILABLE', { reason }, error);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
