import type { Readable } from 'node:stream';
import { storageErrors } from './errors.ts';

/** What is known of a stored object without reading it. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Opaque and unquoted; differs whenever the bytes do. */
  readonly etag: string;
  /** Lower-case hex, where the store recorded it. */
  readonly sha256: string | undefined;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  readonly modifiedAt: Date;
}

/** Bytes `start` to `end`, the end not included: `{ start: 0, end: 4 }` is the first four. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ObjectBody {
  /** The bytes asked for. The reader must consume or destroy it. */
  readonly stream: Readable;
  /** Size of the whole object, also when only a range is read. */
  readonly sizeBytes: number;
}

export interface ContentHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
}

export interface WriteOptions extends ContentHeaders {
  /** Lower-case hex; the write fails and leaves nothing when the bytes differ. */
  readonly sha256?: string;
  /** Fail with `STORAGE_ALREADY_EXISTS` rather than replace. */
  readonly ifAbsent?: boolean;
}

/**
 * Named, immutable-by-convention bytes. Every key passes {@link checkKey} first.
 * @throws `STORAGE_*`, see `errors.ts`.
 */
export interface ObjectStore {
  /** `undefined` when nothing is stored under the key. */
  head(key: string): Promise<StoredObject | undefined>;
  /** @throws `STORAGE_NOT_FOUND`; `STORAGE_RANGE_INVALID` when the range is empty or passes the end. */
  read(key: string, range?: ByteRange): Promise<ObjectBody>;
  /** Readers see the old object or the new one, never a part; durable when it returns. */
  write(key: string, content: Uint8Array | Readable, options?: WriteOptions): Promise<StoredObject>;
  /** Deleting what is not there succeeds. */
  delete(key: string): Promise<void>;
  /** Objects whose key begins with `prefix`, in key order; `''` lists all. */
  list(prefix: string): AsyncIterable<ListedObject>;
}

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

export interface UploadSpec extends ContentHeaders {
  readonly sizeBytes: number;
  /** Lower-case hex of the whole object. */
  readonly sha256: string;
}

export interface BegunUpload {
  /** Opaque; to be kept by the service, and given back with the same key. */
  readonly uploadId: string;
  /** Every part has this size but the last, which has the rest. */
  readonly partBytes: number;
}

/** A request that a client without credentials may send, once or again, until it expires. */
export interface PresignedPart {
  /** From 1. */
  readonly number: number;
  readonly method: 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** A store that lets clients send bytes to it directly, in resumable parts. */
export interface UploadStore extends ObjectStore {
  /** @throws `STORAGE_TOO_LARGE`. Whether the key already holds an object is the caller's question ({@link ObjectStore.head}). */
  beginUpload(key: string, spec: UploadSpec): Promise<BegunUpload>;
  /** @throws `STORAGE_UPLOAD_NOT_FOUND`, `STORAGE_PART_INVALID` */
  presignParts(uploadId: string, key: string, numbers: readonly number[]): Promise<readonly PresignedPart[]>;
  /** What has arrived whole, by number. @throws `STORAGE_UPLOAD_NOT_FOUND` */
  listParts(uploadId: string, key: string): Promise<readonly UploadedPart[]>;
  /**
   * Join the parts, hash the whole, and only then let it be seen under its key.
   * @throws `STORAGE_UPLOAD_INCOMPLETE` (nothing is lost), `STORAGE_SIZE_MISMATCH`,
   * `STORAGE_HASH_MISMATCH` (the upload is gone), `STORAGE_UPLOAD_NOT_FOUND`
   */
  completeUpload(uploadId: string, key: string): Promise<StoredObject>;
  /** Forget the upload and its parts; aborting what is not there succeeds. */
  abortUpload(uploadId: string, key: string): Promise<void>;
}

/** S3's limit for a key. */
const KEY_MAX_BYTES = 1024;
// Lower case only, so that no two keys are one file on a case-insensitive disk, and
// nothing that a URL, a shell or a file system would rewrite.
const SEGMENT = /^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?$/;
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/**
 * Refuse a key that is not in the one normal form.
 * @throws `STORAGE_KEY_INVALID`
 */
export function checkKey(key: string): string {
  const reason = keyFault(key);
  if (reason !== undefined)
    throw storageErrors.error('STORAGE_KEY_INVALID', { key: key.slice(0, 200), reason });
  return key;
}

/** True for a key every store accepts. */
export function isKey(key: string): boolean {
  return keyFault(key) === undefined;
}

function keyFault(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.length > KEY_MAX_BYTES) return `it is longer than ${KEY_MAX_BYTES} bytes`;
  for (const segment of key.split('/')) {
    if (!SEGMENT.test(segment)) return `the segment "${segment}" has a form that is not allowed`;
    if (segment.length > 200) return 'a segment is longer than 200 bytes';
    if (DEVICE_NAME.test(segment)) return `"${segment}" is the name of a device on Windows`;
  }
  return undefined;
}

/** @throws `STORAGE_RANGE_INVALID` for an empty range or one that passes the end. */
export function checkRange(key: string, range: ByteRange, sizeBytes: number): ByteRange {
  const { start, end } = range;
  const valid = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start < end;
  if (!valid || end > sizeBytes)
    throw storageErrors.error('STORAGE_RANGE_INVALID', { key, start, end, sizeBytes });
  return range;
}

/** Size of part `number` (from 1), or `undefined` when the upload has no such part. An empty object has one empty part. */
export function partSize(
  number: number,
  upload: { sizeBytes: number; partBytes: number },
): number | undefined {
  if (!Number.isInteger(number) || number < 1 || number > partCount(upload)) return undefined;
  return Math.min(upload.partBytes, upload.sizeBytes - (number - 1) * upload.partBytes);
}

export function partCount(upload: { sizeBytes: number; partBytes: number }): number {
  return Math.max(1, Math.ceil(upload.sizeBytes / upload.partBytes));
}

/** 8 MiB: a retry loses little, and a 64 MiB pack still goes up on eight connections. */
const DEFAULT_PART_BYTES = 8 * 1024 * 1024;
/** S3's limit of parts in one upload. */
const PARTS_MAX = 10_000;

/** The part size for an object: the preferred one, larger where S3's 10,000 parts would not do. */
export function choosePartBytes(sizeBytes: number, preferredBytes: number = DEFAULT_PART_BYTES): number {
  return Math.max(preferredBytes, Math.ceil(sizeBytes / PARTS_MAX));
}
