import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCESS_LOG_FIELDS,
  ACCESS_LOG_HEADER,
  type AccessLogEntry,
  parseEntry,
  serializeEntry,
} from './access-log.ts';
import { regionOfEdge } from './edge-regions.ts';
import { EMPTY_CURSOR, readUsage, usageCursorSchema, type UsageCursor } from './usage-reader.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-usage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const line = (id: string, overrides: AccessLogEntry = {}): string =>
  serializeEntry({
    date: '2026-11-21',
    time: '12:00:01',
    'x-edge-location': 'IAD89-C1',
    'sc-bytes': '1234',
    'cs-method': 'GET',
    'cs-uri-stem': '/t/skyforge/linux/packs/abc',
    'sc-status': '206',
    'cs-uri-query': 'g=g1&Policy=x&Signature=y',
    'x-edge-result-type': 'Hit',
    'x-edge-request-id': id,
    'cs-protocol': 'https',
    ...overrides,
  });

const put = (name: string, text: string | Buffer): Promise<void> => writeFile(path.join(folder, name), text);
const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

/** CloudFront's cursor goes through a database: it must survive JSON. */
const stored = (cursor: UsageCursor): UsageCursor =>
  usageCursorSchema.parse(JSON.parse(JSON.stringify(cursor)));

describe('a line', () => {
  it('becomes a usage row', async () => {
    await put('a.log', ACCESS_LOG_HEADER + line('one'));
    const { rows } = await readUsage(folder);
    expect(rows).toEqual([
      {
        id: 'one',
        time: new Date('2026-11-21T12:00:01Z'),
        edgeLocation: 'IAD89-C1',
        region: 'us',
        grantId: 'g1',
        objectKind: 'pack',
        gameId: 'skyforge',
        depot: 'linux',
        status: 206,
        bytes: 1234,
        requests: 1,
        isHttps: true,
        isCacheHit: true,
      },
    ]);
  });

  it('without a depot’s object still counts its bytes', async () => {
    await put(
      'a.log',
      ACCESS_LOG_HEADER + line('one', { 'cs-uri-stem': '/public/logo.png', 'cs-uri-query': '' }),
    );
    expect((await readUsage(folder)).rows[0]).toMatchObject({
      gameId: undefined,
      objectKind: undefined,
      grantId: undefined,
      bytes: 1234,
    });
  });

  it.each([
    ['a refused request', { 'sc-status': '403' }],
    ['two grants', { 'cs-uri-query': 'g=g1&g=g2' }],
    ['a grant id of another form', { 'cs-uri-query': 'g=%00' }],
    ['no query', { 'cs-uri-query': '' }],
  ])('with %s is laid to nobody’s grant', async (_what, overrides) => {
    await put('a.log', ACCESS_LOG_HEADER + line('one', overrides));
    expect((await readUsage(folder)).rows[0]).toMatchObject({ grantId: undefined, bytes: 1234 });
  });

  it('without a request id is known by its content', async () => {
    await put('a.log', ACCESS_LOG_HEADER + line('') + line('') + line('', { 'sc-bytes': '1' }));
    const { rows } = await readUsage(folder);
    expect(rows).toHaveLength(2);
    await put('b.log', ACCESS_LOG_HEADER + line(''));
    expect(idsOf(rows)).toContain((await readUsage(folder)).rows[0]?.id);
  });

  it.each([
    ['cut in the middle', `${line('x').slice(0, 40)}\n`],
    ['with a value too many', `${line('x').trimEnd()}\tmore\n`],
    ['with bytes that are no number', line('x', { 'sc-bytes': 'many' })],
    ['with negative bytes', line('x', { 'sc-bytes': '-5' })],
    ['with no date', line('x', { date: '' })],
    ['with an impossible time', line('x', { time: '25:61:00' })],
    ['with no status', line('x', { 'sc-status': '' })],
    ['of binary garbage', '\0\x01\xff\n'],
    ['longer than any line', `${'z'.repeat(300_000)}\n`],
  ])('%s is passed over and counted', async (_what, bad) => {
    await put('a.log', ACCESS_LOG_HEADER + line('one') + bad + line('two'));
    const { rows, rejectedLines } = await readUsage(folder);
    expect(idsOf(rows)).toEqual(['one', 'two']);
    expect(rejectedLines['a.log']).toBeGreaterThanOrEqual(1);
  });

  it('is read by the fields its own file announces', async () => {
    const fields = [
      'x-edge-request-id',
      'sc-status',
      'sc-bytes',
      'time',
      'date',
      'x-edge-location',
      'not-known-yet',
    ];
    await put(
      'a.log',
      `#Version: 1.0\n#Fields: ${fields.join(' ')}\nid1\t200\t7\t01:02:03\t2026-11-20\tFRA1\tx\r\n`,
    );
    expect((await readUsage(folder)).rows).toMatchObject([{ id: 'id1', bytes: 7, region: 'eu' }]);
  });

  it('keeps every value through the log’s encoding', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: ACCESS_LOG_FIELDS.length }),
        (values) => {
          const entry = Object.fromEntries(
            values.flatMap((value, index) =>
              value === '' ? [] : [[ACCESS_LOG_FIELDS[index], value.toWellFormed()]],
            ),
          );
          const text = serializeEntry(entry);
          expect(text).toMatch(/^[\x21-\x7e\t]*\n$/);
          expect(parseEntry(text.trimEnd())).toEqual(entry);
        },
      ),
    );
  });
});

describe('reading on', () => {
  it('reads nothing twice and nothing never, as a file grows', async () => {
    await put('a.log', ACCESS_LOG_HEADER + line('one'));
    const first = await readUsage(folder);
    await appendFile(path.join(folder, 'a.log'), line('two') + line('three').slice(0, 30));
    const second = await readUsage(folder, stored(first.cursor));
    expect(idsOf(second.rows)).toEqual(['two']);
    await appendFile(path.join(folder, 'a.log'), line('three').slice(30));
    const third = await readUsage(folder, stored(second.cursor));
    expect(idsOf(third.rows)).toEqual(['three']);
    expect([second.rejectedLines, third.rejectedLines]).toEqual([{}, {}]);
    expect((await readUsage(folder, stored(third.cursor))).rows).toEqual([]);
  });

  it('takes files that come a day late, before those it has read', async () => {
    await put('E.2026-11-21-12.b.gz', gzipSync(ACCESS_LOG_HEADER + line('one')));
    const first = await readUsage(folder);
    await put('E.2026-11-20-12.a.gz', gzipSync(ACCESS_LOG_HEADER + line('late', { date: '2026-11-20' })));
    const second = await readUsage(folder, stored(first.cursor));
    expect(idsOf(second.rows)).toEqual(['late']);
    const sizes = Object.values(stored(second.cursor).files).map((file) => file.packedBytes);
    expect(sizes).toEqual([expect.any(Number), expect.any(Number)]);
    expect((await readUsage(folder, stored(second.cursor))).rows).toEqual([]);
  });

  it('forgets files that are gone', async () => {
    await put('a.log', ACCESS_LOG_HEADER + line('one'));
    const { cursor } = await readUsage(folder);
    await rm(path.join(folder, 'a.log'));
    expect((await readUsage(folder, stored(cursor))).cursor).toEqual(EMPTY_CURSOR);
  });

  it('gives a line that was delivered in two files once', async () => {
    await put('a.log', ACCESS_LOG_HEADER + line('one') + line('one'));
    await put('b.gz', gzipSync(ACCESS_LOG_HEADER + line('one') + line('two')));
    expect(idsOf((await readUsage(folder)).rows)).toEqual(['one', 'two']);
  });

  it('reads what a compressed file that was cut short still holds', async () => {
    const text =
      ACCESS_LOG_HEADER +
      Array.from({ length: 5000 }, (_, index) =>
        line(`r${index}-${Math.imul(index, 2654435761) >>> 0}`),
      ).join('');
    const whole = gzipSync(text);
    await put('a.gz', whole.subarray(0, whole.length >> 1));
    const first = await readUsage(folder);
    expect(first.rows.length).toBeGreaterThan(500);
    expect(first.rejectedLines['a.gz']).toBeGreaterThanOrEqual(1);
    await put('a.gz', whole);
    const second = await readUsage(folder, stored(first.cursor));
    expect(new Set([...idsOf(first.rows), ...idsOf(second.rows)]).size).toBe(5000);
  });

  it('reads a large folder in bounded steps, each line once', async () => {
    for (const name of ['a.log', 'c.log']) {
      await put(
        name,
        ACCESS_LOG_HEADER + Array.from({ length: 25 }, (_, index) => line(`${name}${index}`)).join(''),
      );
    }
    await put(
      'b.gz',
      gzipSync(ACCESS_LOG_HEADER + Array.from({ length: 25 }, (_, index) => line(`b${index}`)).join('')),
    );
    const seen: string[] = [];
    let cursor = EMPTY_CURSOR;
    let isPartial = true;
    for (let step = 0; isPartial && step < 100; step += 1) {
      const batch = await readUsage(folder, stored(cursor), { rowsMax: 10 });
      expect(batch.rows.length).toBeLessThanOrEqual(10);
      seen.push(...idsOf(batch.rows));
      ({ cursor, isPartial } = batch);
    }
    expect(seen).toHaveLength(75);
    expect(new Set(seen).size).toBe(75);
  });

  it('finds no usage in an empty folder, nor in one that does not exist yet', async () => {
    expect((await readUsage(folder)).rows).toEqual([]);
    expect((await readUsage(path.join(folder, 'none'))).rows).toEqual([]);
  });
});

it.each([
  ['IAD89-C1', 'us'],
  ['YTO50-P2', 'us'],
  ['FRA56-P1', 'eu'],
  ['NRT57-C1', 'jp'],
  ['GRU3-P1', 'sa'],
  ['SYD62-P1', 'au'],
  ['SIN2-C1', 'ap'],
  ['BOM78-P1', 'in'],
  ['JNB50-C1', 'za'],
  ['XXX1', 'unknown'],
  ['', 'unknown'],
])('lays the edge %s to the region %s', (edge, region) => {
  expect(regionOfEdge(edge)).toBe(region);
});
