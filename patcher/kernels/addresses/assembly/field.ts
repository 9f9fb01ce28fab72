import { imageBytes, shiftOf, shiftOfPlace } from './address-map';

/**
 * What happens with a recognised field: rewritten to what it should be in the new image and marked, or, when a maker
 * asks, listed.
 */

/** Address in the old image of the first byte in memory. */
let origin: u32 = 0;
let bytes: usize = 0;
let marks: usize = 0;
/** Where the next listed field goes; 0 while fields are rewritten. */
let list: usize = 0;

export const KIND_BRANCH: u32 = 0;
export const KIND_OPERAND: u32 = 1;
export const KIND_ABSOLUTE: u32 = 2;
export const KIND_POINTER: u32 = 3;
export const KIND_RELATIVE: u32 = 4;
export const KIND_OFFSET: u32 = 5;
export const KIND_ARM_PAGE: u32 = 6;
export const KIND_ARM_LOW: u32 = 7;
export const KIND_ARM_BRANCH: u32 = 8;

/** Bytes of one listed field: its position, its target, its kind, and what the kind adds. */
const LISTED_BYTES: usize = 16;

export function beginFields(bytesAt: usize, marksAt: usize, address: u32, listAt: usize): void {
  bytes = bytesAt;
  marks = marksAt;
  origin = address;
  list = listAt;
}

/** Where the next listed field would go. */
export function endOfList(): usize {
  return list;
}

// @ts-ignore: decorator
@inline
export function addressOf(at: usize): u32 {
  return origin + <u32>(at - bytes);
}

// @ts-ignore: decorator
@inline
export function inImage(address: u32): bool {
  return address < imageBytes;
}

function listField(at: usize, target: u32, kind: u32, extra: u32): void {
  store<u32>(list, <u32>(at - bytes));
  store<u32>(list, target, 4);
  store<u32>(list, kind, 8);
  store<u32>(list, extra, 12);
  list += LISTED_BYTES;
}

/** Mark a field of 4 bytes: bits 1 to 3 say which byte of it, bits 4 to 6 its kind, bit 7 that it was changed. */
// @ts-ignore: decorator
@inline
function mark4(at: usize, kind: u32, changed: bool): void {
  store<u32>(marks + (at - bytes), 0x08060402 + (kind & 7) * 0x10101010 + (<u32>changed) * 0x80808080);
}

/**
 * A 32-bit distance.
 * @param from Address it is counted from; `end - at` bytes behind the field in the same step of the map.
 */
export function relative32(at: usize, from: u32, kind: u32): void {
  const value = load<u32>(at);
  const target = from + value;
  if (!inImage(target)) return;
  if (list) {
    listField(at, target, kind, from - addressOf(at));
    return;
  }
  const change = shiftOf(target) - shiftOfPlace(addressOf(at));
  if (change) store<u32>(at, value + change);
  mark4(at, kind, change !== 0);
}

/** A 32-bit distance from a fixed address of the image. */
export function offset32(at: usize, base: u32): void {
  const value = load<u32>(at);
  const target = base + value;
  if (value === 0 || !inImage(target) || !inImage(base)) return;
  if (list) {
    listField(at, target, KIND_OFFSET, base);
    return;
  }
  const change = shiftOf(target) - shiftOf(base);
  if (change) store<u32>(at, value + change);
  mark4(at, KIND_OFFSET, change !== 0);
}

/** A 32-bit absolute address, in an image that is always loaded at its own base. */
export function absolute32(at: usize, base: u32, baseChange: i32): void {
  const value = load<u32>(at);
  const target = value - base;
  if (value < base || !inImage(target)) return;
  if (list) {
    listField(at, target, KIND_ABSOLUTE, 0);
    return;
  }
  const change = shiftOf(target) + baseChange;
  if (change) store<u32>(at, value + change);
  mark4(at, KIND_ABSOLUTE, change !== 0);
}

/** A 64-bit absolute address. */
export function pointer64(at: usize, base: u64, baseChange: i64): bool {
  const value = load<u64>(at);
  const distance = value - base;
  if (value < base || distance >= <u64>imageBytes || value === 0) return false;
  const target = <u32>distance;
  if (list) {
    listField(at, target, KIND_POINTER, 0);
    return true;
  }
  const change = <i64>shiftOf(target) + baseChange;
  if (change) store<u64>(at, value + change);
  store<u64>(marks + (at - bytes), 0x3e3e3c3c3a3a3a3a + (<u64>(change !== 0)) * 0x8080808080808080);
  return true;
}

/** A word of ARM64 whose bits `mask` are to become those of `word`. */
// @ts-ignore: decorator
@inline
export function armWord(at: usize, word: u32, kind: u32): void {
  const changed = load<u32>(at) !== word;
  store<u32>(at, word);
  mark4(at, kind, changed);
}

// @ts-ignore: decorator
@inline
export function isListing(): bool {
  return list !== 0;
}

export function listArm(at: usize, target: u32, kind: u32, extra: u32): void {
  listField(at, target, kind, extra);
}
