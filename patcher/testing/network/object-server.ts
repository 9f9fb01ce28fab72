import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DownloadGrant, GrantProvider } from '../../download/hosts/grant.ts';

/** One range request as the server saw it; `last` is inclusive. */
export interface SeenRequest {
  /** Counts from 0 over the server's life. */
  readonly index: number;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly first: number;
  readonly last: number;
}

/** What goes wrong with one answer. */
export type ServerFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** `200` with the whole object. */
  | { readonly kind: 'whole' }
  /** The body ends, and the connection with it, after so many bytes. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Silence after so many bytes. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** One flipped bit at this offset of the body. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** A right-looking `206` for the range one byte further. */
  | { readonly kind: 'wrong-range' }
  | { readonly kind: 'reset' };

export const FAULT_BODIES = {
  accessDenied:
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>',
  invalidKey:
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidKey</Code><Message>Unknown Key</Message></Error>',
  missingKey:
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>',
  malformedPolicy:
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MalformedPolicy</Code><Message>Malformed Policy</Message></Error>',
  originDenied:
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>',
  html: '<!DOCTYPE html><html><body>The Amazon CloudFront distribution is configured to block access from your country.</body></html>',
} as const;

export interface ObjectServer {
  readonly baseUrl: string;
  /** Every request in order. */
  readonly requests: SeenRequest[];
  /** Body bytes handed to sockets. */
  sentBytes: number;
  /** Decide a fault per request; undefined answers truthfully. */
  fault: (request: SeenRequest) => ServerFault | undefined;
  /** Sent before every 64 KiB of a body, in ms: makes downloads last. */
  delayMs: number;
  /** Grants that were given out stop working; asking for a fresh one helps. */
  readonly expireGrants: () => void;
  readonly grants: GrantProvider & { readonly refreshes: () => number };
  readonly close: () => Promise<void>;
}

const PIECE_BYTES = 64 * 1024;

/**
 * A CDN for tests: a real `http.Server` that checks a signature, serves ranges and fails when told to.
 * @param objects An object's bytes by its path; undefined answers 404.
 * @param address Of this computer, to listen at.
 */
export async function startObjectServer(
  objects: (path: string) => Uint8Array | undefined,
  address = '127.0.0.1',
): Promise<ObjectServer> {
  let generation = 1;
  let refreshes = 0;
  const grant = (): DownloadGrant => ({ baseUrl: server.baseUrl, query: `Signature=${generation}` });
  const http = createServer((request, response) => {
    answer(server, `Signature=${generation}`, objects, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, address, resolve));
  const server: ObjectServer = {
    baseUrl: `http://${address}:${(http.address() as AddressInfo).port}/`,
    requests: [],
    sentBytes: 0,
    delayMs: 0,
    fault: () => undefined,
    expireGrants: () => {
      generation++;
    },
    grants: {
      current: async () => grant(),
      refresh: async () => {
        refreshes++;
        return grant();
      },
      refreshes: () => refreshes,
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}

async function answer(
  server: ObjectServer,
  signature: string,
  objects: (path: string) => Uint8Array | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const seen: SeenRequest = {
    index: server.requests.length,
    path: url.pathname.slice(1),
    query: url.search.slice(1),
    headers: request.headers,
    first: Number(range?.[1] ?? 0),
    last: Number(range?.[2] ?? Number.NaN),
  };
  server.requests.push(seen);
  const fault = server.fault(seen);
  if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
  if (fault?.kind === 'status') return end(response, fault.status, fault.body ?? '', fault.headers);
  if (seen.query !== signature) return end(response, 403, FAULT_BODIES.accessDenied);
  const object = objects(seen.path);
  if (object === undefined) return end(response, 404, '<Error><Code>NoSuchKey</Code></Error>');
  if (seen.first >= object.length) return end(response, 416, '<Error><Code>InvalidRange</Code></Error>');
  await sendBytes(server, response, { object, seen, fault, ranged: range !== null });
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  const type = body.startsWith('<!DOCTYPE') ? 'text/html' : 'application/xml';
  response.writeHead(status, { 'content-type': type, ...headers }).end(body);
}

interface Answer {
  readonly object: Uint8Array;
  readonly seen: SeenRequest;
  readonly fault: ServerFault | undefined;
  readonly ranged: boolean;
}

async function sendBytes(server: ObjectServer, response: ServerResponse, answered: Answer): Promise<void> {
  const { object, seen, fault } = answered;
  const whole = fault?.kind === 'whole' || !answered.ranged;
  const shift = fault?.kind === 'wrong-range' ? 1 : 0;
  const first = whole ? 0 : seen.first + shift;
  const last = whole ? object.length - 1 : Math.min(seen.last + shift, object.length - 1);
  let body = object.subarray(first, last + 1);
  if (fault?.kind === 'corrupt') {
    body = Uint8Array.from(body);
    body[fault.at % body.length] = (body[fault.at % body.length] as number) ^ 0x10;
  }
  response.writeHead(whole ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': String(body.length),
    ...(whole ? {} : { 'content-range': `bytes ${first}-${last}/${object.length}` }),
  });
  const stopAt = fault?.kind === 'truncate' || fault?.kind === 'stall' ? fault.afterBytes : body.length;
  for (let at = 0; at < stopAt && !response.destroyed; at += PIECE_BYTES) {
    if (server.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, server.delayMs));
    const piece = body.subarray(at, Math.min(at + PIECE_BYTES, stopAt));
    server.sentBytes += piece.length;
    if (!response.write(piece)) await drained(response);
  }
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'truncate') response.destroy();
  else response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.once('drain', settle).once('close', settle);
  });
}
