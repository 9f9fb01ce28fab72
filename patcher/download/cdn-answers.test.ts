import { describe, expect, test } from 'vitest';
import { FAULT_BODIES } from '../testing/network/object-server.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { VirtualCdn, type VirtualFault } from '../testing/network/virtual-cdn.ts';
import { VirtualClock } from '../testing/network/virtual-clock.ts';
import { type FetcherPorts, ObjectFetcher } from './object-fetcher.ts';

const MEBIBYTE = 1024 * 1024;
const object = new SeededRandom(1).bytes(6 * MEBIBYTE);
const CHUNK = { offset: 5 * MEBIBYTE, sizeBytes: 300_000 };

function setUp(hosts: readonly string[] = ['near'], ports: Partial<FetcherPorts> = {}) {
  const clock = new VirtualClock();
  const cdn = new VirtualCdn(clock, object);
  const random = new SeededRandom(2);
  const fetcher = new ObjectFetcher({
    grants: cdn.grantsFor(...hosts),
    fetch: cdn.fetch,
    clock,
    random: () => random.word() / 2 ** 32,
    wallClock: () => Date.UTC(2026, 10, 22) + clock.now(),
    ...ports,
  });
  const read = async ({ offset, sizeBytes } = CHUNK): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const bytes of fetcher.fetchRange('c/pack', offset, sizeBytes)) parts.push(bytes);
    return Buffer.concat(parts);
  };
  const failFirst = (count: number, fault: VirtualFault) => {
    cdn.fault = ({ index }) => (index < count ? fault : undefined);
  };
  return { clock, cdn, fetcher, read, failFirst, run: <V>(work: Promise<V>) => clock.run(work) };
}

const expected = Buffer.from(object.subarray(CHUNK.offset, CHUNK.offset + CHUNK.sizeBytes));
const html = (text: string) => `<!DOCTYPE html><html><body>${text}</body></html>`;
const status = (code: number, body = '', headers = {}): VirtualFault => ({
  kind: 'status',
  status: code,
  body,
  headers,
});
const xml = (code: string) => `<Error><Code>${code}</Code></Error>`;
const notSatisfied = html('The request could not be satisfied');
const firewall = html(
  "Request blocked. We can't connect to the server for this app or website at this time.",
);

/** What a host that keeps answering so costs before the player is told: requests, fresh grants, and the code. */
const hopeless: readonly (readonly [string, VirtualFault, string, number, number])[] = [
  ['no key id', status(403, FAULT_BODIES.missingKey), 'DOWNLOAD_REFUSED', 3, 2],
  ['an unknown key', status(403, FAULT_BODIES.invalidKey), 'DOWNLOAD_REFUSED', 3, 2],
  ['a malformed policy', status(403, FAULT_BODIES.malformedPolicy), 'DOWNLOAD_REFUSED', 1, 0],
  ['an expired grant', status(403, FAULT_BODIES.accessDenied), 'DOWNLOAD_REFUSED', 3, 2],
  ['a refusal by the origin', status(403, FAULT_BODIES.originDenied), 'DOWNLOAD_OBJECT_MISSING', 1, 0],
  ['an absent object', status(404, xml('NoSuchKey')), 'DOWNLOAD_OBJECT_MISSING', 1, 0],
  [
    'an object that is shorter than said',
    { kind: 'content-range', header: 'bytes 5242880-5242889/5242890' },
    'DOWNLOAD_RANGE_INVALID',
    1,
    0,
  ],
  ['a range beyond the end', status(416, xml('InvalidRange')), 'DOWNLOAD_RANGE_INVALID', 1, 0],
  ['a throttling origin', status(503, xml('SlowDown')), 'DOWNLOAD_SERVER_BUSY', 6, 0],
  ['too many requests', status(429), 'DOWNLOAD_SERVER_BUSY', 6, 0],
  ['a geographic block', status(403, FAULT_BODIES.html), 'DOWNLOAD_REGION_BLOCKED', 1, 0],
  ['a web firewall', status(403, firewall), 'DOWNLOAD_BLOCKED_BY_NETWORK', 1, 0],
  ['502', status(502, notSatisfied), 'DOWNLOAD_SERVER_BUSY', 6, 0],
  ['503', status(503, notSatisfied), 'DOWNLOAD_SERVER_BUSY', 6, 0],
  ['504', status(504, notSatisfied), 'DOWNLOAD_SERVER_BUSY', 6, 0],
  [
    'a redirect to a sign-in page',
    status(302, '', { location: 'https://wifi.example/in' }),
    'DOWNLOAD_CAPTIVE_PORTAL',
    1,
    0,
  ],
  ['a page instead of bytes', status(200, html('Welcome')), 'DOWNLOAD_CAPTIVE_PORTAL', 1, 0],
  ['511', status(511, html('Sign in')), 'DOWNLOAD_CAPTIVE_PORTAL', 1, 0],
  [
    'a foreign certificate',
    { kind: 'throw', code: 'SELF_SIGNED_CERT_IN_CHAIN' },
    'DOWNLOAD_CONNECTION_INSPECTED',
    1,
    0,
  ],
  [
    'an expired certificate',
    { kind: 'throw', code: 'CERT_HAS_EXPIRED' },
    'DOWNLOAD_CERTIFICATE_REFUSED',
    1,
    0,
  ],
  ['silence', { kind: 'silence' }, 'DOWNLOAD_STALLED', 6, 0],
  ['a broken body', { kind: 'break', afterBytes: 1 }, 'DOWNLOAD_NETWORK_FAILED', 6, 0],
  ['a short body', { kind: 'short', afterBytes: 1 }, 'DOWNLOAD_NETWORK_FAILED', 6, 0],
  [
    'a wrong Content-Range',
    { kind: 'content-range', header: 'bytes 5-14/9000000' },
    'DOWNLOAD_RANGE_INVALID',
    6,
    0,
  ],
  ['no Content-Range', { kind: 'content-range', header: '' }, 'DOWNLOAD_RANGE_INVALID', 6, 0],
  [
    'a body coded by a proxy',
    { kind: 'headers', headers: { 'content-encoding': 'gzip' } },
    'DOWNLOAD_RANGE_INVALID',
    6,
    0,
  ],
  ['no network', { kind: 'throw', code: 'ENETUNREACH' }, 'DOWNLOAD_OFFLINE', 6, 0],
];

describe('a host that keeps answering with', () => {
  test.each(hopeless)('%s', async (_name, fault, code, requestsMax, refreshes) => {
    const { cdn, read, run } = setUp();
    cdn.fault = () => fault;
    await expect(run(read())).rejects.toMatchObject({ code });
    expect(cdn.requests.length).toBeLessThanOrEqual(requestsMax);
    expect(cdn.requests.length).toBeGreaterThan(0);
    expect(cdn.refreshes).toBe(refreshes);
  });

  test('any status at all leads to a typed error within six requests', async () => {
    for (let code = 200; code < 600; code++) {
      if (code === 204 || code === 205 || code === 304) continue;
      const { cdn, read, run } = setUp();
      cdn.fault = () => status(code, 'x');
      await expect(run(read()), String(code)).rejects.toMatchObject({
        code: expect.stringMatching(/^DOWNLOAD_/),
      });
      expect(cdn.requests.length).toBeLessThanOrEqual(6);
    }
  });
});

describe('a host that recovers from', () => {
  const passing = hopeless.filter(([, , , requests]) => requests > 1);
  test.each(passing)('%s', async (_name, fault) => {
    const { cdn, read, run, failFirst } = setUp();
    failFirst(2, fault);
    expect((await run(read())).equals(expected)).toBe(true);
    expect(cdn.requests).toHaveLength(3);
    expect(cdn.refreshes).toBeLessThanOrEqual(2);
  });
});

describe('another host has the bytes, where the first answers with', () => {
  // These tell of the way to every host, or of the request itself.
  const common = new Set(['DOWNLOAD_CAPTIVE_PORTAL']);
  const rows = hopeless.filter(([name, , code]) => !common.has(code) && name !== 'a malformed policy');
  test.each(rows)('%s', async (_name, fault) => {
    const { cdn, read, run } = setUp(['near', 'far']);
    cdn.fault = ({ host }) => (host === 'https://near' ? fault : undefined);
    expect((await run(read())).equals(expected)).toBe(true);
    expect(cdn.requests.filter(({ host }) => host === 'https://near').length).toBeLessThanOrEqual(3);
    expect(cdn.refreshes).toBeLessThanOrEqual(2);
  });

  test('outage: after three failures no stream asks it until its wait is over, and then one does', async () => {
    const { clock, cdn, read, run } = setUp(['near', 'far']);
    cdn.fault = ({ host, at }) => (host === 'https://near' && at < 60_000 ? status(503) : undefined);
    const readOn = async () => {
      while (clock.now() < 200_000) {
        await read();
        await clock.sleep(2000);
      }
    };
    await run(Promise.all([1, 2, 3, 4].map(readOn)));
    const near = cdn.requests.filter(({ host }) => host === 'https://near');
    expect(near.filter(({ at }) => at < 60_000).length).toBeLessThanOrEqual(4 + 8);
    const back = near.find(({ at }) => at >= 60_000)?.at ?? Number.POSITIVE_INFINITY;
    expect(back).toBeLessThan(180_000);
    const after = cdn.requests.filter(({ at }) => at > back + 3000);
    expect(new Set(after.map(({ host }) => host))).toEqual(new Set(['https://near']));
  });
});

describe('the whole object instead of a range', () => {
  test('is read only up to the end of the range, in pieces', async () => {
    const { cdn, fetcher, read, run, failFirst } = setUp();
    failFirst(1, { kind: 'whole' });
    const early = { offset: 3 * MEBIBYTE, sizeBytes: 1000 };
    expect((await run(read(early))).length).toBe(1000);
    expect(cdn.requests).toHaveLength(1);
    expect(cdn.sentBytes).toBeLessThanOrEqual(early.offset + early.sizeBytes + 128 * 1024);
    expect(fetcher.counters.skippedBytes).toBe(early.offset);
  });

  test('is given up where the range lies far in it, for a host that answers as asked', async () => {
    const { cdn, read, run, failFirst } = setUp();
    failFirst(1, { kind: 'whole' });
    expect((await run(read())).equals(expected)).toBe(true);
    expect(cdn.requests).toHaveLength(2);
    expect(cdn.sentBytes).toBeLessThan(CHUNK.sizeBytes + 128 * 1024);
  });

  test('is read after all where nothing else comes', async () => {
    const { cdn, read, run } = setUp();
    cdn.fault = () => ({ kind: 'whole' });
    expect((await run(read())).equals(expected)).toBe(true);
    expect(cdn.requests).toHaveLength(3);
  });
});

describe('a grant', () => {
  test('that expires again and again is renewed as long as bytes come in between', async () => {
    const { cdn, read, run } = setUp();
    cdn.fault = ({ index }) => {
      if (index % 2 === 1) cdn.expireGrants();
      return index % 2 === 0 ? { kind: 'break', afterBytes: MEBIBYTE } : undefined;
    };
    const all = { offset: 0, sizeBytes: object.length };
    expect((await run(read(all))).equals(object)).toBe(true);
    expect(cdn.refreshes).toBeGreaterThan(2);
  });

  test('is refreshed once for all streams that were refused', async () => {
    const { cdn, read, run } = setUp();
    await run(read());
    cdn.expireGrants();
    await run(Promise.all(Array.from({ length: 8 }, () => read())));
    expect(cdn.refreshes).toBe(1);
    expect(cdn.requests.length).toBeLessThanOrEqual(1 + 16);
  });

  test('that stays refused is the clock’s fault where the clock is off', async () => {
    const { cdn, read, run } = setUp(['near'], { wallClock: () => Date.UTC(2026, 10, 29) });
    const date = new Date(Date.UTC(2026, 10, 22)).toUTCString();
    cdn.fault = () => status(403, FAULT_BODIES.accessDenied, { date });
    await expect(run(read())).rejects.toMatchObject({
      code: 'DOWNLOAD_CLOCK_WRONG',
      details: { skewSeconds: 7 * 86_400 },
    });
  });
});

test('nothing but Range is added to a request, to any host', async () => {
  const { cdn, read, run } = setUp(['near', 'far']);
  cdn.fault = ({ host }) => (host === 'https://near' ? status(500) : undefined);
  await run(read());
  for (const { headers, query } of cdn.requests) {
    expect([...headers.keys()]).toEqual(['range']);
    expect(query).toBe('?g=1');
  }
});
