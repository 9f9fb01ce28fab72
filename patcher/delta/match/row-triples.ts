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

/** The old bytes of all rows, end to end. @param into As many bytes as the rows have. */
export function gatherOld(
  rows: RowTriples,
  oldBytes: Uint8Array,
  into: Uint8Array = new Uint8Array(countAlignedBytes(rows)),
): Uint8Array {
  return gather(rows, 1, oldBytes, into);
}

/** The new bytes of all rows, end to end. */
export function gatherNew(rows: RowTriples, newBytes: Uint8Array): Uint8Array {
  return gather(rows, 0, newBytes, new Uint8Array(countAlignedBytes(rows)));
}

/** Set where rows of different origin meet; the other bits are the predictor's. */
export const ROW_START_MARK = 1;

/** What is known of the old bytes of all rows, and where rows begin. */
export function gatherMarks(rows: RowTriples, oldMarks: Uint8Array): Uint8Array {
  const marks = gatherOld(rows, oldMarks);
  let end = 0;
  for (let i = 2; i < rows.length; i += 3) {
    marks[end] = (marks[end] as number) | ROW_START_MARK;
    end += rows[i] as number;
  }
  return marks;
}

function gather(rows: RowTriples, side: 0 | 1, bytes: Uint8Array, into: Uint8Array): Uint8Array {
  let end = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i + side] as number;
    const length = rows[i + 2] as number;
    into.set(bytes.subarray(start, start + length), end);
    end += length;
  }
  return into;
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
