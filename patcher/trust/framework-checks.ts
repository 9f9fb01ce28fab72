import { UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, EqualVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { AppError } from '../errors.ts';
import { trustErrors } from './trust-errors.ts';

/**
 * The framework's own checks, as its JavaScript implementation makes them. Its `Updater` around them writes without
 * fsync, reads the machine's clock and turns every refusal of snapshot and targets into one error, so that part is
 * ours (docs/adr/0011); these are the ones that count signatures and compare versions, hashes and times.
 * @param root A root that is trusted already.
 * @param nowMs The one time at which expiry is judged throughout.
 */
export function createFrameworkChecks(root: Uint8Array, nowMs: number): TrustedMetadataStore {
  const checks = new TrustedMetadataStore(Buffer.from(root));
  // The store takes its time from the clock at its making and has no other way in; a test notices if the name changes.
  Reflect.set(checks, 'referenceTime', new Date(nowMs));
  return checks;
}

/** A record that is offered again unchanged; not a refusal. */
export function isSameVersion(error: unknown): boolean {
  return error instanceof EqualVersionError;
}

/** Let the framework judge a document, and give its refusal our name. */
export function judge(role: string, expires: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (isSameVersion(error) || error instanceof AppError) throw error;
    throw nameRefusal(role, expires, error);
  }
}

function nameRefusal(role: string, expires: string, error: unknown): AppError {
  if (error instanceof ExpiredMetadataError) {
    // It is the root's expiry that the framework looks at when it takes a timestamp.
    const which = error.message.includes('root') ? 'root' : role;
    return trustErrors.error('TRUST_EXPIRED', { role: which, expires }, error);
  }
  if (error instanceof UnsignedMetadataError) {
    return trustErrors.error('TRUST_SIGNATURES_MISSING', { role }, error);
  }
  if (error instanceof BadVersionError) return trustErrors.error('TRUST_MIXED', { role }, error);
  const reason = error instanceof Error ? error.message.slice(0, 200) : 'it is not as it should be';
  return trustErrors.error('TRUST_DOCUMENT_INVALID', { role, reason }, error);
}
