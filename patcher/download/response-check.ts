import type { AppError } from '../errors.ts';
import { downloadErrors } from './download-errors.ts';

/** Bytes of an error body that are read to tell its cause; CloudFront's and S3's are below 1 KiB. */
const ERROR_BODY_BYTES_MAX = 4096;
/** Longest wait a `Retry-After` may ask for, in ms: past it a person should see the failure instead. */
const RETRY_AFTER_MS_MAX = 120_000;

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
    }
  /** Asking again would give the same. */
  | { readonly kind: 'fatal'; readonly error: AppError };

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
}

/**
 * Check the head of a response to a range request.
 * @returns Bytes to skip before the asked range begins: 0 for a `206`, its offset for a `200` with the whole.
 * @throws {FaultError} For everything else.
 * @see docs: CloudFront's error bodies, `reference/cloudfront.md` section 7
 */
export async function checkRangeResponse(response: Response, asked: AskedRange): Promise<number> {
  const { status } = response;
  if (status === 206) return checkPartial(response, asked);
  if (status === 200) return checkWhole(response, asked);
  throw new FaultError(await diagnose(response, asked));
}

function checkPartial(response: Response, asked: AskedRange): number {
  checkEncoding(response);
  const header = response.headers.get('content-range') ?? '';
  const match = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(header);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (first !== asked.offset || last !== asked.offset + asked.sizeBytes - 1) {
    throw rangeFault(`Content-Range "${header.slice(0, 60)}"`);
  }
  return 0;
}

function checkWhole(response: Response, asked: AskedRange): number {
  if (isHtml(response)) throw new FaultError(blocked(response.status));
  checkEncoding(response);
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) < asked.offset + asked.sizeBytes) {
    throw rangeFault(`a whole object of ${length} bytes`);
  }
  return asked.offset;
}

/** A coded body would be decoded before it reaches us, so its offsets would be another body's. */
function checkEncoding(response: Response): void {
  const encoding = response.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity')
    throw rangeFault(`Content-Encoding "${encoding.slice(0, 20)}"`);
}

function rangeFault(reason: string): FaultError {
  return new FaultError({ kind: 'retry', error: downloadErrors.error('DOWNLOAD_RANGE_INVALID', { reason }) });
}

async function diagnose(response: Response, asked: AskedRange): Promise<Fault> {
  const { status } = response;
  if (status === 429 || status >= 500) return busy(response);
  const body = await readErrorBody(response);
  if (status === 403) return diagnoseForbidden(response, body, asked);
  if (status === 404 || status === 410) return isHtml(response) ? blocked(status) : missing(asked);
  if (status === 416) {
    const error = downloadErrors.error('DOWNLOAD_RANGE_INVALID', {
      reason: 'the range lies beyond the object',
    });
    return { kind: 'fatal', error };
  }
  if (status === 401 || status === 400) return refused(`status ${status}`);
  return blocked(status);
}

function diagnoseForbidden(response: Response, body: string, asked: AskedRange): Fault {
  if (isHtml(response) || /^\s*<(?:!doctype|html)/i.test(body)) return blocked(response.status);
  const code = /<Code>(\w{1,40})<\/Code>/.exec(body)?.[1] ?? 'unknown';
  // S3 signs its refusals, CloudFront does not: with a RequestId the grant is good and the object is not there.
  if (body.includes('<RequestId>')) return missing(asked);
  if (['AccessDenied', 'InvalidKey', 'MissingKey'].includes(code)) {
    return {
      kind: 'refresh',
      reason: code,
      error: downloadErrors.error('DOWNLOAD_REFUSED', { reason: code }),
    };
  }
  return refused(code);
}

function busy(response: Response): Fault {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
  return {
    kind: 'retry',
    error: downloadErrors.error('DOWNLOAD_SERVER_BUSY', { status: response.status }),
    throttled: response.status === 429 || response.status === 503,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function blocked(status: number): Fault {
  return { kind: 'fatal', error: downloadErrors.error('DOWNLOAD_BLOCKED_BY_NETWORK', { status }) };
}

function missing(asked: AskedRange): Fault {
  return { kind: 'fatal', error: downloadErrors.error('DOWNLOAD_OBJECT_MISSING', { path: asked.path }) };
}

function refused(reason: string): Fault {
  return { kind: 'fatal', error: downloadErrors.error('DOWNLOAD_REFUSED', { reason }) };
}

function isHtml(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').toLowerCase().startsWith('text/html');
}

/** Seconds of a `Retry-After`; the date form is ignored because this computer's clock may be wrong. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header.trim())) return undefined;
  return Math.min(Number(header) * 1000, RETRY_AFTER_MS_MAX);
}

async function readErrorBody(response: Response): Promise<string> {
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
