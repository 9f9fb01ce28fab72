import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  FAULT_BODIES,
  type ObjectServer,
  type ServerFault,
  startObjectServer,
} from '../testing/network/object-server.ts';
import { VirtualClock } from '../testing/network/virtual-clock.ts';
import { BandwidthLimit } from './bandwidth-limit.ts';
import type { Clock } from './clock.ts';
import { HostHealth } from './hosts/host-health.ts';
import { httpFetch } from './connection/http-fetch.ts';
import { type FetcherPorts, ObjectFetcher, type RetryPolicy } from './object-fetcher.ts';

const object = randomBytes(3 * 1024 * 1024);
const sha256 = createHash('sha256').update(object).digest('hex');
let server: ObjectServer;

beforeEach(async () => {
  server = await startObjectServer((path) => (path === 'c/object' ? object : undefined));
});
afterEach(() => server.close());

/** Waits are noted, not waited for; stall timers never fire unless asked to. */
function fakeClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    now: () => now,
    sleep: (ms, signal) => {
      if (ms === 30_000) {
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      }
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

const FIREWALL =
  "<!DOCTYPE html><html>Request blocked. We can't connect to the server for this app or website at this time.</html>";

function httpDate(afterMs: number): string {
  return new Date(Date.UTC(2026, 10, 21) + afterMs).toUTCString();
}

function fetcherOn(
  clock: Clock,
  policy: Partial<RetryPolicy> = {},
  random = () => 0.5,
  ports: Partial<FetcherPorts> = {},
): ObjectFetcher {
  return new ObjectFetcher({ grants: server.grants, fetch, clock, random, policy, ...ports });
}

/** A request over a real socket while virtual time stands still: it counts as nothing to wait for, so time is held. */
async function realFetch(
  clock: VirtualClock,
  url: Parameters<typeof fetch>[0],
  init?: RequestInit,
): Promise<Response> {
  return await clock.hold(async () => {
    const response = await fetch(url, init);
    const body = await response.arrayBuffer();
    return new Response(response.status === 204 ? null : body, response);
  });
}

async function read(
  fetcher: ObjectFetcher,
  offset: number,
  sizeBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of fetcher.fetchRange('c/object', offset, sizeBytes, signal)) parts.push(bytes);
  return Buffer.concat(parts);
}

function failFirst(count: number, fault: ServerFault): void {
  server.fault = ({ index }) => (index < count ? fault : undefined);
}

describe('fetchInto', () => {
  const offset = 90_001;
  const sizeBytes = 1_700_000;

  /** Read the range into rooms of the given sizes by turns, which lie side by side. */
  async function readIntoRooms(fetcher: ObjectFetcher, sizes: readonly number[]): Promise<Uint8Array> {
    const place = new Uint8Array(new SharedArrayBuffer(sizeBytes));
    let filled = 0;
    let turn = 0;
    const nextRoom = () => place.subarray(filled, filled + (sizes[turn % sizes.length] as number));
    for await (const part of fetcher.fetchInto({ path: 'c/object', offset, sizeBytes }, nextRoom)) {
      expect(part.buffer).toBe(place.buffer);
      expect(part.byteOffset).toBe(filled);
      filled += part.length;
      turn++;
    }
    expect(filled).toBe(sizeBytes);
    return place;
  }

  const ways = { 'that reads into rooms': httpFetch, 'that does not': fetch };
  const faults: Record<string, ServerFault | undefined> = {
    'no fault': undefined,
    'the whole object': { kind: 'whole' },
    'a truncated answer': { kind: 'truncate', afterBytes: 300_000 },
    'a reset': { kind: 'reset' },
    'a busy server': { kind: 'status', status: 503, body: FAULT_BODIES.html },
    'a shifted range': { kind: 'wrong-range' },
  };
  const cases = Object.keys(ways).flatMap((way) => Object.keys(faults).map((fault) => ({ way, fault })));

  test.each(cases)(
    'fills one room after the other by a fetch $way, behind $fault',
    async ({ way, fault }) => {
      const kind = faults[fault];
      if (kind !== undefined) failFirst(2, kind);
      const port = { fetch: ways[way as keyof typeof ways] };
      const bytes = await readIntoRooms(
        fetcherOn(fakeClock(), {}, () => 0.5, port),
        [700_000, 1, 65_537],
      );
      expect(Buffer.compare(bytes, object.subarray(offset, offset + sizeBytes))).toBe(0);
    },
  );
});

describe('fetchRange', () => {
  test('gives exactly the asked bytes and adds only the Range header and the grant’s query', async () => {
    const bytes = await read(fetcherOn(fakeClock()), 1000, 2_000_000);
    expect(bytes.equals(object.subarray(1000, 2_001_000))).toBe(true);
    expect(server.requests.map(({ query }) => query)).toEqual(['Signature=1']);
    expect(server.requests[0]?.headers.range).toBe('bytes=1000-2000999');
    const sent = Object.keys(server.requests[0]?.headers ?? {}).filter((name) =>
      /^x-|cookie|authorization|referer/.test(name),
    );
    expect(sent).toEqual([]);
  });

  test('takes the slice of a 200 without reading past it', async () => {
    failFirst(1, { kind: 'whole' });
    const bytes = await read(fetcherOn(fakeClock()), 100_000, 5);
    expect(bytes.equals(object.subarray(100_000, 100_005))).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['truncated', { kind: 'truncate', afterBytes: 300_000 }],
    ['reset', { kind: 'reset' }],
    ['500', { kind: 'status', status: 500 }],
    ['503 with HTML', { kind: 'status', status: 503, body: FAULT_BODIES.html }],
    ['a shifted range', { kind: 'wrong-range' }],
  ] as const)('goes on after an answer that was %s', async (_name, fault) => {
    failFirst(2, fault);
    const clock = fakeClock();
    const bytes = await read(fetcherOn(clock), 0, object.length);
    expect(bytes.equals(object)).toBe(true);
    expect(clock.waits).toEqual([1000, 2000]);
  });

  test('asks only for what is missing after a truncated answer', async () => {
    failFirst(1, { kind: 'truncate', afterBytes: 700_000 });
    await read(fetcherOn(fakeClock()), 0, object.length);
    expect(server.requests[1]?.first).toBeGreaterThan(0);
  });

  test.each([
    ['403 of the origin', 403, FAULT_BODIES.originDenied, 'DOWNLOAD_OBJECT_MISSING'],
    ['404', 404, '<Error><Code>NoSuchKey</Code></Error>', 'DOWNLOAD_OBJECT_MISSING'],
    ['a geographic block', 403, FAULT_BODIES.html, 'DOWNLOAD_REGION_BLOCKED'],
    ['a firewall', 403, FIREWALL, 'DOWNLOAD_BLOCKED_BY_NETWORK'],
    ['200 in HTML', 200, FAULT_BODIES.html, 'DOWNLOAD_CAPTIVE_PORTAL'],
    ['511', 511, '<!DOCTYPE html><html></html>', 'DOWNLOAD_CAPTIVE_PORTAL'],
    ['404 in HTML', 404, FAULT_BODIES.html, 'DOWNLOAD_BLOCKED_BY_NETWORK'],
    ['a malformed policy', 403, FAULT_BODIES.malformedPolicy, 'DOWNLOAD_REFUSED'],
    ['416', 416, '', 'DOWNLOAD_RANGE_INVALID'],
    ['451', 451, '', 'DOWNLOAD_BLOCKED_BY_NETWORK'],
  ])('does not ask again after %s', async (_name, status, body, code) => {
    server.fault = () => ({ kind: 'status', status, body });
    await expect(read(fetcherOn(fakeClock()), 0, 10)).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  test('does not follow a redirect', async () => {
    server.fault = () => ({ kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/login' } });
    await expect(read(fetcherOn(fakeClock()), 0, 10)).rejects.toMatchObject({
      code: 'DOWNLOAD_CAPTIVE_PORTAL',
      details: { portal: 'http://127.0.0.1:1' },
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([[FAULT_BODIES.accessDenied], [FAULT_BODIES.invalidKey], [FAULT_BODIES.missingKey]])(
    'gives up after two fresh grants: %s',
    async (body) => {
      server.fault = () => ({ kind: 'status', status: 403, body });
      await expect(read(fetcherOn(fakeClock()), 0, 10)).rejects.toMatchObject({ code: 'DOWNLOAD_REFUSED' });
      expect(server.requests).toHaveLength(3);
      expect(server.grants.refreshes()).toBe(2);
    },
  );

  test('refreshes an expired grant once for all streams', async () => {
    const fetcher = fetcherOn(fakeClock());
    await read(fetcher, 0, 10);
    server.expireGrants();
    await Promise.all(Array.from({ length: 8 }, (_, index) => read(fetcher, index * 100, 100)));
    expect(server.grants.refreshes()).toBe(1);
    expect(server.requests.length).toBeLessThanOrEqual(1 + 16);
  });

  test('ends after a bounded number of failures, each wait with full jitter', async () => {
    server.fault = () => ({ kind: 'status', status: 500 });
    const clock = fakeClock();
    const health = new HostHealth(clock, Math.random, { failuresMax: 100 });
    const fetcher = fetcherOn(clock, { failuresMax: 4 }, () => 0.25, { health });
    await expect(read(fetcher, 0, 10)).rejects.toMatchObject({ code: 'DOWNLOAD_SERVER_BUSY' });
    expect(clock.waits).toEqual([500, 1000, 2000]);
    expect(fetcher.counters).toMatchObject({ requests: 4, throttled: 0 });
  });

  test.each([
    ['seconds', { 'retry-after': '30' }],
    ['a date by the server’s clock', { date: httpDate(0), 'retry-after': httpDate(30_000) }],
  ])('does not come back before a Retry-After in %s, nor do its other streams', async (_form, headers) => {
    failFirst(1, { kind: 'status', status: 429, headers });
    const clock = new VirtualClock();
    const seenAt: number[] = [];
    const fetcher = fetcherOn(clock, {}, () => 0.5, {
      fetch: (url, init) => {
        seenAt.push(clock.now());
        return realFetch(clock, url, init);
      },
    });
    const reading = [0, 1000, 2000].map(async (offset, index) => {
      await clock.sleep(index * 100);
      return await read(fetcher, offset, 10);
    });
    await clock.run(Promise.all(reading));
    expect(seenAt[0]).toBe(0);
    expect(Math.min(...seenAt.slice(1))).toBeGreaterThanOrEqual(30_000);
    expect(fetcher.counters.throttled).toBe(1);
  });

  test('gives up a silent connection and resumes where it stopped', async () => {
    failFirst(1, { kind: 'stall', afterBytes: 65_536 });
    const fetcher = new ObjectFetcher({
      grants: server.grants,
      fetch,
      clock: { now: () => performance.now(), sleep: (ms, signal) => realSleep(Math.min(ms, 200), signal) },
      random: Math.random,
      policy: { stallMs: 200 },
    });
    const bytes = await read(fetcher, 0, 200_000);
    expect(bytes.equals(object.subarray(0, 200_000))).toBe(true);
    expect(server.requests.map(({ first }) => first)).toEqual([0, 65_536]);
  });

  test('reports a host that cannot be reached', async () => {
    await server.close();
    await expect(read(fetcherOn(fakeClock()), 0, 10)).rejects.toMatchObject({
      code: 'DOWNLOAD_NETWORK_FAILED',
      details: { reason: 'ECONNREFUSED' },
    });
  });

  test('stops when aborted, with the signal’s reason', async () => {
    server.delayMs = 20;
    const stop = new AbortController();
    const reading = read(fetcherOn(fakeClock()), 0, object.length, stop.signal);
    setTimeout(() => stop.abort(new Error('paused')), 50);
    await expect(reading).rejects.toThrow('paused');
  });

  test.each([
    '../secret',
    'c/../x',
    '/c/object',
    'c//object',
    'c/object?x=1',
    'c/%2e%2e/x',
    'http://evil/x',
    '',
  ])('refuses the object path %j', async (path) => {
    const fetcher = fetcherOn(fakeClock());
    await expect(fetcher.fetchRange(path, 0, 1).next()).rejects.toMatchObject({
      code: 'DOWNLOAD_PATH_REFUSED',
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe('fetchObject', () => {
  test('fetches again once when the hash is wrong', async () => {
    failFirst(1, { kind: 'corrupt', at: 5 });
    const bytes = await fetcherOn(fakeClock()).fetchObject({
      path: 'c/object',
      sizeBytes: object.length,
      sha256,
    });
    expect(Buffer.from(bytes).equals(object)).toBe(true);
  });

  test('gives up when the hash stays wrong', async () => {
    server.fault = () => ({ kind: 'corrupt', at: 5 });
    const fetching = fetcherOn(fakeClock()).fetchObject({
      path: 'c/object',
      sizeBytes: object.length,
      sha256,
    });
    await expect(fetching).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expect(server.requests).toHaveLength(2);
  });

  test('refuses to hold an object of absurd size', async () => {
    const fetching = fetcherOn(fakeClock()).fetchObject({ path: 'c/object', sizeBytes: 2 ** 40, sha256 });
    await expect(fetching).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
  });
});

describe('BandwidthLimit', () => {
  test('lets bytes pass at the stated rate after one second’s burst', async () => {
    let now = 0;
    const clock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    };
    const limit = new BandwidthLimit(clock, 1000);
    for (let piece = 0; piece < 50; piece++) await limit.take(100);
    expect(now).toBeCloseTo(4000, 5);
    limit.bytesPerSecond = Number.POSITIVE_INFINITY;
    await limit.take(1e9);
    expect(now).toBeCloseTo(4000, 5);
  });

  test('wakes who waits when the limit is changed, and not when the reader gives up', async () => {
    const clock = new VirtualClock();
    const limit = new BandwidthLimit(clock, 1000);
    clock.after(5000, () => {
      limit.bytesPerSecond = 1_000_000;
    });
    await clock.run(limit.take(1_000_000));
    expect(clock.now()).toBe(5000);
    limit.bytesPerSecond = 10;
    const stop = new AbortController();
    clock.after(100, () => stop.abort(new Error('paused')));
    await expect(clock.run(limit.take(1000, stop.signal))).rejects.toThrow('paused');
  });
});

async function realSleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
}
