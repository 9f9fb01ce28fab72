import type { AppError, ErrorDetails } from '../../errors.ts';
import { downloadErrors } from '../download-errors.ts';
import type { RangeHeaders, RangeResponse } from './range-fetch.ts';
import { parseHttpDate } from './server-time.ts';

/** Bytes of an error body that are read to tell its cause; CloudFront's and S3's are below 1 KiB. */
const ERROR_BODY_BYTES_MAX = 4096;
/** Longest wait a `Retry-After` may ask for, in ms: more is a mistake of the server's, or somebody else's answer. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** Bytes of a `200` that are read and thrown away to get at the range; beyond, another request is cheaper. */
const SKIP_BYTES_MAX = 4 * 1024 * 1024;

/** What a request that gave no bytes means for the next one. */
export type Fault =
  /** Ask for a fresh grant, then again. */
  | { readonly kind: 'refresh'; readonly error: AppError; readonly reason: string }
  /** Wait, then again. */
  | {
      readonly kind: 'retry';
      readonly error: AppError;
      readonly retryAfterMs?: number;
      readonly throttled?: boolean;
      /** The host itself failed, as against the way to it. */
      readonly blamesHost?: boolean;
    }
  /** Asking the same host again would give the same; where `hostBound`, another may answer otherwise. */
  | { readonly kind: 'fatal'; readonly error: AppError; readonly hostBound?: boolean };

/** A fault on its way through a stream. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.error.message, { cause: fault.error });
    this.fault = fault;
  }
}

export interface AskedRange {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Take the range out of a whole object however far in it lies: no host answers otherwise. */
  readonly wholeAccepted: boolean;
}

/**
 * Check the head of a response to a range request.
 * @returns Bytes to skip before the asked range begins: 0 for a `206`, its offset for a `200` with the whole.
 * @throws {FaultError} For everything else.
 * @see docs: CloudFront's error bodies, `reference/cloudfront.md` section 7
 */
export async function checkRangeResponse(response: RangeResponse, asked: AskedRange): Promise<number> {
  const { status } = response;
  if (status === 206) return checkPartial(response, asked);
  if (status === 200) return checkWhole(response, asked);
  throw new FaultError(await diagnose(response, asked));
}

function checkPartial(response: RangeResponse, asked: AskedRange): number {
  checkEncoding(response);
  const header = response.headers.get('content-range') ?? '';
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  const end = asked.offset + asked.sizeBytes;
  if (first === asked.offset && last === end - 1) return 0;
  if (first === asked.offset && Number(match?.[3]) < end) throw new FaultError(beyondObject());
  throw rangeFault(`Content-Range "${header.slice(0, 60)}"`);
}

function checkWhole(response: RangeResponse, asked: AskedRange): number {
  if (isHtml(response)) throw new FaultError(portal(response));
  checkEncoding(response);
  if (asked.offset > SKIP_BYTES_MAX && !asked.wholeAccepted) {
    // Nothing is wrong with the host, and another may give the range.
    const error = downloadErrors.error('DOWNLOAD_RANGE_INVALID', { reason: 'the whole object' });
    throw new FaultError({ kind: 'retry', error });
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) < asked.offset + asked.sizeBytes) {
    throw new FaultError(beyondObject());
  }
  return asked.offset;
}

/** A coded body would be decoded before it reaches us, so its offsets would be another body's. */
function checkEncoding(response: RangeResponse): void {
  const encoding = response.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity')
    throw rangeFault(`Content-Encoding "${encoding.slice(0, 20)}"`);
}

function rangeFault(reason: string): FaultError {
  const error = downloadErrors.error('DOWNLOAD_RANGE_INVALID', { reason });
  return new FaultError({ kind: 'retry', error, blamesHost: true });
}

/** Says something of the object alone: other objects of the host may be whole, and another host may have this one. */
function beyondObject(): Fault {
  return {
    ...fatal('DOWNLOAD_RANGE_INVALID', { reason: 'the range lies beyond the object' }),
    hostBound: true,
  };
}

async function diagnose(response: RangeResponse, asked: AskedRange): Promise<Fault> {
  const { status, type } = response;
  // Browsers hide a redirect that is not followed behind this type and status 0.
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) return portal(response);
  if (status === 511) return portal(response);
  if (status === 429 || status === 408 || status === 425 || status >= 500) return busy(response);
  const body = await readErrorBody(response);
  if (status === 407) return fatal('DOWNLOAD_PROXY_SIGN_IN', {});
  if (status === 403) return diagnoseForbidden(response, body, asked);
  if (status === 404 || status === 410) return isHtml(response) ? blocked(status) : missing(asked);
  if (status === 416) return beyondObject();
  if (status === 401 || status === 400) return fatal('DOWNLOAD_REFUSED', { reason: `status ${status}` });
  return blocked(status);
}

function diagnoseForbidden(response: RangeResponse, body: string, asked: AskedRange): Fault {
  if (isHtml(response) || /^\s*<(?:!doctype|html)/i.test(body)) {
    // CloudFront's own words; anybody else's page is that of a filter.
    return /configured to block access from your country/i.test(body)
      ? { ...fatal('DOWNLOAD_REGION_BLOCKED', {}), hostBound: true }
      : blocked(response.status);
  }
  const code = /<Code>(\w{1,40})<\/Code>/.exec(body)?.[1] ?? 'unknown';
  // S3 signs its refusals, CloudFront does not: with a RequestId the grant is good and the object is not there.
  if (body.includes('<RequestId>')) return missing(asked);
  if (['AccessDenied', 'InvalidKey', 'MissingKey'].includes(code)) {
    const error = downloadErrors.error('DOWNLOAD_REFUSED', { reason: code });
    return { kind: 'refresh', reason: code, error };
  }
  return fatal('DOWNLOAD_REFUSED', { reason: code });
}

function busy(response: RangeResponse): Fault {
  const retryAfterMs = parseRetryAfter(response.headers);
  const retryAfterSeconds = retryAfterMs === undefined ? null : Math.round(retryAfterMs / 1000);
  return {
    kind: 'retry',
    error: downloadErrors.error('DOWNLOAD_SERVER_BUSY', { status: response.status, retryAfterSeconds }),
    blamesHost: true,
    throttled: response.status === 429 || response.status === 503,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** A content host never redirects and never answers with a page: whoever does stands in between. */
function portal({ status, headers }: RangeResponse): Fault {
  return fatal('DOWNLOAD_CAPTIVE_PORTAL', { status, portal: originOf(headers.get('location')) });
}

function originOf(location: string | null): string | null {
  if (location === null || !URL.canParse(location)) return null;
  const { protocol, origin } = new URL(location);
  return protocol === 'http:' || protocol === 'https:' ? origin : null;
}

function blocked(status: number): Fault {
  return { ...fatal('DOWNLOAD_BLOCKED_BY_NETWORK', { status }), hostBound: true };
}

function missing(asked: AskedRange): Fault {
  return { ...fatal('DOWNLOAD_OBJECT_MISSING', { path: asked.path }), hostBound: true };
}

function fatal(
  code: Parameters<typeof downloadErrors.error>[0],
  details: ErrorDetails,
): Fault & { kind: 'fatal' } {
  return { kind: 'fatal', error: downloadErrors.error(code, details) };
}

function isHtml(response: RangeResponse): boolean {
  return (response.headers.get('content-type') ?? '').toLowerCase().startsWith('text/html');
}

/** The wait a `Retry-After` asks for. Its date is read against the server's own, since this computer's may be wrong. */
function parseRetryAfter(headers: RangeHeaders): number | undefined {
  const header = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(header)) return Math.min(Number(header) * 1000, RETRY_AFTER_MS_MAX);
  const until = parseHttpDate(header);
  const now = parseHttpDate(headers.get('date'));
  if (until === undefined || now === undefined) return undefined;
  return Math.min(Math.max(0, until - now), RETRY_AFTER_MS_MAX);
}

async function readErrorBody(response: RangeResponse): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes < ERROR_BODY_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    sizeBytes += value.length;
  }
  await reader.cancel();
  return Buffer.concat(parts).toString('utf8', 0, ERROR_BODY_BYTES_MAX);
}
