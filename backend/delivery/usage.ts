import { createHash } from 'node:crypto';
import { type AccessLogEntry, parseEntry } from './access-log.ts';
import { type EdgeRegion, regionOfEdge } from './edge-regions.ts';
import { type ObjectKind, parseObjectPath } from './object-path.ts';

/** One request at the edge, as far as money is concerned. */
export interface UsageRow {
  /** The CDN's request id: storing rows by it makes every reading repeatable. */
  readonly id: string;
  readonly time: Date;
  readonly edgeLocation: string;
  readonly region: EdgeRegion;
  /** From the signed query; `undefined` for a request without one. */
  readonly grantId: string | undefined;
  /** `undefined` for anything that is not an object of a depot. */
  readonly objectKind: ObjectKind | undefined;
  readonly gameId: string | undefined;
  readonly depot: string | undefined;
  /** HTTP status; 0 when the client left before there was one. */
  readonly status: number;
  /** Headers and body, as the CDN bills them. */
  readonly bytes: number;
  /** 1 for a line of a log; more for rows that were added up. */
  readonly requests: number;
  readonly isHttps: boolean;
  readonly isCacheHit: boolean;
}

const GRANT_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** CloudFront logs 000 for a client that left early. */
const STATUS = /^\d{3}$/;

/** A log line as usage, or `undefined` when it is cut, garbled, or without what billing needs. */
export function parseUsage(line: string, fields: readonly string[] | undefined): UsageRow | undefined {
  const entry = parseEntry(line, fields);
  return entry && toUsage(entry, line);
}

function toUsage(entry: AccessLogEntry, line: string): UsageRow | undefined {
  const time = new Date(`${entry.date ?? ''}T${entry.time ?? ''}Z`);
  const bytes = Number(entry['sc-bytes']);
  const status = entry['sc-status'] ?? '';
  const edgeLocation = entry['x-edge-location'];
  const isSound =
    !Number.isNaN(time.getTime()) && Number.isSafeInteger(bytes) && bytes >= 0 && STATUS.test(status);
  if (!isSound || edgeLocation === undefined) return undefined;
  const object = parseObjectPath(entry['cs-uri-stem'] ?? '');
  return {
    id: entry['x-edge-request-id'] ?? hashOf(line),
    time,
    edgeLocation,
    region: regionOfEdge(edgeLocation),
    grantId: grantOf(entry['cs-uri-query'], Number(status)),
    objectKind: object?.kind,
    gameId: object?.gameId,
    depot: object?.depot,
    status: Number(status),
    bytes,
    requests: 1,
    isHttps: entry['cs-protocol'] === 'https',
    isCacheHit: /^(?:Hit|RefreshHit)$/.test(entry['x-edge-result-type'] ?? ''),
  };
}

/**
 * The grant a request was made with. The signature covers the policy, not the `g` beside it, and a refused
 * request proves nothing at all: its bytes must not land on a grant somebody else guessed.
 */
function grantOf(query: string | undefined, status: number): string | undefined {
  if (status === 403) return undefined;
  const ids = new URLSearchParams(query ?? '').getAll('g');
  return ids.length === 1 && ids[0] !== undefined && GRANT_ID.test(ids[0]) ? ids[0] : undefined;
}

/** A line without a request id is itself; two such lines that are alike to the last byte are one. */
function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('base64url');
}
