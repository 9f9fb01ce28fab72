import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeTestCertificate, type TestCertificate } from '../../testing/network/test-certificate.ts';
import { httpFetch } from './http-fetch.ts';
import type { BodyReader, RangeResponse } from './range-fetch.ts';

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function serve(listener: RequestListener, certificate?: TestCertificate): Promise<string> {
  const server =
    certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A server that sends what it is told to, whatever HTTP says. */
async function serveRaw(onRequest: (socket: Socket, count: number) => unknown): Promise<string> {
  let count = 0;
  const sockets: Socket[] = [];
  const server = createPlainServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => void onRequest(socket, count++));
    // A client that goes away is none of its business.
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function ask(url: string, signal = new AbortController().signal): Promise<RangeResponse> {
  return httpFetch(url, { headers: { range: 'bytes=0-1' }, redirect: 'manual', signal });
}

function readerOf(response: RangeResponse): BodyReader {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error('it has no body');
  return reader;
}

async function readAll(response: RangeResponse, pauseMs = 0): Promise<Buffer> {
  const reader = readerOf(response);
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(Uint8Array.from(part.value));
    if (pauseMs > 0) await setTimeout(pauseMs);
  }
  return Buffer.concat(parts);
}

/** As a caller that has a room for them. */
async function readInto(response: RangeResponse, sizeBytes: number): Promise<Buffer> {
  const reader = readerOf(response);
  const room = new Uint8Array(new SharedArrayBuffer(sizeBytes));
  for (let at = 0; ; ) {
    const count = (await reader.readInto?.(room.subarray(at, at + 700_001))) ?? 0;
    if (count === 0) return Buffer.from(room.subarray(0, at));
    at += count;
  }
}

describe('bytes', () => {
  const object = randomBytes(5_000_000);

  it.each([
    { how: 'with their length', chunked: false, pauseMs: 0 },
    { how: 'with their length, for a reader that takes its time', chunked: false, pauseMs: 5 },
    { how: 'in chunks', chunked: true, pauseMs: 0 },
    { how: 'in chunks, for a reader that takes its time', chunked: true, pauseMs: 5 },
  ])('come as they were sent $how, over one connection after the other', async ({ chunked, pauseMs }) => {
    const url = await serve((request, response) => {
      const size = Number(request.url?.slice(1));
      if (!chunked) response.setHeader('content-length', size);
      for (let at = 0; at < size; at += 300_001)
        response.write(object.subarray(at, Math.min(size, at + 300_001)));
      response.end();
    });
    const sizes = [0, 1, 262_144, 262_145, 524_288, 3_000_000, 5_000_000];
    for (const size of sizes) {
      const all = await Promise.all([0, 1].map(async () => readAll(await ask(`${url}${size}`), pauseMs)));
      for (const bytes of all) expect(bytes.equals(object.subarray(0, size))).toBe(true);
    }
  });

  it('are given before more come, and are nobody else’s', async () => {
    let send: (text: string) => unknown = () => undefined;
    const url = await serve((_, response) => {
      send = (text) => response.write(text);
      send('one');
    });
    const reader = readerOf(await ask(url));
    const one = (await reader.read()).value;
    send('two');
    const two = (await reader.read()).value;
    expect([one, two].map((value) => Buffer.from(value as Uint8Array).toString())).toEqual(['one', 'two']);
    await reader.cancel();
  });
});

it('tells the status, the headers and where a redirect leads, and does not go there', async () => {
  const url = await serve((request, response) => {
    response
      .writeHead(302, { location: 'http://elsewhere.test/', 'x-range': request.headers.range ?? '' })
      .end('gone');
  });
  const response = await ask(url);
  expect(response).toMatchObject({ status: 302, type: 'basic' });
  expect(['location', 'x-range', 'x-none'].map((name) => response.headers.get(name))).toEqual([
    'http://elsewhere.test/',
    'bytes=0-1',
    null,
  ]);
  expect((await readAll(response)).toString()).toBe('gone');
});

describe('an error', () => {
  it('ends a body that broke off, behind the bytes that came', async () => {
    const url = await serve((_, response) => {
      response.setHeader('content-length', 10);
      response.write('five!', () => response.destroy());
    });
    const reader = readerOf(await ask(url));
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('five!');
    await expect(reader.read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('has the code of the system where nobody listens', async () => {
    const url = await serve(() => undefined);
    for (const end of ended.splice(0)) end();
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('comes of an abort, before the head and behind it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/head') response.write('some');
    });
    const before = new AbortController();
    const asked = ask(`${url}nothing`, before.signal);
    before.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    const behind = new AbortController();
    const reader = readerOf(await ask(`${url}head`, behind.signal));
    await reader.read();
    const next = reader.read();
    behind.abort();
    await expect(next).rejects.toThrow();
  });
});

describe('over TLS', () => {
  const object = randomBytes(3_000_000);
  const listener: RequestListener = (request, response) => {
    const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []).map(Number);
    response.setHeader('content-range', `bytes ${first}-${last}/${object.length}`);
    response.setHeader('content-length', last - first + 1);
    response.writeHead(206).end(object.subarray(first, last + 1));
  };
  const trusted = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(trusted));

  it('bytes come as they were sent, by a server whose certificate this computer trusts', async () => {
    const certificate = makeTestCertificate();
    let connections = 0;
    const url = await serve((request, response) => {
      if (request.socket.bytesWritten === 0) connections++;
      listener(request, response);
    }, certificate);
    setDefaultCACertificates([...trusted, certificate.cert]);
    const { signal } = new AbortController();
    for (const [first, last] of [
      [0, 0],
      [7, 2_999_999],
      [1_000_000, 1_700_000],
    ] as const) {
      const range = `bytes=${first}-${last}`;
      const response = await httpFetch(url, { headers: { range }, redirect: 'manual', signal });
      expect(response.status).toBe(206);
      const bytes = await readInto(response, last - first + 1);
      expect(bytes.equals(object.subarray(first, last + 1))).toBe(true);
    }
    expect(connections).toBe(1);
  });

  it.each([
    {
      of: 'nobody this computer trusts',
      days: undefined,
      isTrusted: false,
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    },
    { of: 'yesterday', days: { from: -3, to: -1 }, isTrusted: true, code: 'CERT_HAS_EXPIRED' },
    { of: 'tomorrow', days: { from: 1, to: 3 }, isTrusted: true, code: 'CERT_NOT_YET_VALID' },
  ])('nothing is asked of a server with a certificate of $of', async ({ days, isTrusted, code }) => {
    const certificate = makeTestCertificate(days);
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      listener(request, response);
    }, certificate);
    if (isTrusted) setDefaultCACertificates([...trusted, certificate.cert]);
    await expect(ask(url)).rejects.toMatchObject({ code });
    expect(requests).toBe(0);
  });

  it('nothing is asked of a server whose certificate is for another name', async () => {
    const certificate = makeTestCertificate();
    const url = await serve(listener, certificate);
    setDefaultCACertificates([...trusted, certificate.cert]);
    const other = url.replace('127.0.0.1', '127.0.0.2');
    await expect(ask(other)).rejects.toMatchObject({
      code: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID|ECONNREFUSED/),
    });
  });
});

describe('a connection', () => {
  const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it('that was closed while it rested is not held against the server', async () => {
    let connections = 0;
    const url = await serveRaw((socket, count) => {
      // As servers do with one that has rested too long: the next request finds it closed.
      if (count === 1) socket.resetAndDestroy();
      else socket.write(ok(`answer ${count}`), () => connections++);
    });
    expect((await readAll(await ask(url))).toString()).toBe('answer 0');
    expect((await readAll(await ask(url))).toString()).toBe('answer 2');
    expect(connections).toBe(2);
  });

  it('is closed behind more bytes than were announced, and another is used', async () => {
    const url = await serveRaw((socket, count) => {
      socket.write(count === 0 ? ok('right') : ok('next'));
      if (count === 0) void setTimeout(20).then(() => socket.write('wrong'));
    });
    expect((await readAll(await ask(url))).toString()).toBe('right');
    await setTimeout(100);
    expect((await readAll(await ask(url))).toString()).toBe('next');
  });

  it('reads a head and a body that come byte by byte', async () => {
    const url = await serveRaw(async (socket) => {
      for (const byte of ok('slow')) {
        socket.write(byte);
        await setTimeout(1);
      }
    });
    expect((await readAll(await ask(url))).toString()).toBe('slow');
  });

  it.each([
    ['HTTP/1.0 200 OK\r\n\r\nold', 'old'],
    ['HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nno length', 'no length'],
    [
      'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      'abc',
    ],
  ])('leaves what is out of the ordinary to Node’s client: %j', async (answer, body) => {
    const url = await serveRaw((socket) => socket.end(answer));
    for (let time = 0; time < 2; time++) expect((await readAll(await ask(url))).toString()).toBe(body);
  });

  it.each(['nonsense\r\n\r\n', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`])(
    'fails with a head that is none (%#)',
    async (answer) => {
      const url = await serveRaw((socket) => socket.end(answer));
      await expect(ask(url)).rejects.toMatchObject({ code: expect.stringMatching(/^HPE_/) });
    },
  );
});
