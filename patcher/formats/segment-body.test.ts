import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSegmentBody, type SegmentBody, serializeSegmentBody } from './segment-body.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const body = fc.record({
  rowCount: fc.nat(2 ** 20),
  rows: bytes,
  predicted: fc.boolean(),
  touchedOnly: fc.boolean(),
  differencesCoding: fc.nat(255),
  differences: bytes,
  extraCoding: fc.nat(255),
  extra: bytes,
});

/** Parts that are read are views of the body. */
function plain(segment: SegmentBody | undefined): object | undefined {
  if (segment === undefined) return undefined;
  const { rows, differences, extra } = segment;
  return { ...segment, rows: [...rows], differences: [...differences], extra: [...extra] };
}

describe('the body of a segment', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(body, (written) => {
        const read = parseSegmentBody(serializeSegmentBody(written));
        expect(plain(read)).toEqual(plain(written));
      }),
    );
  });

  it('is refused, or has its parts inside it, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (any) => {
        const read = parseSegmentBody(any);
        if (read === undefined) return;
        const { rows, differences, extra } = read;
        expect(rows.length + differences.length + extra.length).toBe(any.length - 16);
      }),
    );
  });

  it('is refused when it ends within its parts or has unknown flags', () => {
    const empty = new Uint8Array();
    const parts = { rows: Uint8Array.of(1, 2), differences: Uint8Array.of(3), extra: empty };
    const whole = serializeSegmentBody({
      ...parts,
      rowCount: 1,
      predicted: false,
      touchedOnly: false,
      differencesCoding: 1,
      extraCoding: 0,
    });
    for (let length = 0; length < whole.length; length++) {
      expect(parseSegmentBody(whole.subarray(0, length))).toBeUndefined();
    }
    const flagged = Uint8Array.from(whole);
    flagged[2] = 8;
    expect(parseSegmentBody(flagged)).toBeUndefined();
  });
});
