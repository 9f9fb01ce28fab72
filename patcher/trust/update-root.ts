import { createFrameworkChecks, judge } from './framework-checks.ts';
import type { MetadataSource } from './metadata-source.ts';
import {
  checkSignatures,
  keysOfRole,
  parseTrustDocument,
  type SignedRoot,
  type TrustDocument,
} from './trust-document.ts';
import { trustErrors } from './trust-errors.ts';
import { DOCUMENT_BYTES_MAX, ROOT_STEPS_MAX } from './trust-limits.ts';

/**
 * Walk from a trusted root to the newest, one version at a time (TUF 5.3). Each must be signed by enough keys of the
 * root before it and by enough of its own. Expiry is judged at the end of the walk, by whoever goes on with the root.
 * @param persist Keeps each root that was taken, so that nobody can hide it again.
 */
export async function updateRoot(
  trusted: TrustDocument<'root'>,
  source: MetadataSource,
  persist: (root: TrustDocument<'root'>) => Promise<void>,
): Promise<TrustDocument<'root'>> {
  let root = trusted;
  for (let step = 0; step < ROOT_STEPS_MAX; step++) {
    const name = `${root.signed.version + 1}.root.json`;
    const bytes = await source.fetch(name, { role: 'root', maxBytes: DOCUMENT_BYTES_MAX.root });
    if (bytes === undefined) break;
    root = takeRoot(root, bytes);
    await persist(root);
  }
  return root;
}

/** The root that follows a trusted one. @throws {AppError} `TRUST_*` */
export function takeRoot(trusted: TrustDocument<'root'>, bytes: Uint8Array): TrustDocument<'root'> {
  const next = parseTrustDocument('root', bytes);
  const before = keysOfRole(trusted.signed, 'root');
  const after = keysOfRole(next.signed, 'root');
  // TUF 5.3.4: by the keys of the root before and by its own.
  checkSignatures(next, 'root', before, after);
  checkSignatures(next, 'root', after, before);
  const seen = trusted.signed.version;
  const offered = next.signed.version;
  // TUF 5.3.5: exactly the next.
  if (offered <= seen) throw trustErrors.error('TRUST_ROLLBACK', { role: 'root', offered, seen });
  if (offered !== seen + 1) throw trustErrors.error('TRUST_FAST_FORWARD', { role: 'root', offered, seen });
  const checks = createFrameworkChecks(trusted.bytes, Date.now());
  judge('root', next.signed.expires, () => checks.updateRoot(next.bytes));
  return next;
}

/**
 * Which keys sign timestamp and snapshot under a root. When they are replaced, what was verified with the old ones is
 * forgotten (TUF 5.3.11): that is how a launcher comes back from versions a thief drove up.
 */
export function onlineKeysOf(root: SignedRoot): string {
  return [root.roles.timestamp, root.roles.snapshot]
    .map(({ keyids, threshold }) => `${threshold} of ${[...keyids].sort().join(' ')}`)
    .join('; ');
}
