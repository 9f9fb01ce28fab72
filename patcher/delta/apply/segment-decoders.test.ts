import { describe, expect, it } from 'vitest';
import { decodeTaskOf, SMALL_SEGMENT, THREAD_NUMBER } from '../testing/decode-tasks.ts';
import { planDecoding, SegmentDecoders } from './segment-decoders.ts';

const MIB = 2 ** 20;

function segmentsOf(count: number, bytes: number) {
  return Array.from({ length: count }, () => ({
    newBytes: bytes,
    packedBytes: 0,
    oldRanges: [{ oldFile: 0, offset: 0, length: bytes }],
  }));
}

describe('planDecoding', () => {
  it('has one thread where two segments do not fit side by side, however little memory there is', () => {
    const large = segmentsOf(9, 8 * MIB);
    expect(planDecoding(large, { memoryBytes: 128 * MIB, heldBytes: 70 * MIB }).threads).toBe(1);
    expect(planDecoding(large, { memoryBytes: 0, heldBytes: 70 * MIB }).threads).toBe(1);
    expect(planDecoding([], { memoryBytes: 2 ** 33, heldBytes: 0 }).threads).toBe(1);
  });

  it('never counts more threads than segments fit beside what is held already', () => {
    for (const memoryMiB of [128, 192, 256, 512, 4096]) {
      const options = { memoryBytes: memoryMiB * MIB, heldBytes: 64 * MIB };
      const { threads, segmentBytes } = planDecoding(segmentsOf(64, 4 * MIB), options);
      expect(segmentBytes).toBe(12 * MIB);
      if (threads > 1) expect(threads * segmentBytes).toBeLessThan(options.memoryBytes - options.heldBytes);
    }
  });
});

describe('SegmentDecoders', () => {
  it('makes segments that hold more than threads were counted for on one thread, others on all', async () => {
    await using decoders = new SegmentDecoders({
      script: THREAD_NUMBER,
      data: undefined,
      threads: 3,
      segmentBytes: MIB,
    });
    const sizes = [0, 2 * MIB, 0, 0, 2 * MIB, 2 * MIB, 1000, 0, 2 * MIB, 0, 0, 0];
    const made = await Promise.all(
      sizes.map((oldBytes) => {
        const expanded = oldBytes === 0 ? undefined : { oldBytes, newBytes: 0 };
        return decoders.decode(decodeTaskOf({ ...SMALL_SEGMENT, expanded }));
      }),
    );
    const numbersOf = (isLarge: boolean) =>
      new Set(made.flatMap(([thread], row) => ((sizes[row] as number) > MIB === isLarge ? [thread] : [])));
    expect(numbersOf(true).size).toBe(1);
    expect(numbersOf(false).size).toBe(3);
  });
});
