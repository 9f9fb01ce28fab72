import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCESS_LOG_FIELDS, type AccessLogEntry, parseEntry } from '../delivery/access-log.ts';
import { activateKey, addKey, generateKeyRing, retireKey } from '../delivery/key-ring.ts';
import { grantedUrl } from '../delivery/signer.ts';
import { AccessLogWriter } from './access-log-writer.ts';
import { type EdgeRig, fetchRaw, startEdge } from './testing/edge-rig.ts';

const CONTENT = randomBytes(300_000);
let rig: EdgeRig;
let pack: string;
let foreign: string;

beforeAll(async () => {
  rig = await startEdge({ publicPrefixes: ['public/'], adminToken: 'operator' });
  pack = await rig.put(CONTENT);
  foreign = await rig.put(Buffer.from('of another game'), { gameId: 'other' });
  await rig.put(Buffer.from('of another depot'), { depot: 'windows' });
  await rig.put(Buffer.from('of a game whose name begins alike'), { gameId: 'skyforge-2' });
  await rig.store.write('public/art/logo.png', Buffer.from('art'), { contentType: 'image/png' });
  await rig.store.write('secret/manifest', Buffer.from('not for players'));
});
afterAll(() => rig.stop());
beforeEach(() => rig.edge.faults.clear());

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const refusal = (code: string, message: string): string =>
  `${XML}<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

describe('a grant', () => {
  it('opens its depot and is named in no header', async () => {
    const answer = await rig.get(pack);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(CONTENT)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-length': '300000',
      'accept-ranges': 'bytes',
      'cache-control': 'public,max-age=31536000,immutable',
      'content-type': 'application/octet-stream',
      'x-amz-cf-pop': 'FRA56-P1',
    });
    expect(answer.headers.via).toMatch(/^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$/);
    expect(answer.headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
  });

  it('ends at its second, for requests that begin then', async () => {
    const grant = rig.grant({ lifetimeSeconds: 300 });
    const start = rig.nowMs;
    rig.nowMs = grant.expiresAt.getTime() - 1;
    expect((await rig.get(pack, { grant })).status).toBe(200);
    rig.nowMs = grant.expiresAt.getTime();
    const late = await rig.get(pack, { grant, headers: { range: 'bytes=0-1' } });
    rig.nowMs = start;
    expect(late.status).toBe(403);
    expect(late.body.toString()).toBe(refusal('AccessDenied', 'Access denied'));
    expect(late.headers).toMatchObject({ 'content-type': 'text/xml', 'x-cache': 'Error from cloudfront' });
    expect(late.headers['x-amz-request-id']).toBeUndefined();
  });

  it('is refused with CloudFront’s words', async () => {
    const { baseUrl, query } = rig.grant();
    const unsigned = await fetchRaw(`${baseUrl}${pack}`);
    expect([unsigned.status, unsigned.body.toString()]).toEqual([
      403,
      refusal('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value'),
    ]);
    const unknown = await fetchRaw(
      `${baseUrl}${pack}?${query.replace(/Key-Pair-Id=[^&]*/, 'Key-Pair-Id=KNOBODY')}`,
    );
    expect([unknown.status, unknown.body.toString()]).toEqual([403, refusal('InvalidKey', 'Unknown Key')]);
    const malformed = await fetchRaw(`${baseUrl}${pack}?${query.replace(/Policy=[^&]*/, 'Policy=e30_')}`);
    expect([malformed.status, malformed.body.toString()]).toEqual([
      403,
      refusal('MalformedPolicy', 'Malformed Policy'),
    ]);
    const tampered = await fetchRaw(`${baseUrl}${pack}?${query.replace(/Signature=M/, 'Signature=N')}`);
    expect([tampered.status, tampered.body.toString()]).toEqual([
      403,
      refusal('AccessDenied', 'Access denied'),
    ]);
  });

  it('of another ring is refused, though its key id is the same', async () => {
    const trusted = rig.ring;
    const stranger = await generateKeyRing();
    rig.ring = {
      ...stranger,
      activeKeyId: trusted.activeKeyId,
      keys: stranger.keys.map((key) => ({ ...key, id: trusted.activeKeyId })),
    };
    const grant = rig.grant();
    rig.ring = trusted;
    expect((await rig.get(pack, { grant })).body.toString()).toContain('<Code>AccessDenied</Code>');
  });

  it('bound to an address opens for that address only', async () => {
    expect((await rig.get(pack, { grant: rig.grant({ ipAddress: '127.0.0.1' }) })).status).toBe(200);
    expect((await rig.get(pack, { grant: rig.grant({ ipAddress: '198.51.100.0/24' }) })).status).toBe(403);
  });

  it('survives a rotation until its key is retired, and the new key works at once', async () => {
    const before = rig.ring;
    const oldGrant = rig.grant();
    const { ring, key } = await addKey(before);
    rig.ring = ring;
    expect((await rig.get(pack)).status).toBe(200);
    rig.ring = activateKey(rig.ring, key.id);
    const newGrant = rig.grant();
    expect(newGrant.query).toContain(key.id);
    for (const grant of [oldGrant, newGrant]) expect((await rig.get(pack, { grant })).status).toBe(200);
    rig.ring = retireKey(rig.ring, before.activeKeyId);
    expect((await rig.get(pack, { grant: oldGrant })).body.toString()).toContain('<Code>InvalidKey</Code>');
    expect((await rig.get(pack, { grant: newGrant })).status).toBe(200);
  });

  it.each([
    `/t/other/linux/PATH`,
    `/t/skyforge/windows/PATH`,
    `/t/skyforge-2/linux/PATH`,
    `/t/skyforge/linux/../../other/linux/PATH`,
    `/t/skyforge/linux/%2e%2e/%2e%2e/other/linux/PATH`,
    `/t/skyforge/linux/%2E%2E/%2E%2e/other/linux/PATH`,
    `/t/skyforge/linux/..%2f..%2fother/linux/PATH`,
    `/t/skyforge/linux/..%5c..%5cother/linux/PATH`,
    `/t/skyforge/linux/%252e%252e/%252e%252e/other/linux/PATH`,
    `/t/skyforge/linux/./../../other/linux/PATH`,
    `/t/skyforge/linux//../../other/linux/PATH`,
    `//t/other/linux/PATH`,
    `/t//other/linux/PATH`,
    `/T/other/linux/PATH`,
    `/t/OTHER/linux/PATH`,
    `/t/other/linux/PATH?/t/skyforge/linux/`,
    `/t/other/linux/PATH?x=/../../skyforge/linux/PATH`,
    `/t/skyforge%2flinux/../../other/linux/PATH`,
    `/t/skyforge/linux/%00/../../../other/linux/PATH`,
    `/secret/manifest`,
    `/t/skyforge/linux/../../../secret/manifest`,
    `/public/../secret/manifest`,
    `/public/%2e%2e/t/other/linux/PATH`,
    `/public%2f../secret/manifest`,
  ])('never opens %s', async (target) => {
    const { query } = rig.grant();
    const address = target.replace('PATH', foreign);
    const answer = await fetchRaw(`${rig.url}${address}${address.includes('?') ? '&' : '?'}${query}`);
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).not.toContain('of another');
    expect(answer.body.toString()).not.toContain('not for players');
  });

  it('never opens another depot by any spelling', async () => {
    const { query } = rig.grant();
    const own = await readBodies();
    const step = fc.constantFrom(
      '..',
      '.',
      '',
      '%2e%2e',
      '%2E.',
      '%2f',
      '%5c',
      't',
      'T',
      'skyforge',
      'SkyForge',
      'other',
      'linux',
      'windows',
      'packs',
      '?',
      '*',
      '%00',
      ';',
      foreign,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, below) => {
        const target = `${below ? '/t/skyforge/linux/' : '/'}${steps.join('/')}`;
        const answer = await fetchRaw(`${rig.url}${target}${target.includes('?') ? '&' : '?'}${query}`);
        if (answer.status === 200) expect(own).toContain(answer.body.toString('hex'));
        else expect([400, 403]).toContain(answer.status);
      }),
      { numRuns: 150 },
    );
  });

  async function readBodies(): Promise<string[]> {
    const bodies: string[] = [];
    for await (const { key } of rig.store.list('t/skyforge/linux/')) {
      const { stream } = await rig.store.read(key);
      bodies.push(Buffer.concat(await stream.toArray()).toString('hex'));
    }
    return bodies;
  }
});

describe('objects', () => {
  it('answers an absent object as S3 does without the right to list', async () => {
    const answer = await rig.get('packs/nothing');
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/xml');
    expect(answer.body.toString()).toMatch(
      /<Code>AccessDenied<\/Code><Message>Access Denied<\/Message><RequestId>[0-9A-F]{16}<\/RequestId><HostId>[^<]+<\/HostId>/,
    );
  });

  it('answers an absent object with 404 where the CDN may list', async () => {
    const listing = await startEdge({ listBucket: true });
    const answer = await listing.get('packs/nothing');
    await listing.stop();
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toContain('<Code>NoSuchKey</Code>');
  });

  it('serves public objects to everybody, and nothing else', async () => {
    const art = await fetchRaw(`${rig.url}/public/art/logo.png`);
    expect([art.status, art.headers['content-type'], art.body.toString()]).toEqual([200, 'image/png', 'art']);
  });

  it('says Miss first, then Hit with an age', async () => {
    const fresh = await rig.put(Buffer.from('fresh'));
    expect((await rig.get(fresh)).headers).toMatchObject({ 'x-cache': 'Miss from cloudfront' });
    rig.nowMs += 5000;
    expect((await rig.get(fresh)).headers).toMatchObject({ 'x-cache': 'Hit from cloudfront', age: '5' });
    rig.edge.invalidate('/t/skyforge/linux/*');
    expect((await rig.get(fresh)).headers.age).toBeUndefined();
  });

  it('tells the truth about an object that was collected while its facts were cached', async () => {
    const doomed = await rig.put(Buffer.from('doomed'));
    await rig.get(doomed);
    await rig.store.delete(`t/skyforge/linux/${doomed}`);
    const answer = await rig.get(doomed);
    expect([answer.status, answer.headers.etag]).toEqual([403, undefined]);
    expect(answer.body.toString()).toContain('<RequestId>');
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await rig.get(pack, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '300000', 0]);
  });

  it('answers 304 to a client that has the object', async () => {
    const { etag = '' } = (await rig.get(pack)).headers;
    const answer = await rig.get(pack, { headers: { 'if-none-match': `"x", ${etag}` } });
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const answer = await rig.get(pack, { method });
    expect([answer.status, answer.headers['content-type']]).toEqual([403, 'text/html']);
  });

  it('refuses an address longer than 8,192 bytes', async () => {
    expect((await rig.get(`packs/${'a'.repeat(8192)}`)).status).toBe(414);
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=299999-', 299_999, 300_000],
    ['bytes=-10', 299_990, 300_000],
    ['bytes=299000-999999', 299_000, 300_000],
  ])('serves %s', async (range, start, end) => {
    const answer = await rig.get(pack, { headers: { range } });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/300000`);
    expect(answer.headers['content-length']).toBe(String(end - start));
    expect(answer.body.equals(CONTENT.subarray(start, end))).toBe(true);
  });

  it('refuses a range beyond the end with the object’s size', async () => {
    const answer = await rig.get(pack, { headers: { range: 'bytes=300000-' } });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */300000']);
    expect(answer.body.toString()).toContain('<Code>InvalidRange</Code>');
    expect(answer.body.toString()).toContain('<ActualObjectSize>300000</ActualObjectSize>');
  });

  it.each(['bytes=200-300,0-10', 'bytes=0-100,50-200', 'bytes=0-1,9-2', 'bytes=0-1,400000-'])(
    'answers %s with 200 and the whole object',
    async (range) => {
      const answer = await rig.get(pack, { headers: { range } });
      expect([answer.status, answer.headers['content-range']]).toEqual([200, undefined]);
      expect(answer.body.equals(CONTENT)).toBe(true);
    },
  );

  it('serves several ascending ranges in one body', async () => {
    const answer = await rig.get(pack, { headers: { range: 'bytes=0-3,1000-1003' } });
    expect(answer.status).toBe(206);
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
    const [, boundary = ''] =
      /^multipart\/byteranges; boundary="(.+)"$/.exec(answer.headers['content-type'] ?? '') ?? [];
    const part = (start: number): Buffer =>
      Buffer.concat([
        Buffer.from(
          `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${start + 3}/300000\r\n\r\n`,
        ),
        CONTENT.subarray(start, start + 4),
      ]);
    expect(answer.body).toEqual(Buffer.concat([part(0), part(1000), Buffer.from(`\r\n--${boundary}--\r\n`)]));
  });

  it('sends the whole when If-Range names another object', async () => {
    const { etag = '' } = (await rig.get(pack)).headers;
    const range = 'bytes=0-9';
    expect((await rig.get(pack, { headers: { range, 'if-range': etag } })).status).toBe(206);
    expect((await rig.get(pack, { headers: { range, 'if-range': '"other"' } })).status).toBe(200);
  });
});

describe('faults', () => {
  const range = { range: 'bytes=1000-1999' };

  it.each([
    [{ kind: 'status', status: 403, from: 'cdn' } as const, 403, '<Message>Access denied</Message></Error>'],
    [{ kind: 'status', status: 403, from: 'origin' } as const, 403, '<RequestId>'],
    [{ kind: 'status', status: 403, from: 'geo' } as const, 403, 'block access from your country'],
    [{ kind: 'status', status: 403, from: 'waf' } as const, 403, 'Request blocked.'],
    [{ kind: 'status', status: 404 } as const, 404, 'NoSuchKey'],
    [{ kind: 'status', status: 416 } as const, 416, 'InvalidRange'],
    [{ kind: 'status', status: 502 } as const, 502, 'could not be satisfied'],
    [{ kind: 'status', status: 503, from: 'origin' } as const, 503, 'SlowDown'],
    [{ kind: 'captive-portal' } as const, 200, '<html>'],
  ])('%j', async (fault, status, text) => {
    rig.edge.faults.add({ fault, times: 1 });
    const answer = await rig.get(pack, { headers: range });
    expect([answer.status, answer.body.toString()]).toEqual([status, expect.stringContaining(text)]);
    expect((await rig.get(pack, { headers: range })).status).toBe(206);
  });

  it('ignores a range', async () => {
    rig.edge.faults.add({ fault: { kind: 'ignore-range' } });
    const answer = await rig.get(pack, { headers: range });
    expect([answer.status, answer.body.length]).toEqual([200, 300_000]);
  });

  it.each([
    ['bytes=1000-1999', 'bytes 1007-2006/300000'],
    ['bytes=299000-299999', 'bytes 298993-299992/300000'],
  ])('sends another range than %s', async (asked, sent) => {
    rig.edge.faults.add({ fault: { kind: 'wrong-range', shiftBytes: 7 } });
    const answer = await rig.get(pack, { headers: { range: asked } });
    expect([answer.status, answer.headers['content-range'], answer.body.length]).toEqual([206, sent, 1000]);
  });

  it('flips exactly one bit, and not in the store', async () => {
    rig.edge.faults.add({ fault: { kind: 'corrupt', atByte: 500 }, times: 1 });
    const { body } = await rig.get(pack, { headers: range });
    const expected = Buffer.from(CONTENT.subarray(1000, 2000));
    expected[500] = (expected[500] ?? 0) ^ 1;
    expect(body.equals(expected)).toBe(true);
    expect((await rig.get(pack)).body.equals(CONTENT)).toBe(true);
  });

  it.each([0, 1, 150_000])('ends the connection after %i bytes', async (afterBytes) => {
    rig.edge.faults.add({ fault: { kind: 'truncate', afterBytes } });
    const answer = await rig.get(pack);
    expect([answer.isCut, answer.headers['content-length']]).toEqual([true, '300000']);
    expect(answer.body.equals(CONTENT.subarray(0, afterBytes))).toBe(true);
  });

  it('resets the connection in the middle', async () => {
    rig.edge.faults.add({ fault: { kind: 'reset', afterBytes: 100_000 } });
    // How much a reset lets through is the network's to say; that it is not all, and that it hurts, is ours.
    const cut = await rig.get(pack).catch((error: NodeJS.ErrnoException) => error.code);
    if (typeof cut === 'object') {
      expect(cut.isCut).toBe(true);
      expect(cut.body.length).toBeLessThanOrEqual(100_000);
    } else {
      expect(cut).toBe('ECONNRESET');
    }
  });

  it('slows and delays without changing a byte', async () => {
    rig.edge.faults.add({ fault: { kind: 'latency', latencyMs: 20 } });
    rig.edge.faults.add({ fault: { kind: 'rate', bytesPerSecond: 3_000_000 } });
    expect((await rig.get(pack)).body.equals(CONTENT)).toBe(true);
  });

  it('strikes only what it is aimed at, after the skipped ones, as often as told', async () => {
    const fault = { kind: 'status', status: 500 } as const;
    rig.edge.faults.add({ fault, pathPart: '/packs/', grantId: 'aimed', method: 'GET', skip: 1, times: 2 });
    const aimed = rig.grant({ grantId: 'aimed' });
    expect((await rig.get(pack)).status).toBe(200);
    expect((await rig.get(pack, { grant: aimed, method: 'HEAD' })).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await rig.get(pack, { grant: aimed })).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(rig.edge.faults.list()).toMatchObject([{ struck: 2 }]);
  });

  it('is injected over HTTP by whoever has the token', async () => {
    const at = `${rig.url}/.edge/faults`;
    const headers = { authorization: 'Bearer operator', 'content-type': 'application/json' };
    const body = JSON.stringify({ fault: { kind: 'status', status: 504 } });
    expect((await fetch(at, { method: 'POST', body })).status).toBe(401);
    expect((await fetch(at, { method: 'POST', body: '{"fault":{"kind":"nonsense"}}', headers })).status).toBe(
      400,
    );
    const added = await fetch(at, { method: 'POST', body, headers });
    expect(added.status).toBe(201);
    const { id } = (await added.json()) as { id: string };
    expect((await rig.get(pack)).status).toBe(504);
    expect(await (await fetch(at, { headers })).json()).toMatchObject({ faults: [{ id, struck: 1 }] });
    expect((await fetch(`${at}/${id}`, { method: 'DELETE', headers })).status).toBe(200);
    expect((await rig.get(pack)).status).toBe(200);
  });

  it('has no endpoint without a token', async () => {
    const plain = await startEdge();
    const answer = await fetchRaw(`${plain.url}/.edge/faults`, {
      headers: { authorization: 'Bearer undefined' },
    });
    await plain.stop();
    expect(answer.body.toString()).toContain('<Code>MissingKey</Code>');
  });
});

it('catches a client that adds to a signed address, when told which parameters are its own', async () => {
  const strict = await startEdge({ ownParameters: ['g'] });
  const object = await strict.put(Buffer.from('x'));
  const url = grantedUrl(strict.grant(), object);
  const statuses = [(await fetchRaw(url)).status, (await fetchRaw(`${url}&t=1`)).status];
  await strict.stop();
  expect(statuses).toEqual([200, 403]);
});

describe('the access log', () => {
  async function logged(own: EdgeRig): Promise<AccessLogEntry[]> {
    await own.log.flush();
    const names = (await readdir(own.logFolder)).sort();
    const texts = await Promise.all(names.map((name) => readFile(path.join(own.logFolder, name), 'utf8')));
    const lines = texts.flatMap((text) => text.trimEnd().split('\n'));
    return lines.filter((line) => !line.startsWith('#')).map((line) => parseEntry(line) ?? {});
  }

  it('has a line for every request, with what left the socket and the grant it left for', async () => {
    const own = await startEdge({ location: 'NRT57-C1' });
    const object = await own.put(CONTENT);
    await own.get(object, {
      grant: own.grant({ grantId: 'grant-7' }),
      headers: { range: 'bytes=10-1009', 'user-agent': 'Gantry Player/1 "é"' },
    });
    await fetchRaw(`${own.url}/unsigned`);
    await own.edge.close();
    const entries = await logged(own);
    const [text = ''] = await Promise.all(
      (await readdir(own.logFolder)).map((name) => readFile(path.join(own.logFolder, name), 'utf8')),
    );
    await own.stop();
    expect(text.split('\n').slice(0, 2)).toEqual([
      '#Version: 1.0',
      `#Fields: ${ACCESS_LOG_FIELDS.join(' ')}`,
    ]);
    expect(entries).toHaveLength(2);
    const [download = {}, denied = {}] = entries;
    expect(download).toMatchObject({
      date: '2026-11-21',
      time: '12:00:00',
      'x-edge-location': 'NRT57-C1',
      'c-ip': '127.0.0.1',
      'cs-method': 'GET',
      'cs-uri-stem': `/t/skyforge/linux/${object}`,
      'sc-status': '206',
      'x-edge-result-type': 'Miss',
      'sc-range-start': '10',
      'sc-range-end': '1009',
      'sc-content-len': '1000',
    });
    expect(new URLSearchParams(download['cs-uri-query']).get('g')).toBe('grant-7');
    const headerBytes = Number(download['sc-bytes']) - 1000;
    expect(headerBytes).toBeGreaterThan(200);
    expect(headerBytes).toBeLessThan(1500);
    expect(denied).toMatchObject({
      'sc-status': '403',
      'x-edge-result-type': 'Error',
      'cs-uri-stem': '/unsigned',
    });
    expect(denied['x-edge-request-id']).not.toBe(download['x-edge-request-id']);
  });

  it('keeps lines while its folder cannot be written, and says so', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-log-'));
    const blocked = path.join(folder, 'log');
    await writeFile(blocked, 'a file where the folder should be');
    const log = new AccessLogWriter({ folder: blocked });
    log.write({ 'x-edge-request-id': 'kept' });
    await expect(log.flush()).rejects.toMatchObject({ code: 'EEXIST' });
    await rm(blocked);
    await log.close();
    const [name = ''] = await readdir(blocked);
    const text = await readFile(path.join(blocked, name), 'utf8');
    await rm(folder, { recursive: true, maxRetries: 5 });
    expect(text).toContain('kept');
    expect(log.droppedLines).toBe(0);
  });

  it('begins a new file with every hour', async () => {
    const own = await startEdge();
    const object = await own.put(Buffer.from('x'));
    await own.get(object);
    await own.log.flush();
    own.nowMs += 3_600_000;
    await own.get(object, { grant: own.grant() });
    await own.edge.close();
    const names = (await readdir(own.logFolder)).sort();
    await own.stop();
    expect(names).toHaveLength(2);
    expect(names[0]).toMatch(/^EDGE\.2026-11-21-12\.[0-9a-f]{8}\.log$/);
    expect(names[1]).toMatch(/^EDGE\.2026-11-21-13\./);
  });
});
