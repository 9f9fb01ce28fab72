import { S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '../../patcher/errors.ts';
import { storageErrors } from './errors.ts';
import type { ContentHeaders } from './object-store.ts';

/** S3 writes checksums in base64, Gantry in hex. */
export function toSha256Base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

export function contentParameters({ contentType, cacheControl }: ContentHeaders) {
  return {
    ...(contentType !== undefined && { ContentType: contentType }),
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
  };
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** An SDK failure as one of ours; what is ours already passes through. */
export function s3Failure(error: unknown, key: string): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : 'unknown';
  if (name === 'NoSuchUpload') return storageErrors.error('STORAGE_UPLOAD_NOT_FOUND', { key }, error);
  if (statusOf(error) === 404) return storageErrors.error('STORAGE_NOT_FOUND', { key }, error);
  // 409 is S3's answer when two conditional writes meet.
  if (statusOf(error) === 412 || name === 'ConditionalRequestConflict') {
    return storageErrors.error('STORAGE_ALREADY_EXISTS', { key }, error);
  }
  return storageErrors.error('STORAGE_UNAVAILABLE', { reason: name }, error);
}
