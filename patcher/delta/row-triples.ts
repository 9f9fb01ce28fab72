import type { RowTriples } from '../kernels/rows/rows-coder.ts';
import type { Alignment } from './alignment.ts';

/** A stretch of new bytes in no row. */
export interface Gap {
  readonly start: number;
  readonly length: number;
}

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

/** Lay the old bytes of all rows end to end. */
export function gatherOld(rows: RowTriples, oldBytes: Uint8Array, into: Uint8Array): void {
  let end = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i + 1] as number;
    const length = rows[i + 2] as number;
    into.set(oldBytes.subarray(start, start + length), end);
    end += length;
  }
}

/** Lay the new bytes of all rows end to end. */
export function gatherNew(rows: RowTriples, newBytes: Uint8Array, into: Uint8Array): void {
  let end = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i] as number;
    const length = rows[i + 2] as number;
    into.set(newBytes.subarray(start, start + length), end);
    end += length;
  }
}

/** Put bytes that lie end to end into their rows' places. */
export function scatterNew(rows: RowTriples, aligned: Uint8Array, newBytes: Uint8Array): void {
  let position = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const length = rows[i + 2] as number;
    newBytes.set(aligned.subarray(position, position + length), rows[i] as number);
    position += length;
  }
}

/** What lies before, between and after the rows, in order; none is empty. */
export function listGaps(rows: RowTriples, newBytes: number): Gap[] {
  const gaps: Gap[] = [];
  let end = 0;
  for (let i = 0; i < rows.length; i += 3) {
    const start = rows[i] as number;
    if (start > end) gaps.push({ start: end, length: start - end });
    end = start + (rows[i + 2] as number);
  }
  if (newBytes > end) gaps.push({ start: end, length: newBytes - end });
  return gaps;
}
