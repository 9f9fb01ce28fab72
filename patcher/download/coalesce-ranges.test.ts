import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CoalesceOptions, coalesceRanges } from './coalesce-ranges.ts';

const options: CoalesceOptions = {
  minRequestBytes: 1000,
  maxRequestBytes: 4000,
  overheadMax: 1.1,
  gapBytesMax: 200,
};

/** Disjoint ranges with gaps, shuffled. */
const disjointRanges = fc
  .array(fc.record({ gap: fc.nat(300), sizeBytes: fc.integer({ min: 1, max: 1500 }) }), { maxLength: 80 })
  .chain((rows) => {
    let at = 0;
    const ranges = rows.map(({ gap, sizeBytes }) => {
      const offset = at + gap;
      at = offset + sizeBytes;
      return { offset, sizeBytes };
    });
    return fc.shuffledSubarray(ranges, { minLength: ranges.length });
  });

describe('coalesceRanges', () => {
  test('joins what touches and leaves far ranges alone', () => {
    const spans = coalesceRanges(
      [
        { offset: 9000, sizeBytes: 100 },
        { offset: 100, sizeBytes: 50 },
        { offset: 0, sizeBytes: 100 },
      ],
      options,
    );
    expect(spans.map(({ offset, sizeBytes, parts }) => [offset, sizeBytes, parts.length])).toEqual([
      [0, 150, 2],
      [9000, 100, 1],
    ]);
  });

  test('bridges the smallest gaps first while the overhead allows', () => {
    const spans = coalesceRanges(
      [0, 510, 1100].map((offset) => ({ offset, sizeBytes: 500 })),
      options,
    );
    expect(spans.map(({ offset, sizeBytes }) => [offset, sizeBytes])).toEqual([[0, 1600]]);
    const wider = coalesceRanges(
      [0, 510, 1200].map((offset) => ({ offset, sizeBytes: 500 })),
      options,
    );
    expect(wider.map(({ offset, sizeBytes }) => [offset, sizeBytes])).toEqual([
      [0, 1010],
      [1200, 500],
    ]);
  });

  test('leaves gaps that are wider than a request is worth', () => {
    const far = [0, 701].map((offset) => ({ offset, sizeBytes: 500 }));
    const generous = { ...options, overheadMax: 2 };
    expect(coalesceRanges(far, generous)).toHaveLength(2);
    expect(coalesceRanges(far, { ...generous, gapBytesMax: 201 })).toHaveLength(1);
  });

  test('splits a long run at part boundaries', () => {
    const parts = Array.from({ length: 10 }, (_, index) => ({ offset: index * 1000, sizeBytes: 1000 }));
    expect(coalesceRanges(parts, options).map(({ sizeBytes }) => sizeBytes)).toEqual([3000, 4000, 3000]);
  });

  test('never leaves a small request beside another one where the bytes touch', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        let at = 0;
        const parts = sizes.map((sizeBytes) => {
          const offset = at;
          at += sizeBytes;
          return { offset, sizeBytes };
        });
        const spans = coalesceRanges(parts, options);
        expect(spans.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(at);
        if (spans.length === 1) return;
        for (const { sizeBytes } of spans) expect(sizeBytes).toBeGreaterThanOrEqual(options.minRequestBytes);
      }),
    );
  });

  test('has nothing to ask for nothing', () => {
    expect(coalesceRanges([], options)).toEqual([]);
  });

  test('covers every range once, in order, disjoint, within the overhead', () => {
    fc.assert(
      fc.property(disjointRanges, (ranges) => {
        const spans = coalesceRanges(ranges, options);
        const parts = spans.flatMap((span) => span.parts);
        expect(parts).toHaveLength(ranges.length);
        expect(new Set(parts)).toEqual(new Set(ranges));
        let end = 0;
        for (const span of spans) {
          expect(span.offset).toBeGreaterThanOrEqual(end);
          end = span.offset + span.sizeBytes;
          expect(span.parts[0]?.offset).toBe(span.offset);
          expect(Math.max(...span.parts.map((part) => part.offset + part.sizeBytes))).toBe(end);
          if (span.parts.length > 1) expect(span.sizeBytes).toBeLessThanOrEqual(options.maxRequestBytes);
        }
        const needed = ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        const fetched = spans.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        expect(fetched).toBeLessThanOrEqual(needed * options.overheadMax);
      }),
    );
  });

  test('shares one span among overlapping ranges', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ offset: fc.nat(5000), sizeBytes: fc.integer({ min: 1, max: 900 }) }), {
          maxLength: 60,
        }),
        (ranges) => {
          const spans = coalesceRanges(ranges, options);
          for (let index = 1; index < spans.length; index++) {
            const before = spans[index - 1] as (typeof spans)[number];
            expect(spans[index]?.offset).toBeGreaterThanOrEqual(before.offset + before.sizeBytes);
          }
          expect(spans.flatMap((span) => span.parts)).toHaveLength(ranges.length);
        },
      ),
    );
  });
});
