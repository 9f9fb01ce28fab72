import { TOUCHED_BLOCK_BYTES } from '../../executables/address-kernel.ts';
import type { RowTriples } from '../../kernels/rows/rows-coder.ts';
import type { Alignment } from './alignment.ts';

/** An alignment whose bytes all lie in one segment, as kernels read it. */
export function toRowTriples({ count, newStart, oldStart, length }: Alignment): RowTriples {
  const rows = new Uint32Array(3 * count);
  for (let row = 0; row < count; row++) {
    rows[3 * row] = newStart[row] as number;
    rows[3 * row + 1] = oldStart[row] as number;
    rows[3 * row + 2] = length[row] as number;
  }
  return rows;
}

export function countAlignedBytes(rows: RowTriples): number {
  let bytes = 0;
  for (let i = 2; i < rows.length; i += 3) bytes += rows[i] as number;
  return bytes;
}

/** Lay the old bytes of all rows end to end. @param into As many bytes as the rows have. */
export function gatherOld(rows: RowTriples, oldBytes: Uint8Array, into: Uint8Array): void {
  gather(rows, 1, oldBytes, into);
}

/** Lay the new bytes of all rows end to end. */
export function gatherNew(rows: RowTriples, newBytes: Uint8Array, into: Uint8Array): void {
  gather(rows, 0, newBytes, into);
}

/** Set where rows of different origin meet; the other bits are the predictor's. */
export const ROW_START_MARK = 1;

/** Lay what is known of the old bytes of all rows end to end, and mark where rows begin. */
export function gatherMarks(rows: RowTriples, oldMarks: Uint8Array, into: Uint8Array): void {
  gather(rows, 1, oldMarks, into);
  let end = 0;
  for (let i = 2; i < rows.length; i += 3) {
    into[end] = (into[end] as number) | ROW_START_MARK;
    end += rows[i] as number;
  }
}

/** Up to here a loop is done sooner than a copy is begun. */
const LOOPED_BYTES_MAX = 32;

function gather(rows: RowTriples, side: 0 | 1, bytes: Uint8Array, into: Uint8Array): void {
  let end = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i + side] as number;
    const length = rows[i + 2] as number;
    if (length > LOOPED_BYTES_MAX) into.set(bytes.subarray(start, start + length), end);
    else for (let k = 0; k < length; k++) into[end + k] = bytes[start + k] as number;
    end += length;
  }
}

/**
 * Which blocks of the old bytes rows reach into.
 * @returns One number for each `TOUCHED_BLOCK_BYTES`, 1 or 0.
 */
export function listTouched(rows: RowTriples, oldBytes: number): Uint8Array {
  const touched = new Uint8Array(Math.ceil(oldBytes / TOUCHED_BLOCK_BYTES));
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i + 1] as number;
    const end = start + (rows[i + 2] as number);
    for (let block = Math.floor(start / TOUCHED_BLOCK_BYTES); block * TOUCHED_BLOCK_BYTES < end; block++)
      touched[block] = 1;
  }
  return touched;
}

/** What lies before, between and after the rows: pairs of start and length, ascending, none empty. */
export function listGaps(rows: RowTriples, newBytes: number): Uint32Array {
  const gaps = new Uint32Array((rows.length / 3 + 1) * 2);
  let count = 0;
  let end = 0;
  const add = (start: number): void => {
    if (start === end) return;
    gaps[count++] = end;
    gaps[count++] = start - end;
  };
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i] as number;
    add(start);
    end = start + (rows[i + 2] as number);
  }
  add(newBytes);
  return gaps.subarray(0, count);
}
