import { addressOf, inImage, KIND_RELATIVE, offset32, pointer64, relative32 } from './field';

/** Fields of data sections. Every walk begins at an aligned place and returns where the next begins. */

/** Aligned 64-bit absolute addresses. */
export function walkPointers(begin: usize, last: usize, end: usize, base: u64, baseChange: i64): usize {
  let at = begin;
  for (; at < last; at += 8) if (at + 8 <= end) pointer64(at, base, baseChange);
  return at;
}

/** Aligned 32-bit distances from an address of the image. */
export function walkOffsets(begin: usize, last: usize, end: usize, base: u32): usize {
  let at = begin;
  for (; at < last; at += 4) if (at + 4 <= end) offset32(at, base);
  return at;
}

/** Aligned 64-bit words whose lower half is a distance from an address of the image: chained fixups of Mach-O. */
export function walkLowWords(begin: usize, last: usize, end: usize, base: u32): usize {
  let at = begin;
  for (; at < last; at += 8) if (at + 8 <= end) offset32(at, base);
  return at;
}

/** Aligned pairs of 32-bit distances, the first of each from one address, the second from another. */
export function walkPairs(begin: usize, last: usize, end: usize, first: u32, second: u32): usize {
  let at = begin;
  for (; at < last; at += 4) if (at + 4 <= end) offset32(at, addressOf(at) & 4 ? second : first);
  return at;
}

/** Aligned 32-bit distances from their own place that lead to code: the starts of functions in `.eh_frame`. */
export function walkRelative(begin: usize, last: usize, end: usize, codeStart: u32, codeBytes: u32): usize {
  let at = begin;
  for (; at < last; at += 4) {
    if (at + 4 > end) return last;
    const place = addressOf(at);
    if (place + load<u32>(at) - codeStart < codeBytes) relative32(at, place, KIND_RELATIVE);
  }
  return at;
}

/**
 * Frame descriptions (`.eh_frame`): 4 bytes behind the start of the function comes its size, then, when the byte after
 * that says so, the distance to its exception table, at any address.
 */
export function walkFrames(begin: usize, last: usize, end: usize, codeStart: u32, codeBytes: u32): usize {
  let at = begin;
  for (; at < last; at += 4) {
    if (at + 4 > end) return last;
    const place = addressOf(at);
    if (place + load<u32>(at) - codeStart >= codeBytes) continue;
    relative32(at, place, KIND_RELATIVE);
    if (at + 13 > end || load<u8>(at, 8) !== 4) continue;
    if (load<u32>(at, 9)) relative32(at + 9, place + 9, KIND_RELATIVE);
    at += 12;
  }
  return at;
}

/** Words in a row that must lead to code before they are taken for a jump table. */
const TABLE_WORDS_MIN = 3;
/** A longer table is taken for several. */
export const TABLE_WORDS_MAX = 1024;

/** Jump tables: aligned 32-bit distances to code, all counted from the first of them. */
export function walkTables(begin: usize, last: usize, end: usize, codeStart: u32, codeBytes: u32): usize {
  let at = begin;
  while (at < last) at = takeTable(at, end, codeStart, codeBytes);
  return at;
}

/** Where the table that begins here ends; the next word when there is none. */
// @ts-ignore: decorator
@inline
function takeTable(begin: usize, end: usize, codeStart: u32, codeBytes: u32): usize {
  const base = addressOf(begin);
  const stop = min<usize>(end, begin + TABLE_WORDS_MAX * 4);
  let next = begin;
  while (next + 4 <= stop && base + load<u32>(next) - codeStart < codeBytes) next += 4;
  if (next < begin + TABLE_WORDS_MIN * 4) return begin + 4;
  for (let at = begin; at < next; at += 4) relative32(at, base, KIND_RELATIVE);
  return next;
}

/** Constants of all sorts: 64-bit absolute addresses, and jump tables between them. */
export function walkConstants(
  begin: usize,
  last: usize,
  end: usize,
  codeStart: u32,
  codeBytes: u32,
  base: u64,
  baseChange: i64,
): usize {
  let at = begin;
  while (at < last) {
    if ((addressOf(at) & 7) === 0 && at + 8 <= end && pointer64(at, base, baseChange)) at += 8;
    else at = takeTable(at, end, codeStart, codeBytes);
  }
  return at;
}

/** Entries of 24 bytes with 64-bit addresses at bytes `first` and `second` of each; 24 for none. */
export function walkRecords(
  begin: usize,
  last: usize,
  end: usize,
  phase: u32,
  first: u32,
  second: u32,
  base: u64,
  baseChange: i64,
): usize {
  let at = begin;
  let within = phase;
  for (; at < last; at += 8) {
    if ((within === first || within === second) && at + 8 <= end) pointer64(at, base, baseChange);
    within = within === 16 ? 0 : within + 8;
  }
  return at;
}
