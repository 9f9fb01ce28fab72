import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import type { TrustedKey } from '../delivery/key-ring.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AccessLogWriter } from './access-log-writer.ts';
import { answerAdmin, isAdminPath } from './admin.ts';
import { EdgeCache } from './edge-cache.ts';
import { answerRequest, type EdgeContext } from './answer.ts';
import { FaultList } from './faults.ts';
import { logEntry } from './log-entry.ts';

export interface EdgeOptions {
  readonly store: ObjectStore;
  /** The public halves of every live key; asked at every request, so a rotation needs no restart. */
  readonly keys: () => readonly TrustedKey[];
  /** Without it, nothing is logged and nothing can be attributed. */
  readonly accessLog?: AccessLogWriter;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** The point of presence's name, airport code first; decides the region and so the price. */
  readonly location?: string;
  /** How players reach the edge; part of every signed address. */
  readonly protocol?: 'http' | 'https';
  /** Key prefixes served without a signature: `public/`. Everything else needs one. */
  readonly publicPrefixes?: readonly string[];
  /** Whether an absent object is 404, as with `s3:ListBucket`, or 403, as without. */
  readonly listBucket?: boolean;
  /** Names of query parameters a signed URL may have, to catch a client that adds some. CloudFront itself asks the policy only. */
  readonly ownParameters?: readonly string[];
  /** Serve `/.edge/faults` to whoever has this token. Without it the endpoint does not exist. */
  readonly adminToken?: string;
}

export interface Edge {
  readonly server: http.Server;
  readonly faults: FaultList;
  /** Requests answered and bytes sent since the start. */
  readonly totals: { readonly requests: number; readonly bytes: number };
  /** Listen, on a free port of this machine by default. @returns The address, without a trailing slash. */
  listen(at?: { readonly host?: string; readonly port?: number }): Promise<string>;
  /** Forget what is cached for a path, or for all paths a trailing `*` covers, as a CloudFront invalidation does. */
  invalidate(path: string): void;
  /** Stop at once, with every finished request in the log. */
  close(): Promise<void>;
}

/**
 * The local CDN edge: serves an object store under CloudFront's rules of signing, ranges and errors,
 * and logs as CloudFront does, so that nothing else in the product knows which of the two it talks to.
 */
export function createEdge(options: EdgeOptions): Edge {
  const { accessLog, clock = Date.now, location = 'FRA56-P1', adminToken } = options;
  const faults = new FaultList();
  const cache = new EdgeCache(options.store);
  const totals = { requests: 0, bytes: 0 };
  const context: EdgeContext = {
    store: options.store,
    cache,
    faults,
    keys: options.keys,
    clock,
    location,
    protocol: options.protocol ?? 'http',
    publicPrefixes: options.publicPrefixes ?? [],
    listBucket: options.listBucket ?? false,
    ownParameters: options.ownParameters,
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (adminToken !== undefined && isAdminPath(request.url ?? '')) {
      await answerAdmin(request, response, { faults, token: adminToken });
      return;
    }
    const requestId = randomBytes(42).toString('base64url');
    const startedMs = clock();
    const written = request.socket.bytesWritten;
    const clientPort = request.socket.remotePort;
    const clientIp = request.socket.remoteAddress ?? '';
    const outcome = { resultType: 'Error', detail: 'Error', firstByteMs: startedMs };
    response.once('close', () => {
      const bytes = Math.max(0, request.socket.bytesWritten - written);
      totals.requests += 1;
      totals.bytes += bytes;
      const isCut = !response.writableFinished;
      const detail = isCut ? 'ClientCommError' : outcome.detail;
      const facts = {
        ...outcome,
        detail,
        requestId,
        startedMs,
        endedMs: clock(),
        bytes,
        clientIp,
        clientPort,
        location,
      };
      accessLog?.write(logEntry(request, response, { ...facts, protocol: context.protocol }));
    });
    await answerRequest(request, response, { context, requestId, clientIp, outcome });
  };

  const server = http.createServer(
    { keepAliveTimeout: 65_000, maxHeaderSize: 32_768 },
    (request, response) => {
      // A failure after the headers can only be told by cutting the connection.
      serve(request, response).catch(() => response.destroy());
    },
  );

  return {
    server,
    faults,
    totals,
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      server.listen(port, host);
      await once(server, 'listening');
      const { port: chosen } = server.address() as AddressInfo;
      return `${context.protocol}://${host}:${chosen}`;
    },
    invalidate: (path) => cache.invalidate(path),
    async close() {
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      server.closeAllConnections();
      await closed;
      await immediate(); // The last responses tell of their end right after their sockets'.
      await accessLog?.close();
    },
  };
}
