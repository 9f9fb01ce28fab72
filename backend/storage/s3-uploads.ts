import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { storageErrors } from './errors.ts';
import {
  type BegunUpload,
  choosePartBytes,
  partCount,
  partSize,
  type PresignedPart,
  type UploadedPart,
  type UploadSpec,
} from './object-store.ts';
import { contentParameters, s3Failure, statusOf } from './s3-mapping.ts';

/** What one CopyObject may copy; packs and segments of patches are far below. */
const OBJECT_MAX_BYTES = 5 * 1024 ** 3;
/** S3's least size of a part that is not the last. */
const PART_MIN_BYTES = 5 * 1024 * 1024;
const ADDRESS_LIFETIME_SECONDS = 3600;
const UPLOAD_ID = /^([0-9a-f]{32})\.(\d{1,15})\.(\d{1,15})\.([\x21-\x7e]{1,1024})$/;

/** Our upload id carries what presigning needs, so that no state is kept beside S3's own. */
interface UploadState {
  /** Random, so that two uploads to one key never share a staging object. */
  readonly stagingId: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly s3UploadId: string;
}

/**
 * Presigned multipart uploads. Parts are joined under `uploads/<random>/<key>`, read back and hashed
 * there, and copied inside S3 to their key only when the hash is right: unverified bytes are never
 * where a CDN or another push could find them.
 */
export class S3Uploads {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #partBytes: number | undefined;
  readonly #lifetimeSeconds: number;

  constructor(
    client: S3Client,
    options: { bucket: string; partBytes?: number; addressLifetimeSeconds?: number },
  ) {
    this.#client = client;
    this.#bucket = options.bucket;
    this.#partBytes = options.partBytes;
    this.#lifetimeSeconds = options.addressLifetimeSeconds ?? ADDRESS_LIFETIME_SECONDS;
  }

  async begin(key: string, spec: UploadSpec): Promise<BegunUpload> {
    const { sizeBytes, sha256 } = spec;
    if (sizeBytes > OBJECT_MAX_BYTES) {
      throw storageErrors.error('STORAGE_TOO_LARGE', { sizeBytes, maxBytes: OBJECT_MAX_BYTES });
    }
    const partBytes = Math.max(PART_MIN_BYTES, choosePartBytes(sizeBytes, this.#partBytes));
    const stagingId = randomBytes(16).toString('hex');
    const Metadata = { sha256, size: String(sizeBytes) };
    const at = { Bucket: this.#bucket, Key: stagingKey(stagingId, key) };
    const command = new CreateMultipartUploadCommand({ ...at, Metadata, ...contentParameters(spec) });
    const { UploadId } = await this.#try(key, () => this.#client.send(command));
    return { uploadId: `${stagingId}.${sizeBytes}.${partBytes}.${UploadId}`, partBytes };
  }

  async presign(uploadId: string, key: string, numbers: readonly number[]): Promise<PresignedPart[]> {
    const state = parseUploadId(uploadId, key);
    return Promise.all(numbers.map((number) => this.#presignPart(state, key, number)));
  }

  async parts(uploadId: string, key: string): Promise<UploadedPart[]> {
    const found = await this.#s3Parts(parseUploadId(uploadId, key), key);
    return found.map((part) => ({
      number: part.PartNumber ?? 0,
      etag: (part.ETag ?? '').replaceAll('"', ''),
      sizeBytes: part.Size ?? 0,
    }));
  }

  async complete(uploadId: string, key: string): Promise<void> {
    const state = parseUploadId(uploadId, key);
    const Parts = (await this.#s3Parts(state, key)).map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    const present = new Set(Parts.map((part) => part.PartNumber));
    for (let number = 1; number <= partCount(state); number += 1) {
      if (!present.has(number)) throw storageErrors.error('STORAGE_UPLOAD_INCOMPLETE', { key, number });
    }
    const at = this.#at(state, key);
    const MultipartUpload = { Parts };
    await this.#try(key, () =>
      this.#client.send(
        new CompleteMultipartUploadCommand({ ...at, UploadId: state.s3UploadId, MultipartUpload }),
      ),
    );
    try {
      await this.#verify(at.Key, key);
      const CopySource = `${this.#bucket}/${at.Key}`;
      await this.#client.send(new CopyObjectCommand({ Bucket: this.#bucket, Key: key, CopySource }));
    } catch (error) {
      throw s3Failure(error, key);
    } finally {
      await this.#client.send(new DeleteObjectCommand(at));
    }
  }

  async abort(uploadId: string, key: string): Promise<void> {
    const state = parseUploadId(uploadId, key);
    await this.abortAt(this.#at(state, key).Key, state.s3UploadId);
  }

  /** Abort any multipart upload of the bucket by S3's own names; one that is gone already is fine. */
  async abortAt(key: string, s3UploadId: string | undefined): Promise<void> {
    try {
      await this.#client.send(
        new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: s3UploadId }),
      );
    } catch (error) {
      if (statusOf(error) !== 404) throw s3Failure(error, key);
    }
  }

  async #presignPart(state: UploadState, key: string, number: number): Promise<PresignedPart> {
    const sizeBytes = partSize(number, state);
    if (sizeBytes === undefined) throw storageErrors.error('STORAGE_PART_INVALID', { key, number });
    const { s3UploadId: UploadId } = state;
    const part = { ...this.#at(state, key), UploadId, PartNumber: number, ContentLength: sizeBytes };
    // The length is signed: no other amount of bytes can be sent to this address.
    const url = await getSignedUrl(this.#client, new UploadPartCommand(part), {
      expiresIn: this.#lifetimeSeconds,
      signableHeaders: new Set(['content-length', 'host']),
    });
    return { number, method: 'PUT', url, headers: { 'content-length': String(sizeBytes) }, sizeBytes };
  }

  /** The metadata was fixed when the upload began, so a forged upload id cannot change what is expected. */
  async #verify(staged: string, key: string): Promise<void> {
    const { Body, Metadata } = await this.#client.send(
      new GetObjectCommand({ Bucket: this.#bucket, Key: staged }),
    );
    if (!(Body instanceof Readable)) throw storageErrors.error('STORAGE_UNAVAILABLE', { reason: 'no body' });
    const hash = createHash('sha256');
    let actual = 0;
    for await (const piece of Body) {
      const bytes: Uint8Array = piece;
      hash.update(bytes);
      actual += bytes.length;
    }
    const expected = Number(Metadata?.['size']);
    if (actual !== expected) throw storageErrors.error('STORAGE_SIZE_MISMATCH', { key, expected, actual });
    if (hash.digest('hex') !== Metadata?.['sha256'])
      throw storageErrors.error('STORAGE_HASH_MISMATCH', { key });
  }

  async #s3Parts(state: UploadState, key: string): Promise<Part[]> {
    const found: Part[] = [];
    let marker: string | undefined;
    do {
      const command = new ListPartsCommand({
        ...this.#at(state, key),
        UploadId: state.s3UploadId,
        PartNumberMarker: marker,
      });
      const page = await this.#try(key, () => this.#client.send(command));
      found.push(...(page.Parts ?? []));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return found;
  }

  async #try<T>(key: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (statusOf(error) === 404) throw storageErrors.error('STORAGE_UPLOAD_NOT_FOUND', { key }, error);
      throw s3Failure(error, key);
    }
  }

  #at({ stagingId }: UploadState, key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: stagingKey(stagingId, key) };
  }
}

function stagingKey(stagingId: string, key: string): string {
  return `uploads/${stagingId}/${key}`;
}

function parseUploadId(uploadId: string, key: string): UploadState {
  const match = UPLOAD_ID.exec(uploadId);
  if (!match) throw storageErrors.error('STORAGE_UPLOAD_NOT_FOUND', { key });
  const [, stagingId = '', sizeBytes, partBytes, s3UploadId = ''] = match;
  return { stagingId, sizeBytes: Number(sizeBytes), partBytes: Number(partBytes), s3UploadId };
}
