import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';

/** A public key as documents carry it. */
export interface TrustKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  /** 64 hex digits. */
  readonly keyval: { readonly public: string };
}

/** Who signs: the id that stands beside the signature, and the signature over some bytes. */
export interface TrustSigner {
  readonly keyId: string;
  readonly key: TrustKey;
  /** @returns 128 hex digits. */
  readonly sign: (bytes: Uint8Array) => string;
}

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function toTrustKey(publicHex: string): TrustKey {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicHex } };
}

/**
 * A key's id: the SHA-256 of its canonical form. Ids that do not follow from their keys are refused everywhere, since
 * one key under two ids would count twice towards a threshold.
 */
export function keyIdOf(key: TrustKey): string {
  return createHash('sha256').update(canonicalize(key)).digest('hex');
}

export function toPublicKeyObject(key: TrustKey): KeyObject {
  const der = Buffer.concat([PUBLIC_PREFIX, Buffer.from(key.keyval.public, 'hex')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

/** 32 random bytes, from which {@link createTrustSigner} makes a key pair. */
export function createKeySeed(): Buffer {
  return randomBytes(32);
}

/** @param seed 32 bytes, the private key of RFC 8032. */
export function createTrustSigner(seed: Uint8Array): TrustSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = toTrustKey(publicDer.subarray(-32).toString('hex'));
  return { key, keyId: keyIdOf(key), sign: (bytes) => sign(null, bytes, privateKey).toString('hex') };
}
