import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import type { TrustedKey } from '../delivery/key-ring.ts';
import { cannedPolicy, decodeUrlBase64, isInRange, parseCustomPolicy, type Policy } from './policy.ts';
import { matchesResource, type RequestUrl } from './resource-pattern.ts';
import type { SignedRequest } from './signed-request.ts';

/** The codes of CloudFront's four refusals; see `error-answers.ts` for status and body. */
export type Refusal = 'MissingKey' | 'InvalidKey' | 'MalformedPolicy' | 'AccessDenied';

export interface VerifyContext {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  /** The peer's address, as the socket has it. */
  readonly clientIp: string;
  readonly nowMs: number;
  readonly keys: readonly TrustedKey[];
}

/** Whether the request is signed for what it asks for, here and now, as CloudFront decides it. `undefined` when it is. */
export function verifyRequest(request: SignedRequest, context: VerifyContext): Refusal | undefined {
  const { keyPairId, signature } = request;
  if (!keyPairId) return 'MissingKey';
  const key = context.keys.find(({ id }) => id === keyPairId);
  if (!key) return 'InvalidKey';
  // Both kinds of policy at once, or a name given twice: not documented, so not believed.
  if (request.ambiguous || (request.policy !== undefined && request.expires !== undefined))
    return 'AccessDenied';
  if (request.policy === undefined && request.expires === undefined) return 'AccessDenied';
  const url: RequestUrl = {
    protocol: context.protocol,
    host: context.host,
    path: request.path,
    query: request.ownQuery,
  };
  const policy = readPolicy(request, url);
  if (!policy) return 'MalformedPolicy';
  if (!isSigned({ policy, signature, hashAlgorithm: request.hashAlgorithm, key })) return 'AccessDenied';
  return isGranted(policy, url, context) ? undefined : 'AccessDenied';
}

function readPolicy(request: SignedRequest, url: RequestUrl): Policy | undefined {
  if (request.policy !== undefined) return parseCustomPolicy(request.policy);
  const query = url.query === '' ? '' : `?${url.query}`;
  return cannedPolicy(`${url.protocol}://${url.host}${url.path}${query}`, request.expires ?? '');
}

interface SignatureFacts {
  readonly policy: Policy;
  readonly signature: string | undefined;
  readonly hashAlgorithm: string | undefined;
  readonly key: TrustedKey;
}

function isSigned({ policy, signature, hashAlgorithm, key }: SignatureFacts): boolean {
  const bytes = decodeUrlBase64(signature ?? '');
  const hash = hashName(hashAlgorithm);
  if (!bytes || !hash) return false;
  return verifySignature(hash, policy.signedText, publicKey(key), bytes);
}

/** No parameter means SHA-1; a name CloudFront does not know means no. */
function hashName(hashAlgorithm: string | undefined): 'sha1' | 'sha256' | undefined {
  if (hashAlgorithm === undefined || hashAlgorithm === 'SHA1') return 'sha1';
  return hashAlgorithm === 'SHA256' ? 'sha256' : undefined;
}

function isGranted(policy: Policy, url: RequestUrl, { nowMs, clientIp }: VerifyContext): boolean {
  const now = Math.floor(nowMs / 1000);
  if (now >= policy.expires) return false;
  // "Refused on or before that second."
  if (policy.notBefore !== undefined && now <= policy.notBefore) return false;
  if (policy.sourceIp !== undefined && !isInRange(plainAddress(clientIp), policy.sourceIp)) return false;
  return policy.resource === undefined || matchesResource(policy.resource, url);
}

/** A dual-stack socket writes IPv4 peers as `::ffff:203.0.113.7`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

const parsedKeys = new Map<string, KeyObject>();

/** Parsing a PEM costs more than verifying with it. A ring has two keys, so the map stays small even over rotations. */
function publicKey({ publicKeyPem }: TrustedKey): KeyObject {
  const known = parsedKeys.get(publicKeyPem);
  if (known) return known;
  const key = createPublicKey(publicKeyPem);
  parsedKeys.set(publicKeyPem, key);
  return key;
}
