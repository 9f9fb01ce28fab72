import { expect, it } from 'vitest';
import {
  SEGMENT_EXPANDED_NEW_BYTES_MAX,
  SEGMENT_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
} from '../../formats/patch.ts';
import { countMakingBytes } from '../make/thread-memory.ts';
import { chooseSegmentLimits } from './segment-limits.ts';

const MEBIBYTE = 2 ** 20;
const EFFORTS = ['fast', 'default', 'max'] as const;
/** What a process may take beside its budget, less Node, the program and the listings of 18,000 files as measured. */
const SPARE_BYTES = (150 - 110) * MEBIBYTE;
/** What is not in the index. */
const ROOM_SHARE = 1 / 2;

it('leaves segments as large as the format allows with the default budget', () => {
  for (const effort of EFFORTS) {
    expect(chooseSegmentLimits(512 * MEBIBYTE * ROOM_SHARE, effort)).toEqual({
      newBytes: SEGMENT_NEW_BYTES_MAX,
      expandedBytes: SEGMENT_EXPANDED_NEW_BYTES_MAX,
      oldBytes: SEGMENT_OLD_BYTES_MAX,
    });
  }
});

it('makes them so small that one thread fits every budget that may be asked for', () => {
  for (const effort of EFFORTS) {
    for (let budgetMiB = 64; budgetMiB <= 512; budgetMiB += 8) {
      const roomBytes = budgetMiB * MEBIBYTE * ROOM_SHARE;
      const heldBytes = countMakingBytes(chooseSegmentLimits(roomBytes, effort), effort);
      expect(heldBytes).toBeLessThanOrEqual(roomBytes + SPARE_BYTES);
    }
  }
});

it('never makes them smaller than half a MiB', () => {
  expect(chooseSegmentLimits(0, 'max').newBytes).toBe(MEBIBYTE / 2);
});
