import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { httpFetch } from './http-fetch.ts';
import type { BodyReader, RangeResponse } from './range-fetch.ts';

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    server.closeAllConnections();
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
