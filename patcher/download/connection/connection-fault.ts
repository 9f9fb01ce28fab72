import { AppError } from '../../errors.ts';
import { downloadErrors } from '../download-errors.ts';
import { type Fault, FaultError } from './response-check.ts';
import type { ServerTime } from './server-time.ts';

/** This computer has no network, or no name service: no host is to blame, and none is spared by waiting. */
const OFFLINE = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
]);
/** The chain does not end at anybody this computer trusts, or speaks for another name: not the publisher's certificate. */
const FOREIGN_CERTIFICATE =
  /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_REJECTED|INVALID_CA|ALTNAME|HOSTNAME_MISMATCH/;
const CERTIFICATE_DATE = /CERT_(?:NOT_YET_VALID|HAS_EXPIRED)|CRL_(?:NOT_YET_VALID|HAS_EXPIRED)/;
/** undici's words for a tunnel that was refused, and Chromium's. */
const PROXY_SIGN_IN = /\(407\)|ERR_PROXY_AUTH|ERR_UNEXPECTED_PROXY_AUTH/;
const CHROMIUM_OFFLINE =
  /net::ERR_(?:INTERNET_DISCONNECTED|NAME_NOT_RESOLVED|ADDRESS_UNREACHABLE|NETWORK_CHANGED)/;
/** No computer that runs this program has an earlier date: it did not exist. */
const OLDEST_TIME = Date.UTC(2026, 0, 1);

/** What a request that threw means for the next one. */
export function connectionFault(error: unknown, time: ServerTime): Fault {
  if (error instanceof FaultError) return error.fault;
  if (error instanceof AppError) return { kind: 'fatal', error };
  const reason = reasonOf(error);
  if (CERTIFICATE_DATE.test(reason))
    return { kind: 'fatal', hostBound: true, error: datesRefused(reason, time, error) };
  if (FOREIGN_CERTIFICATE.test(reason)) return certificate('DOWNLOAD_CONNECTION_INSPECTED', reason, error);
  if (/CERT|^ERR_(?:SSL|TLS)/.test(reason)) return certificate('DOWNLOAD_CERTIFICATE_REFUSED', reason, error);
  if (PROXY_SIGN_IN.test(reason))
    return { kind: 'fatal', error: downloadErrors.error('DOWNLOAD_PROXY_SIGN_IN', {}, error) };
  if (OFFLINE.has(reason) || CHROMIUM_OFFLINE.test(reason))
    return { kind: 'retry', error: downloadErrors.error('DOWNLOAD_OFFLINE', { reason }, error) };
  const failed = downloadErrors.error('DOWNLOAD_NETWORK_FAILED', { reason }, error);
  return { kind: 'retry', error: failed, blamesHost: true };
}

/** A certificate that is not valid yet, or no longer, is more often seen by a wrong clock than served by a wrong server. */
function datesRefused(reason: string, time: ServerTime, cause: unknown): AppError {
  const early = time.believed.getTime() < OLDEST_TIME;
  // A server renews its certificate weeks ahead; one from the future is a clock that runs behind.
  if (early || time.isWrong || reason.includes('NOT_YET_VALID')) {
    return downloadErrors.error('DOWNLOAD_CLOCK_WRONG', clockFacts(reason, time), cause);
  }
  return downloadErrors.error('DOWNLOAD_CERTIFICATE_REFUSED', { reason }, cause);
}

/** The details of {@link downloadErrors} `DOWNLOAD_CLOCK_WRONG`. */
export function clockFacts(reason: string, time: ServerTime) {
  const skewSeconds = time.skewMs === null ? null : Math.round(time.skewMs / 1000);
  return { reason, skewSeconds, localTime: time.believed.toISOString() };
}

function certificate(
  code: 'DOWNLOAD_CONNECTION_INSPECTED' | 'DOWNLOAD_CERTIFICATE_REFUSED',
  reason: string,
  cause: unknown,
): Fault {
  return { kind: 'fatal', hostBound: true, error: downloadErrors.error(code, { reason }, cause) };
}

/**
 * The system's or the library's code. `fetch` wraps the cause of a failed connection once or twice, and one for each
 * address where it tried several; a tunnel's refusal is told by its message alone.
 */
function reasonOf(error: unknown): string {
  let reason = error instanceof Error ? error.message : 'unknown';
  for (let at = error; at instanceof Error; at = at instanceof AggregateError ? at.errors[0] : at.cause) {
    reason = at.message;
    if (PROXY_SIGN_IN.test(reason)) break;
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return reason;
}
