import type { ClientRequest, ClientRequestArgs, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { BlockReader } from './block-reader.ts';
import type { RangeFetch, RangeHeaders } from './range-fetch.ts';

// An import would have all that the module exports made, among it a WebSocket, which loads Node's `fetch`: 50 ms of CPU.
const { Agent, request } = process.getBuiltinModule('node:http');

/** Bytes read from a socket at once, as libuv does by itself: 256 KiB are no quicker, and connections are many. */
const READ_BYTES = 64 * 1024;
/** Connections that nobody used for so long are closed: servers do so from five seconds on, and a race is a failure. */
const IDLE_MS_MAX = 4_000;

/**
 * Node's own `fetch` copies a body three times, in pieces of 64 KiB of fresh memory each, and what these cost to collect is
 * more than all else: 0.85 s of CPU for 155 MB, against 0.45 s by this. It reads into one buffer for each connection and
 * gathers bodies in blocks. Where Node is told to go by a proxy, its `fetch` is used.
 */
export const httpFetch: RangeFetch = async (url, options) => {
  if (isProxied()) return fetch(url, options);
  const { signal, headers } = options;
  const begin = url.startsWith('https:') ? (secure ??= openSecure()) : plain;
  return new Promise((resolve, reject) => {
    const asked = begin(url, { signal, headers: { ...headers, accept: '*/*' } });
    asked.once('response', (response) => {
      responses.set(response.socket, response);
      const sizeBytes = Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      const body = new BlockReader(response, sizeBytes);
      const status = response.statusCode ?? 0;
      resolve({ status, type: 'basic', headers: headersOf(response), body: { getReader: () => body } });
    });
    // Also after the response has begun, when its reader tells of it.
    asked.on('error', reject);
    asked.end();
  });
};

/** The response each connection is at. */
const responses = new WeakMap<Duplex, IncomingMessage>();

type Connected = (error: Error | null, socket: Duplex) => void;

interface Connecting {
  readonly options: ClientRequestArgs;
  readonly connect: (options: ClientRequestArgs) => Duplex | null | undefined;
}

/**
 * Have a connection read into the same memory over and over. A response keeps what comes with its head, and what comes
 * when it was just paused, as views of it: then the next is read into other memory.
 */
function connectReading({ options, connect }: Connecting): Duplex | null | undefined {
  let room = Buffer.allocUnsafeSlow(READ_BYTES);
  let other: typeof room | undefined;
  const keptBytes = () => (socket ? responses.get(socket)?.readableLength : undefined) ?? 0;
  const onread = {
    buffer: () => room,
    callback: (sizeBytes: number, bytes: Uint8Array) => {
      const keptBefore = keptBytes();
      socket?.emit('data', bytes.subarray(0, sizeBytes));
      if (keptBytes() > 0) {
        const free = keptBefore === 0 ? other : undefined;
        other = room;
        room = free ?? Buffer.allocUnsafeSlow(READ_BYTES);
      }
      return true;
    },
  };
  const reading: ClientRequestArgs & { readonly onread: typeof onread } = { ...options, onread };
  const socket = connect(reading);
  return socket;
}

type Begin = (url: string, options: RequestOptions) => ClientRequest;

const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_MS_MAX };

class ReadingAgent extends Agent {
  override createConnection(options: ClientRequestArgs, done?: Connected): Duplex | null | undefined {
    return connectReading({ options, connect: (reading) => super.createConnection(reading, done) });
  }
}

const agent = new ReadingAgent(AGENT_OPTIONS);
const plain: Begin = (url, options) => request(url, { ...options, agent });
let secure: Begin | undefined;

/** Once it is needed: it loads all of TLS. */
function openSecure(): Begin {
  const https = process.getBuiltinModule('node:https');
  class SecureReadingAgent extends https.Agent {
    override createConnection(options: ClientRequestArgs, done?: Connected): Duplex | null | undefined {
      return connectReading({ options, connect: (reading) => super.createConnection(reading, done) });
    }
  }
  const secureAgent = new SecureReadingAgent(AGENT_OPTIONS);
  return (url, options) => https.request(url, { ...options, agent: secureAgent });
}

function isProxied(): boolean {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  return process.env['NODE_USE_ENV_PROXY'] === '1' || flags.some((flag) => flag.includes('--use-env-proxy'));
}

function headersOf({ headers }: IncomingMessage): RangeHeaders {
  return {
    get: (name) => {
      const value = headers[name];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}
