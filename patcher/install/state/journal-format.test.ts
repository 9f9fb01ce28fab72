import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteIntervals } from '../../plan/byte-intervals.ts';
import { JOURNAL_MAGIC, type JournalRecord, parseJournal, serializeRecord } from './journal-format.ts';

const build = { buildId: 7, version: '1.4.2', manifestSha256: 'ab'.repeat(32) };
const begin: JournalRecord = { type: 'begin', begin: { job: 'build', build } };

function journal(...records: JournalRecord[]): Buffer {
  return Buffer.concat([JOURNAL_MAGIC, ...records.map(serializeRecord)]);
}

const records: JournalRecord[] = [
  begin,
  { type: 'state', state: 'downloading' },
  { type: 'extent', entry: 3, offset: 0, sizeBytes: 100 },
  { type: 'extent', entry: 3, offset: 2 ** 40, sizeBytes: 5 },
  { type: 'staged', entry: 4, file: { sizeBytes: 9, modifiedMs: 1234.5 } },
  { type: 'extent', entry: 5, offset: 0, sizeBytes: 10 },
  { type: 'dropped', entry: 5 },
  { type: 'batch', batch: { index: 70_000, phase: 'clearing' } },
  { type: 'batch', batch: { index: 70_000, phase: 'placing' } },
  { type: 'state', state: 'staged' },
];

describe('the journal', () => {
  test('reads back what was written', () => {
    const bytes = journal(...records);
    const content = parseJournal(bytes);
    expect(content).toMatchObject({ begin: { build }, state: 'staged', validBytes: bytes.length });
    const extents = content?.staged.get(3) as ByteIntervals;
    expect([...extents.ranges()]).toEqual([
      [0, 100],
      [2 ** 40, 5],
    ]);
    expect(content?.staged.get(4)).toBe('complete');
    expect(content?.stagedFiles.get(4)).toEqual({ sizeBytes: 9, modifiedMs: 1234.5 });
    expect(content?.staged.has(5)).toBe(false);
    expect(content?.batch).toEqual({ index: 70_000, phase: 'placing' });
  });

  test('writes the bytes the documentation shows', () => {
    const bytes = Buffer.from(serializeRecord({ type: 'state', state: 'done' }));
    expect(bytes.subarray(0, -4).toString('hex')).toBe('02100000007b227374617465223a22646f6e65227d');
  });

  test('ends at any torn or damaged record and never before', () => {
    const whole = journal(...records);
    const ends = records.map((_, index) => journal(...records.slice(0, index + 1)).length);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 7 }), fc.boolean(), (at, bit, cut) => {
        const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut) bytes[at] = (bytes[at] as number) ^ (1 << bit);
        const good = ends.filter((end) => end <= at).at(-1);
        expect(parseJournal(bytes)?.validBytes).toBe(good);
      }),
    );
  });

  test('takes any bytes whatever without failing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (tail) => {
        const content = parseJournal(Buffer.concat([journal(begin), tail]));
        expect(content?.begin).toEqual({ job: 'build', build });
      }),
    );
    expect(parseJournal(Buffer.from('GTRYJNL2'))).toBeUndefined();
    expect(parseJournal(new Uint8Array())).toBeUndefined();
  });
});
