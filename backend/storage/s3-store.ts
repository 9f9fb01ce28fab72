import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { storageErrors } from './errors.ts';
import {
  type BegunUpload,
  type ByteRange,
  checkKey,
  checkRange,
  type ListedObject,
  type ObjectBody,
  type PresignedPart,
  type StoredObject,
  type UploadedPart,
  type UploadSpec,
  type UploadStore,
  type WriteOptions,
} from './object-store.ts';
import { gatherPieces } from './pieces.ts';
import { contentParameters, s3Failure, statusOf, toSha256Base64 } from './s3-mapping.ts';
import { S3Uploads } from './s3-uploads.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  /** Only for a server that is not AWS. */
  readonly endpoint?: string;
  /** Without it, the SDK's own chain: environment, profile, instance role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly partBytes?: number;
  readonly addressLifetimeSeconds?: number;
}

/** A stream is sent as a multipart upload from this size on; below, it is one request. S3's least part size is 5 MiB. */
const STREAM_PART_BYTES = 8 * 1024 * 1024;

/** Objects in one S3 bucket, or in any server that speaks S3 with Signature Version 4. */
export class S3Store implements UploadStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #uploads: S3Uploads;

  constructor(options: S3StoreOptions) {
    this.#bucket = options.bucket;
    this.#client = new S3Client({
      region: options.region,
      ...(options.endpoint !== undefined && { endpoint: options.endpoint, forcePathStyle: true }),
      ...(options.credentials !== undefined && { credentials: options.credentials }),
      // The SDK's default would bake the checksum of an empty body into presigned parts.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.#uploads = new S3Uploads(this.#client, options);
  }

  close(): void {
    this.#client.destroy();
  }

  async head(key: string): Promise<StoredObject | undefined> {
    checkKey(key);
    try {
      const found = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return {
        key,
        sizeBytes: found.ContentLength ?? 0,
        etag: unquote(found.ETag),
        sha256: found.Metadata?.['sha256'],
        contentType: found.ContentType,
        cacheControl: found.CacheControl,
        modifiedAt: found.LastModified ?? new Date(0),
      };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw s3Failure(error, key);
    }
  }

  async read(key: string, range?: ByteRange): Promise<ObjectBody> {
    checkKey(key);
    if (range) return this.#readRange(key, range);
    const { stream, sizeBytes } = await this.#get(key);
    return { stream, sizeBytes };
  }

  async write(
    key: string,
    content: Uint8Array | Readable,
    options: WriteOptions = {},
  ): Promise<StoredObject> {
    checkKey(key);
    try {
      const stream = content instanceof Uint8Array ? Readable.from([content]) : content;
      await this.#send(key, gatherPieces(stream, STREAM_PART_BYTES), options);
    } catch (error) {
      throw s3Failure(error, key);
    }
    const stored = await this.head(key);
    if (stored === undefined)
      throw storageErrors.error('STORAGE_UNAVAILABLE', { reason: `${key} vanished after its write` });
    return stored;
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      throw s3Failure(error, key);
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const page = await this.#listPage(prefix, token);
      for (const object of page.Contents ?? []) {
        if (object.Key === undefined) continue;
        yield {
          key: object.Key,
          sizeBytes: object.Size ?? 0,
          modifiedAt: object.LastModified ?? new Date(0),
        };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  beginUpload(key: string, spec: UploadSpec): Promise<BegunUpload> {
    return this.#uploads.begin(checkKey(key), spec);
  }

  presignParts(uploadId: string, key: string, numbers: readonly number[]): Promise<readonly PresignedPart[]> {
    return this.#uploads.presign(uploadId, checkKey(key), numbers);
  }

  listParts(uploadId: string, key: string): Promise<readonly UploadedPart[]> {
    return this.#uploads.parts(uploadId, checkKey(key));
  }

  async completeUpload(uploadId: string, key: string): Promise<StoredObject> {
    await this.#uploads.complete(uploadId, checkKey(key));
    const stored = await this.head(key);
    if (stored === undefined) throw storageErrors.error('STORAGE_UPLOAD_NOT_FOUND', { key });
    return stored;
  }

  abortUpload(uploadId: string, key: string): Promise<void> {
    return this.#uploads.abort(uploadId, checkKey(key));
  }

  /** The size is learnt from the answer's `Content-Range`; a store that ignores the range is not believed. */
  async #readRange(key: string, range: ByteRange): Promise<ObjectBody> {
    checkRange(key, range, Number.MAX_SAFE_INTEGER);
    const { stream, sizeBytes, contentRange } = await this.#get(key, range);
    const total = Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? sizeBytes);
    const whole = contentRange === undefined && range.start === 0 && range.end === sizeBytes;
    const exact = contentRange === `bytes ${range.start}-${range.end - 1}/${total}`;
    if (exact || whole) return { stream, sizeBytes: total };
    stream.destroy();
    throw storageErrors.error('STORAGE_RANGE_INVALID', { key, ...range, sizeBytes: total });
  }

  async #get(key: string, range?: ByteRange): Promise<ObjectBody & { contentRange: string | undefined }> {
    try {
      const Range = range && `bytes=${range.start}-${range.end - 1}`;
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range }));
      if (!(answer.Body instanceof Readable))
        throw storageErrors.error('STORAGE_UNAVAILABLE', { reason: 'no body' });
      return { stream: answer.Body, sizeBytes: answer.ContentLength ?? 0, contentRange: answer.ContentRange };
    } catch (error) {
      if (statusOf(error) !== 416 || range === undefined) throw s3Failure(error, key);
      const sizeBytes = (await this.head(key))?.sizeBytes ?? 0;
      throw storageErrors.error('STORAGE_RANGE_INVALID', { key, ...range, sizeBytes }, error);
    }
  }

  /** One PUT when the content ends within the first piece, else parts one after the other: bounded memory at any size. */
  async #send(key: string, pieces: AsyncGenerator<Uint8Array>, options: WriteOptions): Promise<void> {
    const first = await pieces.next();
    const second = await pieces.next();
    if (!second.done) return this.#sendParts(key, [first.value, second.value], pieces, options);
    const body: Uint8Array = first.value ?? new Uint8Array();
    const sha256 = createHash('sha256').update(body).digest('hex');
    this.#checkHash(key, sha256, options);
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: body,
        ChecksumSHA256: toSha256Base64(sha256),
        Metadata: { sha256 },
        ...contentParameters(options),
        ...(options.ifAbsent && { IfNoneMatch: '*' }),
      }),
    );
  }

  async #sendParts(
    key: string,
    head: readonly Uint8Array[],
    rest: AsyncGenerator<Uint8Array>,
    options: WriteOptions,
  ): Promise<void> {
    const at = { Bucket: this.#bucket, Key: key };
    const { sha256: announced } = options;
    const metadata = announced === undefined ? {} : { Metadata: { sha256: announced } };
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...at, ...metadata, ...contentParameters(options) }),
    );
    const hash = createHash('sha256');
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    const sendPart = async (Body: Uint8Array): Promise<void> => {
      hash.update(Body);
      const PartNumber = Parts.length + 1;
      const { ETag } = await this.#client.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    };
    try {
      for (const piece of head) await sendPart(piece);
      for await (const piece of rest) await sendPart(piece);
      this.#checkHash(key, hash.digest('hex'), options);
      // Not every server honours the condition on completion; asking first narrows the gap there.
      if (options.ifAbsent && (await this.head(key)))
        throw storageErrors.error('STORAGE_ALREADY_EXISTS', { key });
      const condition = options.ifAbsent ? { IfNoneMatch: '*' } : {};
      const MultipartUpload = { Parts };
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload, ...condition }),
      );
    } catch (error) {
      await this.#uploads.abortAt(key, UploadId);
      throw error;
    }
  }

  #checkHash(key: string, actual: string, { sha256 }: WriteOptions): void {
    if (sha256 !== undefined && sha256 !== actual)
      throw storageErrors.error('STORAGE_HASH_MISMATCH', { key });
  }

  async #listPage(prefix: string, token: string | undefined) {
    try {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ContinuationToken: token,
      });
      return await this.#client.send(command);
    } catch (error) {
      throw s3Failure(error, prefix);
    }
  }
}

function unquote(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}
