import { walkArm64 } from './arm64-code';
import { walkConstants,
  walkFrames, walkLowWords, walkOffsets, walkPairs, walkPointers, walkRecords, walkRelative, walkTables } from './data-fields';
import { beginFields, endOfList } from './field';
import { walkGoFunctions, walkGoTypes } from './go-tables';
import { setAbsoluteBase, walkTouched } from './x64-code';
import { prepareLengths } from './x64-lengths';

export { openMap } from './address-map';
export { setTouched } from './x64-code';

prepareLengths();

const KIND_NONE: u32 = 0;
const KIND_X64: u32 = 1;
const KIND_X64_FIXED: u32 = 2;
const KIND_ARM64: u32 = 3;
const KIND_POINTERS: u32 = 4;
const KIND_RELATIVE: u32 = 5;
const KIND_TABLES: u32 = 6;
const KIND_OFFSETS: u32 = 7;
const KIND_PAIRS: u32 = 8;
const KIND_RELOCATIONS: u32 = 9;
const KIND_SYMBOLS: u32 = 10;
const KIND_LOW_WORDS: u32 = 11;
const KIND_GO_FUNCTIONS: u32 = 12;
const KIND_GO_TYPES: u32 = 13;
const KIND_FRAMES: u32 = 14;
const KIND_CONSTANTS: u32 = 15;

let oldBase: u64 = 0;
let baseChange: i64 = 0;

export function setBases(before: u64, after: u64): void {
  oldBase = before;
  baseChange = <i64>(after - before);
}

/** The first address that is free for the caller's use. */
export function freeAddress(): usize {
  return __heap_base;
}

/** End of what the last run listed. */
export function listEnd(): usize {
  return endOfList();
}

/**
 * Recognise the fields of a run of bytes of one section.
 * @param bytesAt Its bytes, with 64 zeros behind them.
 * @param marksAt As many zero bytes.
 * @param length Bytes; those from `lastOffset` on are looked at but begin no field.
 * @param address Of the first byte, from the image's base.
 * @param phase Bytes since the start of the section, modulo the size of its records.
 * @param listAt 0 to rewrite; else where fields are listed, 16 bytes each.
 * @returns Offset of the first byte not handled, `lastOffset` or a little more.
 */
export function run(
  kind: u32,
  bytesAt: usize,
  marksAt: usize,
  beginOffset: u32,
  lastOffset: u32,
  length: u32,
  address: u32,
  first: u32,
  second: u32,
  third: u32,
  fourth: u32,
  listAt: usize,
): u32 {
  beginFields(bytesAt, marksAt, address, listAt);
  const begin = bytesAt + beginOffset;
  const last = bytesAt + lastOffset;
  const end = bytesAt + length;
  return <u32>(walk(kind, bytesAt, begin, last, end, first, second, third, fourth) - bytesAt);
}

function walk(
  kind: u32,
  bytesAt: usize,
  begin: usize,
  last: usize,
  end: usize,
  first: u32,
  second: u32,
  third: u32,
  fourth: u32,
): usize {
  if (kind === KIND_X64) {
    setAbsoluteBase(0, 0);
    return walkTouched(bytesAt, begin, last, end);
  }
  if (kind === KIND_X64_FIXED) {
    setAbsoluteBase(<u32>oldBase, <i32>baseChange);
    return walkTouched(bytesAt, begin, last, end);
  }
  if (kind === KIND_ARM64) return walkArm64(begin, last, end);
  if (kind === KIND_POINTERS) return walkPointers(begin, last, end, oldBase, baseChange);
  if (kind === KIND_RELATIVE) return walkRelative(begin, last, end, first, second);
  if (kind === KIND_TABLES) return walkTables(begin, last, end, first, second);
  if (kind === KIND_OFFSETS) return walkOffsets(begin, last, end, first);
  if (kind === KIND_PAIRS) return walkPairs(begin, last, end, first, second);
  if (kind === KIND_RELOCATIONS) return walkRecords(begin, last, end, first, 0, 16, oldBase, baseChange);
  if (kind === KIND_SYMBOLS) return walkRecords(begin, last, end, first, 8, 24, oldBase, baseChange);
  if (kind === KIND_LOW_WORDS) return walkLowWords(begin, last, end, first);
  if (kind === KIND_GO_FUNCTIONS) return walkGoFunctions(begin, last, end, first, second, third, fourth);
  if (kind === KIND_GO_TYPES) return walkGoTypes(begin, last, end, first, second, third, oldBase, baseChange);
  if (kind === KIND_FRAMES) return walkFrames(begin, last, end, first, second);
  if (kind === KIND_CONSTANTS) return walkConstants(begin, last, end, first, second, oldBase, baseChange);
  return last;
}
