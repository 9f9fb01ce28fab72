import type { Socket } from 'node:net';
import type { BodyPart, BodyReader, RangeFetch } from './range-fetch.ts';
import { type OnRead, RangeConnection } from './range-connection.ts';

// An import would have all that the module exports made.
const net = process.getBuiltinModule('node:net');

/** Bytes given at once to whoever has no room of his own. */
const PART_BYTES = 256 * 1024;

/** Connections that rest, by origin. */
const resting = new Map<string, RangeConnection[]>();
/** What servers gave to begin again with, by origin. */
const sessions = new Map<string, Buffer>();

/**
 * `fetch` for ranges over plain connections.
 * @throws {UnusualHead} For an answer that needs Node's own client.
 */
export const fetchDirectly: RangeFetch = async (url, { headers, signal }) => {
  const target = new URL(url);
  const request = `GET ${target.pathname}${target.search} HTTP/1.1\r\nHost: ${target.host}\r\nRange: ${headers.range}\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`;
  for (;;) {
    signal.throwIfAborted();
    const rested = takeResting(target.origin);
    const connection = rested ?? open(target);
    const abort = () => connection.destroy(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      const { status, headers: fields, sizeBytes } = await connection.ask(request);
      const body = new RangeBody(connection, sizeBytes, () => {
        signal.removeEventListener('abort', abort);
        if (connection.isFree) rest(target.origin, connection);
        else connection.destroy();
      });
      return {
        status,
        type: 'basic',
        headers: { get: (name) => fields.get(name) ?? null },
        body: { getReader: () => body },
      };
    } catch (error) {
      signal.removeEventListener('abort', abort);
      // The server closed it as it was asked: that says nothing of the server.
      const wasClosed = rested !== undefined && !connection.hasAnswered && !signal.aborted;
      if (!wasClosed) throw error;
    }
  }
};

function takeResting(origin: string): RangeConnection | undefined {
  const connections = resting.get(origin) ?? [];
  for (let last = connections.pop(); last !== undefined; last = connections.pop()) {
    if (!last.isBroken) return last;
  }
  return undefined;
}

function rest(origin: string, connection: RangeConnection): void {
  connection.rest();
  const others = (resting.get(origin) ?? []).filter(({ isBroken }) => !isBroken);
  resting.set(origin, [...others, connection]);
}

function open({ protocol, hostname, port, origin }: URL): RangeConnection {
  // In a URL an IPv6 address stands in brackets.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol !== 'https:')
    return new RangeConnection((onread) => net.connect({ host, port: Number(port || 80), onread }));
  return new RangeConnection((onread) => openSecure({ host, port: Number(port || 443), origin }, onread));
}

function openSecure(
  { host, port, origin }: { readonly host: string; readonly port: number; readonly origin: string },
  onread: OnRead,
): Socket {
  // Once it is needed: it is all of TLS.
  const tls = process.getBuiltinModule('node:tls');
  const session = sessions.get(origin);
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const options = { host, port, ...name, ALPNProtocols: ['http/1.1'], onread };
  const socket = tls.connect(session === undefined ? options : { ...options, session });
  socket.on('session', (given) => sessions.set(origin, given));
  return socket;
}

/** A body on its way through a connection. */
class RangeBody implements BodyReader {
  readonly #connection: RangeConnection;
  /** The connection is free for others, or closed. */
  readonly #release: () => void;
  #leftBytes: number;

  constructor(connection: RangeConnection, sizeBytes: number, release: () => void) {
    this.#connection = connection;
    this.#leftBytes = sizeBytes;
    this.#release = release;
    if (sizeBytes === 0) release();
  }

  async read(): Promise<BodyPart> {
    const room = new Uint8Array(Math.min(PART_BYTES, this.#leftBytes));
    const sizeBytes = await this.readInto(room);
    return sizeBytes === 0 ? { done: true } : { done: false, value: room.subarray(0, sizeBytes) };
  }

  async readInto(room: Uint8Array): Promise<number> {
    if (this.#leftBytes === 0) return 0;
    const sizeBytes = await this.#connection.read(room);
    this.#leftBytes -= sizeBytes;
    if (this.#leftBytes === 0) this.#release();
    return sizeBytes;
  }

  async cancel(): Promise<void> {
    if (this.#leftBytes > 0) this.#connection.destroy();
  }
}
