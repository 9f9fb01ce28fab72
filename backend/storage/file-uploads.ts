import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { storageErrors } from './errors.ts';
import {
  isMissing,
  makeFolder,
  randomName,
  syncFolder,
  unavailable,
  writeDurably,
  writeFully,
} from './file-entries.ts';
import {
  type BegunUpload,
  choosePartBytes,
  partCount,
  partSize,
  type PresignedPart,
  type UploadedPart,
  type UploadSpec,
} from './object-store.ts';
import { signPartAddress } from './upload-signature.ts';

const uploadSchema = z.object({
  key: z.string(),
  partBytes: z.int().min(1),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z.string().optional(),
  cacheControl: z.string().optional(),
});

type Upload = z.infer<typeof uploadSchema>;

export interface FileUploadsOptions {
  readonly folder: string;
  readonly secret: string;
  readonly publicUrl: () => string;
  readonly partBytes?: number;
  readonly addressLifetimeSeconds?: number;
  readonly clock: () => number;
}

/** One hour: the slowest part on a slow line, and short enough that a leaked address is soon worthless. */
const ADDRESS_LIFETIME_SECONDS = 3600;
const UPLOAD_ID = /^[0-9a-f]{32}$/;

/**
 * Uploads on their way: `<folder>/uploads/<id>/` holds `upload.json`, `data` with every part at
 * its place, and `part-<n>` naming the SHA-256 of each part that arrived whole.
 */
export class FileUploads {
  readonly #options: FileUploadsOptions;
  readonly #folder: string;

  constructor(options: FileUploadsOptions) {
    if (options.secret.length < 32)
      throw new TypeError('The secret for upload addresses needs 32 characters or more.');
    this.#options = options;
    this.#folder = path.join(options.folder, 'uploads');
  }

  async begin(key: string, spec: UploadSpec): Promise<BegunUpload> {
    const uploadId = randomName();
    const partBytes = choosePartBytes(spec.sizeBytes, this.#options.partBytes);
    const upload = uploadSchema.parse({ ...spec, key, partBytes });
    const folder = path.join(this.#folder, uploadId);
    await makeFolder(folder);
    await (await open(path.join(folder, 'data'), 'wx')).close();
    await writeDurably(path.join(folder, 'upload.json'), JSON.stringify(upload));
    await syncFolder(folder);
    return { uploadId, partBytes };
  }

  async presign(uploadId: string, key: string, numbers: readonly number[]): Promise<PresignedPart[]> {
    const upload = await this.#read(uploadId, key);
    const lifetime = this.#options.addressLifetimeSeconds ?? ADDRESS_LIFETIME_SECONDS;
    const expires = Math.floor(this.#options.clock() / 1000) + lifetime;
    return numbers.map((number) => {
      const sizeBytes = partSize(number, upload);
      if (sizeBytes === undefined) throw storageErrors.error('STORAGE_PART_INVALID', { key, number });
      const address = signPartAddress({ uploadId, number, sizeBytes, expires }, this.#options.secret);
      const headers = { 'content-length': String(sizeBytes) };
      return { number, method: 'PUT', url: this.#options.publicUrl() + address, headers, sizeBytes };
    });
  }

  /**
   * Take the bytes of one part, at an address already verified. Sending a part again replaces it.
   * @throws `STORAGE_SIZE_MISMATCH`, `STORAGE_HASH_MISMATCH` when `sha256` is given; the part then counts as missing.
   */
  async receive(uploadId: string, number: number, body: Readable, sha256?: string): Promise<UploadedPart> {
    const upload = await this.#read(uploadId);
    const expected = partSize(number, upload);
    if (expected === undefined)
      throw storageErrors.error('STORAGE_PART_INVALID', { key: upload.key, number });
    const marker = this.#marker(uploadId, number);
    await rm(marker, { force: true });
    const position = (number - 1) * upload.partBytes;
    const received = await writeAt(path.join(this.#folder, uploadId, 'data'), body, {
      position,
      limit: expected,
    });
    if (received.sizeBytes !== expected) {
      throw storageErrors.error('STORAGE_SIZE_MISMATCH', {
        key: upload.key,
        expected,
        actual: received.sizeBytes,
      });
    }
    if (sha256 !== undefined && sha256 !== received.sha256) {
      throw storageErrors.error('STORAGE_HASH_MISMATCH', { key: upload.key });
    }
    await rm(marker, { force: true });
    await writeDurably(marker, received.sha256);
    return { number, etag: received.sha256, sizeBytes: expected };
  }

  async parts(uploadId: string, key: string): Promise<UploadedPart[]> {
    return this.#listParts(uploadId, await this.#read(uploadId, key));
  }

  /**
   * Every part has arrived: their bytes as one stream, and what the object shall be. The stream's hash is yet to be checked.
   * @throws `STORAGE_UPLOAD_INCOMPLETE`, `STORAGE_UPLOAD_NOT_FOUND`
   */
  async openWhole(uploadId: string, key: string): Promise<{ content: Readable; spec: UploadSpec }> {
    const upload = await this.#read(uploadId, key);
    const present = new Set((await this.#listParts(uploadId, upload)).map((part) => part.number));
    for (let number = 1; number <= partCount(upload); number += 1) {
      if (!present.has(number)) throw storageErrors.error('STORAGE_UPLOAD_INCOMPLETE', { key, number });
    }
    const spec = toSpec(upload);
    if (upload.sizeBytes === 0) return { content: Readable.from([]), spec };
    const file = path.join(this.#folder, uploadId, 'data');
    return {
      content: createReadStream(file, { end: upload.sizeBytes - 1, highWaterMark: 1024 * 1024 }),
      spec,
    };
  }

  async remove(uploadId: string): Promise<void> {
    if (UPLOAD_ID.test(uploadId))
      await rm(path.join(this.#folder, uploadId), { recursive: true, force: true });
  }

  /** Remove uploads begun before this moment and never finished. @returns How many. */
  async removeStale(begunBefore: Date): Promise<number> {
    const names = await readdir(this.#folder).catch((error) => {
      if (isMissing(error)) return [];
      throw unavailable(error);
    });
    let removed = 0;
    for (const name of names) {
      const { mtime } = await stat(path.join(this.#folder, name, 'upload.json')).catch(() => ({
        mtime: new Date(0),
      }));
      if (mtime >= begunBefore) continue;
      await this.remove(name);
      removed += 1;
    }
    return removed;
  }

  async #listParts(uploadId: string, upload: Upload): Promise<UploadedPart[]> {
    const names = await readdir(path.join(this.#folder, uploadId));
    const parts: UploadedPart[] = [];
    for (const name of names) {
      const number = Number(/^part-(\d+)$/.exec(name)?.[1]);
      const sizeBytes = partSize(number, upload);
      if (sizeBytes === undefined) continue;
      parts.push({ number, etag: await readFile(this.#marker(uploadId, number), 'utf8'), sizeBytes });
    }
    return parts.sort((a, b) => a.number - b.number);
  }

  async #read(uploadId: string, key?: string): Promise<Upload> {
    const missing = (cause?: unknown): Error =>
      storageErrors.error('STORAGE_UPLOAD_NOT_FOUND', { key: key ?? uploadId }, cause);
    if (!UPLOAD_ID.test(uploadId)) throw missing();
    let upload: Upload;
    try {
      upload = uploadSchema.parse(
        JSON.parse(await readFile(path.join(this.#folder, uploadId, 'upload.json'), 'utf8')),
      );
    } catch (error) {
      throw isMissing(error) ? missing(error) : unavailable(error);
    }
    if (key !== undefined && upload.key !== key) throw missing();
    return upload;
  }

  #marker(uploadId: string, number: number): string {
    return path.join(this.#folder, uploadId, `part-${number}`);
  }
}

function toSpec({ sizeBytes, sha256, contentType, cacheControl }: Upload): UploadSpec {
  return {
    sizeBytes,
    sha256,
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
  };
}

/** Never writes past `limit`, whatever the sender sends: the next part's bytes lie there. */
async function writeAt(
  file: string,
  body: Readable,
  { position, limit }: { position: number; limit: number },
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r+');
  let sizeBytes = 0;
  try {
    for await (const piece of body) {
      const bytes: Uint8Array = piece;
      if (sizeBytes + bytes.length > limit) return { sizeBytes: sizeBytes + bytes.length, sha256: '' };
      hash.update(bytes);
      await writeFully(handle, bytes, position + sizeBytes);
      sizeBytes += bytes.length;
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
