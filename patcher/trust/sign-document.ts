import { canonicalize } from '@tufjs/canonical-json';
import { Metadata, MetadataKind, Signature } from '@tufjs/models';
import type { RoleKind, SignedOf } from './trust-document.ts';
import type { TrustSigner } from './trust-key.ts';

const KINDS = {
  root: MetadataKind.Root,
  timestamp: MetadataKind.Timestamp,
  snapshot: MetadataKind.Snapshot,
  targets: MetadataKind.Targets,
} as const satisfies Record<RoleKind, MetadataKind>;

/** The version of The Update Framework the documents follow. */
export const SPEC_VERSION = '1.0.34';

/** Sign what a role says. @returns the document as canonical JSON, the only spelling that readers take. */
export function signDocument<Kind extends RoleKind>(
  signed: SignedOf<Kind>,
  signers: readonly TrustSigner[],
): Buffer {
  // The models take any JSON object and give it back as what it means.
  const json = JSON.parse(canonicalize({ signed, signatures: [] })) as never;
  const metadata = Metadata.fromJSON(KINDS[signed._type as Kind] as MetadataKind.Root, json);
  for (const signer of signers) {
    metadata.sign((bytes) => new Signature({ keyID: signer.keyId, sig: signer.sign(bytes) }));
  }
  return Buffer.from(canonicalize(metadata.toJSON()));
}

/** A time as documents carry it: whole seconds, UTC. */
export function toExpiry(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
