/**
 * Rows found: triples of u32 (first new byte, first old byte, length), counted from the first new and old byte. A row
 * that continues the one before on both sides is merged into it.
 */

export const ROW_BYTES: usize = 12;

let rows: usize = 0;
let count: u32 = 0;
let newStart: usize = 0;
let oldStart: usize = 0;
let openFrom: usize = 0;
let openTo: usize = 0;
let openShift: usize = 0;

export function openRows(area: usize, firstNew: usize, firstOld: usize): void {
  rows = area;
  count = 0;
  newStart = firstNew;
  oldStart = firstOld;
  openFrom = 0;
  openTo = 0;
}

/** @param shift Old address minus new address, modulo 2^32. */
export function addRow(from: usize, to: usize, shift: usize): void {
  if (from === to) return;
  if (from === openTo && shift === openShift) {
    openTo = to;
    return;
  }
  closeRow();
  openFrom = from;
  openTo = to;
  openShift = shift;
}

export function closeRow(): void {
  if (openFrom === openTo) return;
  const row = rows + <usize>count * ROW_BYTES;
  store<u32>(row, <u32>(openFrom - newStart));
  store<u32>(row, <u32>(openFrom + openShift - oldStart), 4);
  store<u32>(row, <u32>(openTo - openFrom), 8);
  count++;
  openFrom = openTo;
}

export function countRows(): u32 {
  return count;
}

export function dropRows(): void {
  count = 0;
}
