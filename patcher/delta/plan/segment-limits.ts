import {
  SEGMENT_EXPANDED_NEW_BYTES_MAX,
  SEGMENT_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
} from '../../formats/patch.ts';
import type { Effort } from '../effort.ts';
import { countMakingBytes } from '../make/thread-memory.ts';

/** Most bytes of a segment, so that a thread that makes it fits the budget. */
export interface SegmentLimits {
  readonly newBytes: number;
  /** New bytes with their streams expanded. */
  readonly expandedBytes: number;
  /** Old bytes that are read, expanded. */
  readonly oldBytes: number;
}

/** Segments are as large as the format allows, or so many of these parts of it. */
const PARTS = 16;
/** Beside the budget a process takes up to 150 MiB: what Node, the program and listings of 18,000 files leave of them. */
const SPARE_BYTES = 24 * 2 ** 20;

/**
 * Choose how large segments may be, from what is left of a budget beside the index. Smaller ones compress less, as each is
 * coded by itself: they are made where not even one thread could hold larger ones. The smallest are made in any case.
 */
export function chooseSegmentLimits(roomBytes: number, effort: Effort): SegmentLimits {
  let parts = PARTS;
  while (parts > 1 && countMakingBytes(limitsOf(parts), effort) > roomBytes + SPARE_BYTES) parts--;
  return limitsOf(parts);
}

function limitsOf(parts: number): SegmentLimits {
  return {
    newBytes: (SEGMENT_NEW_BYTES_MAX / PARTS) * parts,
    expandedBytes: (SEGMENT_EXPANDED_NEW_BYTES_MAX / PARTS) * parts,
    oldBytes: (SEGMENT_OLD_BYTES_MAX / PARTS) * parts,
  };
}
