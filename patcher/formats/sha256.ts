import { hash } from 'node:crypto';
import type { Sha256 } from './manifest.ts';

/** Length of a SHA-256 in bytes. */
export const SHA256_BYTES = 32;

/** SHA-256 of no bytes: that of every empty file. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Sha256;

export function computeSha256(bytes: Uint8Array): Sha256 {
  return hash('sha256', bytes, 'hex') as Sha256;
}

/** As {@link computeSha256}, in the raw form chunk tables hold. */
export function computeSha256Bytes(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/** True for 64 lower-case hex digits. */
export function isSha256(text: string): text is Sha256 {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Row `row` of a column of raw hashes, as hex. */
export function sha256At(column: Uint8Array, row: number): Sha256 {
  return Buffer.from(column.buffer, column.byteOffset + row * SHA256_BYTES, SHA256_BYTES).toString(
    'hex',
  ) as Sha256;
}

/** Row `row` of a column of raw hashes, as a view. */
export function sha256BytesAt(column: Uint8Array, row: number): Uint8Array {
  return column.subarray(row * SHA256_BYTES, (row + 1) * SHA256_BYTES);
}

/** Join hex hashes into a column of raw ones. */
export function joinSha256(hashes: readonly Sha256[]): Uint8Array {
  const column = new Uint8Array(hashes.length * SHA256_BYTES);
  hashes.forEach((sha256, row) => {
    column.set(Buffer.from(sha256, 'hex'), row * SHA256_BYTES);
  });
  return column;
}

/** True when two rows of 32 bytes are equal. */
export function equalSha256(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
