import { isIPv4 } from 'node:net';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { deliveryErrors } from './errors.ts';
import { activeKey, type KeyRing } from './key-ring.ts';
import { depotPrefix, PATH_NAME } from './object-path.ts';

/**
 * The signed, expiring right to read one depot. An object's address is
 * `baseUrl + objectPath + '?' + query`; nothing is ever added to it.
 */
export interface Grant extends GrantedHost {
  /** The same right at other hosts, in the order they are to be tried. */
  readonly mirrors: readonly GrantedHost[];
  readonly expiresAt: Date;
}

/** One host and the signed query that opens the depot there; a policy names its host, so no two are alike. */
export interface GrantedHost {
  /** `<edge>/t/<gameId>/<depot>/`, with the slash at its end. */
  readonly baseUrl: string;
  readonly query: string;
}

export interface GrantRequest {
  /** Stands in the query as `g`, so that the CDN's access log attributes every byte (docs/adr/0003). */
  readonly grantId: string;
  readonly gameId: string;
  readonly depot: string;
  readonly lifetimeSeconds?: number;
  /** One IPv4 address or CIDR range; only where the distribution has IPv6 switched off. */
  readonly ipAddress?: string;
}

export interface SignerOptions {
  /** The edge's address, without a trailing slash: `https://cdn.example.com`. */
  readonly baseUrl: string;
  /** Other hosts with the same objects and the same keys, best first. */
  readonly mirrorUrls?: readonly string[];
  /** Asked for at every grant, so that a rotation needs no restart. */
  readonly keyRing: () => KeyRing;
  /** Longest lifetime of a grant, at most one hour. It bounds how long a key rotation takes. */
  readonly lifetimeMaxSeconds?: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}

/** A shorter grant would have every slow download renew it again and again. */
const GRANT_LIFETIME_MIN_SECONDS = 5 * 60;
/** A longer one would outlive a ban, a revoked entitlement and a retired key by too much. */
const GRANT_LIFETIME_MAX_SECONDS = 60 * 60;

const GRANT_ID = /^[A-Za-z0-9_-]{1,64}$/;
// Host names and ports only: no user, no path, nothing that escaping would change.
const BASE_URL = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/;

export interface Signer {
  /** @throws `SIGNER_*` */
  sign(request: GrantRequest): Grant;
}

/** Signs grants with the ring's active key as CloudFront custom policies over one depot's wildcard path. */
export function createSigner(options: SignerOptions): Signer {
  const { baseUrl, mirrorUrls = [], keyRing, clock = Date.now } = options;
  const { lifetimeMaxSeconds = GRANT_LIFETIME_MAX_SECONDS } = options;
  const maxSeconds = Math.min(lifetimeMaxSeconds, GRANT_LIFETIME_MAX_SECONDS);
  for (const url of [baseUrl, ...mirrorUrls]) checkBaseUrl(url);
  return {
    sign({ grantId, gameId, depot, lifetimeSeconds = maxSeconds, ipAddress }) {
      if (!GRANT_ID.test(grantId))
        throw deliveryErrors.error('SIGNER_GRANT_ID_INVALID', { grantId: grantId.slice(0, 80) });
      checkLifetime(lifetimeSeconds, maxSeconds);
      const expires = Math.floor(clock() / 1000) + lifetimeSeconds;
      const key = activeKey(keyRing());
      const signFor = (edgeUrl: string): GrantedHost => {
        const depotUrl = `${edgeUrl}/${depotPrefix({ gameId, depot })}`;
        const resource = gameId === '' || depot === '' ? '' : `${depotUrl}*`;
        const policy = buildPolicy({ resource, expires, ...(ipAddress !== undefined && { ipAddress }) });
        const signed = getSignedUrl({
          url: `${depotUrl}?g=${grantId}`,
          policy,
          keyPairId: key.id,
          privateKey: key.privateKeyPem,
          algorithm: key.hash,
        });
        return { baseUrl: depotUrl, query: signed.slice(signed.indexOf('?') + 1) };
      };
      return { ...signFor(baseUrl), mirrors: mirrorUrls.map(signFor), expiresAt: new Date(expires * 1000) };
    },
  };
}

/** The address of one object of the grant's depot. */
export function grantedUrl(grant: Pick<Grant, 'baseUrl' | 'query'>, objectPath: string): string {
  return `${grant.baseUrl}${objectPath}?${grant.query}`;
}

export interface PolicyFacts {
  readonly resource: string;
  /** Epoch seconds. */
  readonly expires: number;
  readonly ipAddress?: string;
}

/**
 * CloudFront's custom policy, in the exact bytes that are signed.
 * @throws `SIGNER_RESOURCE_MISSING`, `SIGNER_WILDCARD_HOST`, `SIGNER_RESOURCE_INVALID`, `SIGNER_IP_INVALID`
 */
export function buildPolicy({ resource, expires, ipAddress }: PolicyFacts): string {
  checkResource(resource);
  const condition = {
    DateLessThan: { 'AWS:EpochTime': expires },
    ...(ipAddress !== undefined && { IpAddress: { 'AWS:SourceIp': parseRange(ipAddress) } }),
  };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
}

function checkBaseUrl(baseUrl: string): void {
  if (/[*?]/.test(baseUrl)) throw deliveryErrors.error('SIGNER_WILDCARD_HOST', { resource: baseUrl });
  if (!BASE_URL.test(baseUrl)) throw deliveryErrors.error('SIGNER_RESOURCE_INVALID', { resource: baseUrl });
}

/** Only `<scheme>://<host>/t/<game>/<depot>/*`: the one wildcard is the last character. */
function checkResource(resource: string): void {
  if (resource === '') throw deliveryErrors.error('SIGNER_RESOURCE_MISSING');
  const invalid = (): Error => deliveryErrors.error('SIGNER_RESOURCE_INVALID', { resource });
  if (/[*?]/.test(resource.slice(0, -1))) throw deliveryErrors.error('SIGNER_WILDCARD_HOST', { resource });
  const match = /^(https?:\/\/[^/]+)\/t\/([^/]*)\/([^/]*)\/\*$/.exec(resource);
  if (!match) {
    const hostOnly = /^[^/]*:?\/*[^/]*\*$/.test(resource);
    throw hostOnly ? deliveryErrors.error('SIGNER_WILDCARD_HOST', { resource }) : invalid();
  }
  const [, base = '', gameId = '', depot = ''] = match;
  if (!BASE_URL.test(base) || !PATH_NAME.test(gameId) || !PATH_NAME.test(depot)) throw invalid();
}

function checkLifetime(lifetimeSeconds: number, maxSeconds: number): void {
  const minSeconds = GRANT_LIFETIME_MIN_SECONDS;
  if (Number.isInteger(lifetimeSeconds) && lifetimeSeconds >= minSeconds && lifetimeSeconds <= maxSeconds)
    return;
  throw deliveryErrors.error('SIGNER_LIFETIME_INVALID', { lifetimeSeconds, minSeconds, maxSeconds });
}

function parseRange(ipAddress: string): string {
  const [address = '', mask = '32', ...rest] = ipAddress.split('/');
  const valid = isIPv4(address) && /^\d{1,2}$/.test(mask) && Number(mask) <= 32 && rest.length === 0;
  if (!valid) throw deliveryErrors.error('SIGNER_IP_INVALID', { ipAddress: ipAddress.slice(0, 80) });
  return `${address}/${Number(mask)}`;
}
