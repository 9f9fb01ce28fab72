/**
 * Differences of little-endian 32-bit fields: where addresses have shifted, a whole field changes by an amount that
 * comes back with the same target of the address, after the same bytes, or with the same low byte.
 */

/** Targets in one region of this size shift alike. */
const REGION_BITS: u32 = 14;
/** Tables are small: what was learned long ago is of little use, and larger ones would have to be waited for. */
const TARGET_TABLE_BITS: u32 = 12;
const REGION_TABLE_BITS: u32 = 10;
const BEFORE_TABLE_BITS: u32 = 12;
const targetTable = memory.data(8 << 12);
const lowByteTable = memory.data(4 * 256);
const regionTable = memory.data(8 << 10);
const beforeTable = memory.data(4 << 12);

/** Where the field being coded starts; the one before it, if `fieldOpen` is false. */
export let fieldStart: usize = 0;
export let fieldOpen: bool = false;
/** The old value of the field, and by how much it is thought to change. */
export let fieldOld: u32 = 0;
export let fieldDelta: u32 = 0;
/** How often the guess was right: 0 to 3. */
export let fieldTrust: u32 = 0;
/** The last field's difference. */
export let lastDelta: u32 = 0;

let fieldBefore: u32 = 0;

/** What the tables think of a field that would start here. */
export let guessDelta: u32 = 0;
export let guessTrust: u32 = 0;

export function resetFields(): void {
  memory.fill(targetTable, 0, 8 << TARGET_TABLE_BITS);
  memory.fill(regionTable, 0, 8 << REGION_TABLE_BITS);
  memory.fill(lowByteTable, 0, 1024);
  memory.fill(beforeTable, 0, 4 << BEFORE_TABLE_BITS);
  for (let low: usize = 0; low < 256; low++) store<u32>(lowByteTable + (low << 2), <u32>(<i32>(<i8>low)));
  fieldOpen = false;
  fieldStart = 0;
  fieldDelta = 0;
  lastDelta = 0;
}

// @ts-ignore: decorator
@inline
function targetEntry(target: u32): usize {
  return targetTable + <usize>(((target * 0x9e3779b1) >> (32 - TARGET_TABLE_BITS)) << 3);
}

// @ts-ignore: decorator
@inline
function targetCheck(target: u32): u32 {
  return (target * 0x85ebca6b) >> 16;
}

// @ts-ignore: decorator
@inline
function regionEntry(region: u32): usize {
  return regionTable + <usize>(((region * 0x9e3779b1) >> (32 - REGION_TABLE_BITS)) << 3);
}

// @ts-ignore: decorator
@inline
function beforeEntry(before: u32): usize {
  return beforeTable + <usize>((((before & 0xffff) * 0x9e3779b1) >> (32 - BEFORE_TABLE_BITS)) << 2);
}

/** Look up a field that may start here. */
// @ts-ignore: decorator
@inline
export function guessField(position: usize, old: u32, before: u32): void {
  const target = <u32>position + old;
  const entry = load<u64>(targetEntry(target));
  if (<u32>(entry >> 48) === targetCheck(target)) {
    guessDelta = <u32>entry;
    guessTrust = 2 + <u32>((entry >> 32) & 3);
  } else {
    const region = target >> REGION_BITS;
    const near = load<u64>(regionEntry(region));
    if (<u32>(near >> 48) === targetCheck(region)) {
      guessDelta = <u32>near;
      guessTrust = 1;
    } else {
      guessDelta = load<u32>(beforeEntry(before));
      guessTrust = 0;
    }
  }
}

/** A field starts whose first byte turned out to change by `low`. */
export function openField(position: usize, old: u32, before: u32, low: u32): void {
  fieldOpen = true;
  fieldStart = position;
  fieldOld = old;
  fieldBefore = before;
  if ((guessDelta & 255) === low) {
    fieldDelta = guessDelta;
    fieldTrust = guessTrust > 1 ? 3 : 2;
  } else if ((lastDelta & 255) === low) {
    fieldDelta = lastDelta;
    fieldTrust = 2;
  } else {
    fieldDelta = load<u32>(lowByteTable + (low << 2));
    fieldTrust = 1;
  }
}

/** Byte `index` of the open field was not the one thought: what is known goes on as a signed number would. */
export function correctField(index: u32, newByte: u32): void {
  const shift = index << 3;
  const guess = (fieldOld + fieldDelta) >> shift;
  const corrected = fieldDelta + ((newByte - guess) << shift);
  const unknown = 24 - shift;
  fieldDelta = <u32>((<i32>(corrected << unknown)) >> unknown);
  fieldTrust = 0;
}

function learnDelta(at: usize, check: u32, delta: u32): void {
  const entry = load<u64>(at);
  let count: u64 = 0;
  if (<u32>(entry >> 48) === check && <u32>entry === delta) count = min<u64>(3, ((entry >> 32) & 3) + 1);
  store<u64>(at, (<u64>check << 48) | (count << 32) | <u64>delta);
}

/** Learn from a field all of whose bytes are known. */
export function closeField(newValue: u32): void {
  fieldOpen = false;
  const delta = newValue - fieldOld;
  const target = <u32>fieldStart + fieldOld;
  learnDelta(targetEntry(target), targetCheck(target), delta);
  store<u32>(lowByteTable + ((delta & 255) << 2), delta);
  store<u32>(beforeEntry(fieldBefore), delta);
  const region = target >> REGION_BITS;
  learnDelta(regionEntry(region), targetCheck(region), delta);
  lastDelta = delta;
}

/** Learn that what may have been a field has not changed. */
export function learnEqual(position: usize, old: u32): void {
  const target = <u32>position + old;
  store<u64>(targetEntry(target), <u64>targetCheck(target) << 48);
}
