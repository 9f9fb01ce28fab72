/**
 * Moves the bytes of a segment's rows between their places on the old side, end to end, and on the new side. Rows are three u32
 * each: new start, old start, length; sorted by new start and not overlapping there. The caller has checked them.
 */
const ROW_BYTES: usize = 12;

// @ts-ignore: decorator
@inline
function newStart(row: usize): usize {
  return <usize>load<u32>(row);
}

// @ts-ignore: decorator
@inline
function oldStart(row: usize): usize {
  return <usize>load<u32>(row, 4);
}

// @ts-ignore: decorator
@inline
function lengthOf(row: usize): usize {
  return <usize>load<u32>(row, 8);
}

/** Lay the old bytes of all rows end to end. */
export function gather(rows: usize, rowCount: u32, oldBytes: usize, into: usize): void {
  const end = rows + <usize>rowCount * ROW_BYTES;
  for (let row = rows; row < end; row += ROW_BYTES) {
    const length = lengthOf(row);
    memory.copy(into, oldBytes + oldStart(row), length);
    into += length;
  }
}

/** Set bits in the first byte of each row, the rows lying end to end. */
export function markStarts(rows: usize, rowCount: u32, at: usize, bits: u32): void {
  const end = rows + <usize>rowCount * ROW_BYTES;
  for (let row = rows; row < end; row += ROW_BYTES) {
    store<u8>(at, <u8>(<u32>load<u8>(at) | bits));
    at += lengthOf(row);
  }
}

/**
 * Move rows that lie end to end from `at` to their new starts behind `at`. From the last to the first: no row's place
 * begins before the row does, so none is overwritten before it has moved.
 */
export function spread(rows: usize, rowCount: u32, at: usize, alignedBytes: usize): void {
  let end = at + alignedBytes;
  for (let row = rows + <usize>rowCount * ROW_BYTES; row > rows; ) {
    row -= ROW_BYTES;
    const length = lengthOf(row);
    end -= length;
    const place = at + newStart(row);
    // All rows before this one lie where they belong, too.
    if (place === end) return;
    memory.copy(place, end, length);
  }
}
