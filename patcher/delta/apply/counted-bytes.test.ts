import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Sha256 } from '../../formats/manifest.ts';
import { SEGMENT_ROWS_MAX } from '../../formats/patch.ts';
import { serializeSegmentBody } from '../../formats/segment-body.ts';
import { countHeldBytes, SEGMENT_HELD_BYTES_MAX } from '../../formats/segment-demand.ts';
import type { DecodeTask } from './decode-task.ts';
import { planDecoding, SegmentDecoders } from './segment-decoders.ts';

const MEBIBYTE = 2 ** 20;
const SHA256 = '0'.repeat(64) as Sha256;

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

/** Answers each task with its thread's number. */
const THREAD_NUMBER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { threadId } from 'node:worker_threads';
    import { serveTasks } from '${new URL('../../threads/task-server.ts', import.meta.url)}';
    serveTasks(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
      return Uint8Array.of(threadId);
    });`)}`,
);

interface BodySize {
  readonly newBytes: number;
  readonly oldBytes: number;
  readonly bodyBytes: number;
  readonly rowCount: number;
  readonly expanded: { readonly oldBytes: number; readonly newBytes: number } | undefined;
}

function taskOf({ newBytes, oldBytes, bodyBytes, rowCount, expanded }: BodySize): DecodeTask {
  const none = new Uint8Array();
  const coded = {
    rows: none,
    differences: none,
    extra: none,
    differencesCoding: 0,
    extraCoding: 0,
    predicted: false,
    touchedOnly: false,
    rowCount,
    expanded: expanded && { ...expanded, packed: none },
  };
  const hashes = { packedSha256: SHA256, newSha256: SHA256 };
  const oldStretches = [{ path: 'a', offset: 0, length: oldBytes, addressMap: undefined }];
  const segment = { ...hashes, offset: 0, newOffset: 0, newBytes, packedBytes: bodyBytes, oldStretches };
  return { segment, compressed: serializeSegmentBody(coded) };
}

it('makes on one thread all segments that hold more than was planned, by what their bodies say, and others on any', async () => {
  const segmentBytes = 12 * MEBIBYTE;
  const threads = { script: THREAD_NUMBER, data: undefined, threads: 2, segmentBytes };
  await using decoders = new SegmentDecoders(threads);
  const none = { newBytes: 1, oldBytes: 0, bodyBytes: 0, rowCount: 0, expanded: undefined };
  const larger = { ...none, expanded: { oldBytes: segmentBytes, newBytes: 1 } };
  const [first] = await decoders.decode(taskOf(larger));
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
        decoders.decode(taskOf(larger)),
        decoders.decode(taskOf(size)),
      ]);
      expect(busy[0]).toBe(first);
      expect(made[0] === first).toBe(isLarge);
    }),
    { numRuns: 60 },
  );
});
