import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SEGMENT_ROWS_MAX } from '../../formats/patch.ts';
import { countHeldBytes, SEGMENT_HELD_BYTES_MAX } from '../../formats/segment-demand.ts';
import { decodeTaskOf, SMALL_SEGMENT, THREAD_NUMBER } from '../testing/decode-tasks.ts';
import { planDecoding, SegmentDecoders } from './segment-decoders.ts';

const MEBIBYTE = 2 ** 20;

/** What a segment holds while it is made, its body's copy and the new bytes that are sent included. */
function heldBytes(
  size: Omit<Parameters<typeof countHeldBytes>[0], 'expansionBytes'>,
  madeBytes: number,
): number {
  const held = Math.min(SEGMENT_HELD_BYTES_MAX, countHeldBytes({ ...size, expansionBytes: 0 }));
  return held + size.bodyBytes + madeBytes;
}

const sizes = fc.record({
  newBytes: fc.integer({ min: 1, max: 8 * MEBIBYTE }),
  oldBytes: fc.integer({ min: 0, max: 16 * MEBIBYTE }),
  bodyBytes: fc.integer({ min: 0, max: 13 * MEBIBYTE }),
  rowCount: fc.nat(SEGMENT_ROWS_MAX),
});

it('plans threads by no less than segments hold whose rows are as many as usual', () => {
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 5 }), (all) => {
      const segments = all.map(({ newBytes, oldBytes, bodyBytes }) => {
        const oldRanges = [Math.ceil(oldBytes / 2), Math.floor(oldBytes / 2)].map((length) => ({ length }));
        return { newBytes, packedBytes: bodyBytes, oldRanges };
      });
      const planned = planDecoding(segments, { memoryBytes: 2 ** 28, heldBytes: 2 ** 26 });
      for (const size of all) {
        const rowCount = Math.min(size.rowCount, Math.floor(size.bodyBytes / 16));
        const held = heldBytes({ ...size, rowCount, realOldBytes: 0 }, size.newBytes);
        expect(planned.segmentBytes).toBeGreaterThanOrEqual(held);
      }
      const most = Math.max(...all.map(({ bodyBytes, newBytes }) => bodyBytes + newBytes));
      expect(planned.segmentBytes).toBeLessThanOrEqual(SEGMENT_HELD_BYTES_MAX + most);
    }),
  );
});

it('makes on one thread all segments that hold more than was planned, by what their bodies say, and others on any', async () => {
  const segmentBytes = 12 * MEBIBYTE;
  const threads = { script: THREAD_NUMBER, data: undefined, threads: 2, segmentBytes };
  await using decoders = new SegmentDecoders(threads);
  const larger = { ...SMALL_SEGMENT, expanded: { oldBytes: segmentBytes, newBytes: 1 } };
  const [first] = await decoders.decode(decodeTaskOf(larger));
  const expandedSides = fc.record({
    oldBytes: fc.integer({ min: 0, max: 16 * MEBIBYTE }),
    newBytes: fc.integer({ min: 0, max: 12 * MEBIBYTE }),
  });
  const some = fc.record({
    newBytes: fc.integer({ min: 1, max: 4 * MEBIBYTE }),
    oldBytes: fc.integer({ min: 0, max: 8 * MEBIBYTE }),
    bodyBytes: fc.nat(3 * MEBIBYTE),
    rowCount: fc.nat(SEGMENT_ROWS_MAX),
    expanded: fc.option(expandedSides, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(some, async (size) => {
      const { newBytes, oldBytes, expanded } = size;
      const sides =
        expanded === undefined
          ? { newBytes, oldBytes, realOldBytes: 0 }
          : { ...expanded, realOldBytes: oldBytes };
      const isLarge = heldBytes({ ...size, ...sides }, newBytes) > segmentBytes;
      // While the thread for large ones is busy, only a segment that is none is made elsewhere.
      const [busy, made] = await Promise.all([
        decoders.decode(decodeTaskOf(larger)),
        decoders.decode(decodeTaskOf(size)),
      ]);
      expect(busy[0]).toBe(first);
      expect(made[0] === first).toBe(isLarge);
    }),
    { numRuns: 60 },
  );
});
