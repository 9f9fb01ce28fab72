import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRows, encodeRows } from './rows-coder.ts';

const OLD_BYTES = 2 ** 24;

/** Rows as gaps, lengths and old starts, laid one after the other. */
const rowLists = fc.array(
  fc.record({
    gap: fc.oneof(fc.constant(0), fc.nat(100_000)),
    length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300_000 })),
    oldStart: fc.oneof(fc.constant(4096), fc.nat(OLD_BYTES - 300_000)),
  }),
  { maxLength: 200 },
);

type RowList = typeof rowLists extends fc.Arbitrary<infer List> ? List : never;

function lay(list: RowList): { rows: Uint32Array; newBytes: number } {
  let newEnd = 0;
  const rows = list.flatMap(({ gap, length, oldStart }) => {
    const newStart = newEnd + gap;
    newEnd = newStart + length;
    return [newStart, oldStart, length];
  });
  return { rows: Uint32Array.from(rows), newBytes: newEnd };
}

function isInside(rows: Uint32Array, bounds: { newBytes: number; oldBytes: number }): boolean {
  let newEnd = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const [newStart, oldStart, length] = rows.subarray(i, i + 3) as unknown as [number, number, number];
    if (length === 0 || newStart < newEnd || oldStart + length > bounds.oldBytes) return false;
    newEnd = newStart + length;
  }
  return newEnd <= bounds.newBytes;
}

describe('the rows of a segment', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(rowLists, (list) => {
        const { rows, newBytes } = lay(list);
        const bounds = { rowCount: list.length, newBytes, oldBytes: OLD_BYTES };
        expect(decodeRows(encodeRows(rows), bounds)).toEqual(rows);
      }),
    );
  });

  it('lie inside both sides or are refused, whatever the coded bytes', () => {
    const bounds = { newBytes: 2 ** 20, oldBytes: 2 ** 21 };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(100), (coded, rowCount) => {
        const rows = decodeRows(coded, { rowCount, ...bounds });
        expect(rows === undefined || isInside(rows, bounds)).toBe(true);
      }),
    );
  });

  it('that point beyond the end of either side are refused', () => {
    const { rows, newBytes } = lay([{ gap: 5, length: 10, oldStart: 90 }]);
    const coded = encodeRows(rows);
    expect(decodeRows(coded, { rowCount: 1, newBytes, oldBytes: 100 })).toEqual(rows);
    expect(decodeRows(coded, { rowCount: 1, newBytes, oldBytes: 99 })).toBeUndefined();
    expect(decodeRows(coded, { rowCount: 1, newBytes: newBytes - 1, oldBytes: 100 })).toBeUndefined();
  });

  it('take little when they only return to where they were', () => {
    const list = Array.from({ length: 1000 }, (_, row) => ({ gap: 4, length: 100, oldStart: 104 * row + 4 }));
    expect(encodeRows(lay(list).rows).length).toBeLessThan(60);
  });
});
