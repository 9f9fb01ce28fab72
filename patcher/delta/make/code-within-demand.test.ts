import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAllowedDemand, SEGMENT_SIDES_BYTES_MAX } from '../../formats/segment-demand.ts';
import { codeWithinDemand } from './code-within-demand.ts';

const MEBIBYTE = 2 ** 20;

/** A segment of 8 MiB that reads as many old bytes as it may of those it wants, and stores what they do not make. */
function codeFrom(wanted: { oldMiB: number; rowCount: number; storedShare: number }) {
  const tries: number[] = [];
  const code = (oldBytesMost: number) => {
    tries.push(oldBytesMost);
    const oldBytes = Math.min(oldBytesMost, wanted.oldMiB * MEBIBYTE);
    const left = 1 - oldBytes / (wanted.oldMiB * MEBIBYTE);
    const bodyBytes = Math.floor(MEBIBYTE * (1 + 7 * left * wanted.storedShare));
    const rowCount = Math.floor(wanted.rowCount * (1 - left));
    const newBytes = 8 * MEBIBYTE;
    return { demand: { oldBytes, newBytes, realOldBytes: 0, bodyBytes, rowCount, expansionBytes: 0 } };
  };
  return { code, tries };
}

it('reads all that is wanted where a reader has the memory', () => {
  const { code, tries } = codeFrom({ oldMiB: 16, rowCount: 1000, storedShare: 0 });
  expect(codeWithinDemand(16 * MEBIBYTE, code).demand.oldBytes).toBe(16 * MEBIBYTE);
  expect(tries).toHaveLength(1);
});

it('tries again with as many fewer as were too many, and some for what the body grows by', () => {
  const { code, tries } = codeFrom({ oldMiB: 16, rowCount: 2 ** 17, storedShare: 0 });
  const { demand } = codeWithinDemand(16 * MEBIBYTE, code);
  // 24 MiB of both sides, 1 of body and 6.5 of rows are 1.5 more than the 30 there are.
  expect(tries).toEqual([16, 12.5].map((size) => size * MEBIBYTE));
  expect(demand.oldBytes).toBe(12.5 * MEBIBYTE);
});

it('comes to what a reader allows in a few tries, however the body grows', () => {
  const wanted = fc.record({
    oldMiB: fc.integer({ min: 1, max: 16 }),
    rowCount: fc.nat(2 ** 17),
    storedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(wanted, (each) => {
      const { code, tries } = codeFrom(each);
      const { demand } = codeWithinDemand(SEGMENT_SIDES_BYTES_MAX - 8 * MEBIBYTE, code);
      expect(isAllowedDemand(demand)).toBe(true);
      expect(tries.length).toBeLessThanOrEqual(9);
      tries.slice(1).forEach((most, row) => {
        expect(most).toBeLessThan(tries[row] as number);
      });
    }),
  );
});

it('does not hand out a segment that asks for too much without any old bytes', () => {
  const demand = { oldBytes: 0, newBytes: 12 * MEBIBYTE, realOldBytes: 0, bodyBytes: 12 * MEBIBYTE };
  const coded = { demand: { ...demand, rowCount: 0, expansionBytes: 2 * MEBIBYTE } };
  expect(() => codeWithinDemand(0, () => coded)).toThrow(RangeError);
});
