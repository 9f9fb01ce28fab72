import { createHmac, timingSafeEqual } from 'node:crypto';
import { storageErrors } from './errors.ts';

/** One part of one upload, as a signed address allows it. */
export interface PartAddress {
  readonly uploadId: string;
  readonly number: number;
  readonly sizeBytes: number;
  /** Epoch seconds; refused from this second on. */
  readonly expires: number;
}

/** The path and query, below the service's public address, at which this part may be PUT. */
export function signPartAddress(address: PartAddress, secret: string): string {
  const query = new URLSearchParams({
    size: String(address.sizeBytes),
    expires: String(address.expires),
    signature: signatureOf(address, secret),
  });
  return `/storage/upload/${address.uploadId}/${address.number}?${query.toString()}`;
}

/**
 * The counterpart of {@link signPartAddress}: the signature is checked before the time,
 * so that an expiry is only ever told of an address that was once good.
 * @throws `STORAGE_SIGNATURE_INVALID`, `STORAGE_SIGNATURE_EXPIRED`
 */
export function verifyPartAddress(
  address: PartAddress,
  { signature, secret, nowMs }: { signature: string; secret: string; nowMs: number },
): void {
  const expected = Buffer.from(signatureOf(address, secret));
  const actual = Buffer.from(signature);
  const same = expected.length === actual.length && timingSafeEqual(expected, actual);
  if (!same) throw storageErrors.error('STORAGE_SIGNATURE_INVALID');
  if (nowMs >= address.expires * 1000) throw storageErrors.error('STORAGE_SIGNATURE_EXPIRED');
}

function signatureOf({ uploadId, number, sizeBytes, expires }: PartAddress, secret: string): string {
  // Newlines cannot occur in any field, so no two addresses share a text.
  const text = `gantry-part-1\n${uploadId}\n${number}\n${sizeBytes}\n${expires}`;
  return createHmac('sha256', secret).update(text).digest('base64url');
}
