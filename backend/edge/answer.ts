import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../patcher/errors.ts';
import type { TrustedKey } from '../delivery/key-ring.ts';
import { isKey, type ObjectStore } from '../storage/object-store.ts';
import { type BodyPlan, planBody, planMultipart, sendBody } from './body.ts';
import type { CachedObject, EdgeCache } from './edge-cache.ts';
import {
  captivePortal,
  type ErrorAnswer,
  firewallBlocked,
  geoBlocked,
  methodRefused,
  originDenied,
  originMissing,
  originThrottled,
  originTrouble,
  rangeUnsatisfiable,
  refusalAnswer,
  uriTooLong,
} from './error-answers.ts';
import { type Fault, type FaultList, findFault } from './faults.ts';
import { decideRange, type Slice } from './ranges.ts';
import { parseSignedRequest, type SignedRequest } from './signed-request.ts';
import { type Refusal, verifyRequest } from './verify.ts';

export interface EdgeContext {
  readonly store: ObjectStore;
  readonly cache: EdgeCache;
  readonly faults: FaultList;
  readonly keys: () => readonly TrustedKey[];
  readonly clock: () => number;
  readonly location: string;
  readonly protocol: 'http' | 'https';
  readonly publicPrefixes: readonly string[];
  readonly listBucket: boolean;
  readonly ownParameters: readonly string[] | undefined;
}

/** What the access log wants to know of an answer, filled in as it is made. */
interface Outcome {
  resultType: string;
  detail: string;
  firstByteMs: number;
}

interface Exchange {
  readonly context: EdgeContext;
  readonly requestId: string;
  readonly clientIp: string;
  readonly outcome: Outcome;
}

/** CloudFront's limit for a URL. */
const URL_MAX_BYTES = 8192;

/** Answer one request in CloudFront's order: method, signature, object, conditions, range. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
): Promise<void> {
  const { context } = exchange;
  const signed = parseSignedRequest(request.url ?? '', request.headers.cookie);
  const refused = refuse(request, signed, exchange);
  if (refused) return sendError(request, response, refused, exchange);

  const grantId = new URLSearchParams(signed.ownQuery).get('g') ?? undefined;
  const faults = context.faults.take({ path: signed.path, method: request.method ?? '', grantId });
  const latency = findFault(faults, 'latency');
  if (latency) await sleep(latency.latencyMs);
  const injected = injectedError(faults, request, signed.path);
  if (injected) return sendError(request, response, injected, exchange);

  const key = objectKeyOf(signed.path);
  const found = key === undefined ? undefined : await context.cache.head(key, context.clock());
  if (!found) return sendError(request, response, absent(signed.path, context), exchange);
  return sendObject(request, response, { found, faults, exchange });
}

function refuse(
  request: IncomingMessage,
  signed: SignedRequest,
  exchange: Exchange,
): ErrorAnswer | undefined {
  const { context, clientIp } = exchange;
  if ((request.url ?? '').length > URL_MAX_BYTES) return uriTooLong();
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodRefused();
  if (context.publicPrefixes.some((prefix) => signed.path.startsWith(`/${prefix}`))) return undefined;
  const refusal = refusalOf(request, signed, { context, clientIp });
  return refusal && refusalAnswer(refusal);
}

function refusalOf(
  request: IncomingMessage,
  signed: SignedRequest,
  { context, clientIp }: Pick<Exchange, 'context' | 'clientIp'>,
): Refusal | undefined {
  const { protocol, clock, keys, ownParameters } = context;
  const host = request.headers.host ?? '';
  const refusal = verifyRequest(signed, { protocol, host, clientIp, nowMs: clock(), keys: keys() });
  if (refusal || !ownParameters) return refusal;
  const names = [...new URLSearchParams(signed.ownQuery).keys()];
  return names.every((name) => ownParameters.includes(name)) ? undefined : 'AccessDenied';
}

/** S3 takes the path literally: `..`, doubled slashes and other letter cases name objects that do not exist. */
function objectKeyOf(path: string): string | undefined {
  try {
    const key = decodeURIComponent(path.slice(1));
    return isKey(key) ? key : undefined;
  } catch {
    return undefined; // A broken escape names nothing.
  }
}

function absent(path: string, { listBucket }: EdgeContext): ErrorAnswer {
  return listBucket ? originMissing(path.slice(1)) : originDenied();
}

function injectedError(
  faults: readonly Fault[],
  request: IncomingMessage,
  path: string,
): ErrorAnswer | undefined {
  if (findFault(faults, 'captive-portal')) return captivePortal();
  const fault = findFault(faults, 'status');
  if (!fault) return undefined;
  switch (fault.status) {
    case 403:
      if (fault.from === 'geo') return geoBlocked();
      if (fault.from === 'waf') return firewallBlocked();
      return fault.from === 'cdn' ? refusalAnswer('AccessDenied') : originDenied();
    case 404:
      return originMissing(path.slice(1));
    case 416:
      return rangeUnsatisfiable(request.headers.range ?? '', 0);
    case 503:
      return fault.from === 'origin' ? originThrottled() : originTrouble(503);
    default:
      return originTrouble(fault.status);
  }
}

interface Sending {
  readonly found: CachedObject;
  readonly faults: readonly Fault[];
  readonly exchange: Exchange;
}

async function sendObject(
  request: IncomingMessage,
  response: ServerResponse,
  sending: Sending,
): Promise<void> {
  const { found, exchange } = sending;
  const { object } = found;
  const isHit = found.ageSeconds !== undefined;
  exchange.outcome.resultType = isHit ? 'Hit' : 'Miss';
  exchange.outcome.detail = exchange.outcome.resultType;
  setCommonHeaders(response, exchange);
  response.setHeader('x-cache', `${exchange.outcome.resultType} from cloudfront`);
  if (isHit) response.setHeader('age', String(found.ageSeconds));
  response.setHeader('server', 'AmazonS3');
  response.setHeader('etag', `"${object.etag}"`);
  response.setHeader('last-modified', object.modifiedAt.toUTCString());
  response.setHeader('accept-ranges', 'bytes');
  if (object.cacheControl !== undefined) response.setHeader('cache-control', object.cacheControl);
  if (isUnchanged(request, object.etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = rangeHeader(request, object.etag, sending.faults);
  const decision = decideRange(range, object.sizeBytes);
  if (decision.kind === 'unsatisfiable') {
    return sendError(request, response, rangeUnsatisfiable(range ?? '', object.sizeBytes), exchange);
  }
  const slices =
    decision.kind === 'slices' ? shift(decision.slices, object.sizeBytes, sending.faults) : undefined;
  await sendSlices(request, response, { ...sending, slices });
}

async function sendSlices(
  request: IncomingMessage,
  response: ServerResponse,
  {
    found: { object },
    faults,
    exchange,
    slices,
  }: Sending & { readonly slices: readonly Slice[] | undefined },
): Promise<void> {
  const { context, outcome } = exchange;
  const contentType = object.contentType ?? 'application/octet-stream';
  const { plan, type } = planAnswer(object, contentType, slices);
  response.statusCode = slices ? 206 : 200;
  response.setHeader('content-type', type);
  response.setHeader('content-length', plan.lengthBytes);
  const [only, second] = slices ?? [];
  if (only && !second) {
    response.setHeader('content-range', `bytes ${only.start}-${only.end - 1}/${object.sizeBytes}`);
  }
  outcome.firstByteMs = context.clock();
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await sendBody(response, { store: context.store, plan, faults });
  } catch (error) {
    // Collected or replaced since its facts were cached: as long as nothing was sent, the truth can be told.
    context.cache.forget(object.key);
    if (response.headersSent) throw error;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const gone = hasCode(error, 'STORAGE_NOT_FOUND');
    await sendError(
      request,
      response,
      gone ? absent(`/${object.key}`, context) : originTrouble(502),
      exchange,
    );
  }
}

function planAnswer(
  { key, sizeBytes }: { readonly key: string; readonly sizeBytes: number },
  contentType: string,
  slices: readonly Slice[] | undefined,
): { plan: BodyPlan; type: string } {
  const whole = { start: 0, end: sizeBytes };
  if (!slices || slices.length === 1) return { plan: planBody(key, slices ?? [whole]), type: contentType };
  const boundary = `CloudFront:${randomBytes(16).toString('hex').toUpperCase()}`;
  return {
    plan: planMultipart(key, slices, { boundary, contentType, sizeBytes }),
    type: `multipart/byteranges; boundary="${boundary}"`,
  };
}

/** `If-Range` with another etag, or a date, means the client's copy is of another object: the whole is sent. */
function rangeHeader(request: IncomingMessage, etag: string, faults: readonly Fault[]): string | undefined {
  if (findFault(faults, 'ignore-range')) return undefined;
  const condition = request.headers['if-range'];
  return condition === undefined || condition === `"${etag}"` ? request.headers.range : undefined;
}

function isUnchanged(request: IncomingMessage, etag: string): boolean {
  const tags = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(`"${etag}"`) || tags.includes('*');
}

function shift(slices: readonly Slice[], sizeBytes: number, faults: readonly Fault[]): readonly Slice[] {
  const fault = findFault(faults, 'wrong-range');
  if (!fault) return slices;
  return slices.map(({ start, end }) => {
    const by = Math.min(fault.shiftBytes, sizeBytes - end);
    // At the object's end there is nowhere later to go.
    return by > 0
      ? { start: start + by, end: end + by }
      : { start: Math.max(0, start - fault.shiftBytes), end: Math.max(1, end - fault.shiftBytes) };
  });
}

async function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ErrorAnswer,
  exchange: Exchange,
): Promise<void> {
  exchange.outcome.resultType = answer.status < 400 ? 'Miss' : 'Error';
  exchange.outcome.detail = answer.detail;
  exchange.outcome.firstByteMs = exchange.context.clock();
  setCommonHeaders(response, exchange);
  response.setHeader('server', 'CloudFront');
  response.setHeader('x-cache', 'Error from cloudfront');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.setHeader('content-type', answer.contentType);
  response.setHeader('content-length', Buffer.byteLength(answer.body));
  response.removeHeader('cache-control');
  response.writeHead(answer.status);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function setCommonHeaders(response: ServerResponse, { context, requestId }: Exchange): void {
  const name = createHash('sha256').update(context.location).digest('hex').slice(0, 32);
  response.setHeader('via', `1.1 ${name}.cloudfront.net (CloudFront)`);
  response.setHeader('x-amz-cf-pop', context.location);
  response.setHeader('x-amz-cf-id', requestId);
}
