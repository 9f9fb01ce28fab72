import { consume, list, peek, PROBABILITY_BITS, TOTAL } from '../../assembly/ans';
import { SLOT_BYTES } from '../../assembly/nibble-slots';
import { FLAGS, FLAGS_END, TOKENS } from './layout';
import { decodeNibble, encodeNibble, priceNibble } from './nibble-model';

/**
 * What follows a literal's or a copy's flag: kinds, lengths and distances of copies.
 * @see docs/formats/extra-coding.md#copies
 */
export const KIND_BYTE: u32 = 0;
export const KIND_RECENT: u32 = 1;
export const KIND_NEW: u32 = 5;
export const KIND_NEW_LONG: u32 = 13;
export const KIND_NEW_TO_END: u32 = 14;
export const KIND_RECENT_TO_END: u32 = 15;
export const NEW_LONG_MIN: u32 = 10;

/** What came before: the start of a gap or block, literals in a row, kinds of copies, one literal after those. */
export const STATE_START: u32 = 0;
const STATE_LITERALS: u32 = 1;
const STATE_NEW: u32 = 5;
const STATE_RECENT: u32 = 6;
const STATE_BYTE: u32 = 7;
const STATE_NEW_LITERAL: u32 = 8;
const STATE_RECENT_LITERAL: u32 = 9;
const STATE_BYTE_LITERAL: u32 = 10;

// Slots, counted from TOKENS.
const KINDS: u32 = 0; // 16 states × 4 classes of what remains
const RECENT_LENGTHS: u32 = KINDS + 64; // 2
const LONG_LENGTHS: u32 = RECENT_LENGTHS + 2; // 1
const LENGTH_BYTES: u32 = LONG_LENGTHS + 1; // 17
const EXPONENTS: u32 = LENGTH_BYTES + 17; // 6 classes of lengths
const FAR_EXPONENTS: u32 = EXPONENTS + 6; // 1
const MANTISSAS: u32 = FAR_EXPONENTS + 1; // 32 exponents × 2 classes of lengths
const LAST_BITS: u32 = MANTISSAS + 64; // 32

export function resetFlags(): void {
  for (let at = FLAGS; at < FLAGS_END; at += 2) store<u16>(at, <u16>(TOTAL >> 2));
}

export function stateAfterLiteral(state: u32): u32 {
  if (state >= STATE_NEW && state <= STATE_BYTE) return state + 3;
  if (state >= STATE_NEW_LITERAL) return STATE_LITERALS + 1;
  return state < STATE_LITERALS + 3 ? state + 1 : state;
}

export function stateAfterCopy(kind: u32): u32 {
  if (kind === KIND_BYTE) return STATE_BYTE;
  return kind < KIND_NEW || kind === KIND_RECENT_TO_END ? STATE_RECENT : STATE_NEW;
}

/** 1 right after a copy, 2 one literal later, else 0. */
// @ts-ignore: decorator
@inline
export function stepsAfterCopy(state: u32): u32 {
  return state < STATE_NEW ? 0 : state < STATE_NEW_LITERAL ? 1 : 2;
}

// @ts-ignore: decorator
@inline
function remainingClass(remaining: u32): u32 {
  return remaining < 4 ? 0 : remaining < 10 ? 1 : remaining < 32 ? 2 : 3;
}

// @ts-ignore: decorator
@inline
export function flagModel(state: u32, position: u32, remaining: u32): usize {
  return FLAGS + (((remainingClass(remaining) << 6) | (state << 2) | (position & 3)) << 1);
}

// @ts-ignore: decorator
@inline
function tokenSlot(index: u32): usize {
  return TOKENS + <usize>index * SLOT_BYTES;
}

// @ts-ignore: decorator
@inline
export function kindSlot(state: u32, remaining: u32): usize {
  return tokenSlot(KINDS + ((remainingClass(remaining) << 4) | state));
}

// @ts-ignore: decorator
@inline
export function lengthClass(length: u32): u32 {
  return length < 5 ? max<u32>(length, 2) - 2 : length < 7 ? 3 : length < 12 ? 4 : 5;
}

function recentSlot(kind: u32): usize {
  return tokenSlot(RECENT_LENGTHS + <u32>(kind !== KIND_RECENT));
}

// Lengths: a nibble, and 15 means that a byte, or 255 and two raw bytes, follow.

export function decodeRecentLength(kind: u32): u32 {
  const nibble = decodeNibble(recentSlot(kind));
  return nibble < 15 ? nibble + 2 : decodeLongLength() + 17;
}

export function encodeRecentLength(kind: u32, length: u32): void {
  encodeNibble(recentSlot(kind), min<u32>(15, length - 2));
  if (length >= 17) encodeLongLength(length - 17);
}

export function priceRecentLength(kind: u32, length: u32): u32 {
  return priceNibble(recentSlot(kind), min<u32>(15, length - 2)) + (length >= 17 ? priceLongLength(length - 17) : 0);
}

export function decodeNewLength(): u32 {
  const nibble = decodeNibble(tokenSlot(LONG_LENGTHS));
  return nibble < 15 ? nibble + NEW_LONG_MIN : decodeLongLength() + NEW_LONG_MIN + 15;
}

export function encodeNewLength(length: u32): void {
  const more = length - NEW_LONG_MIN;
  encodeNibble(tokenSlot(LONG_LENGTHS), min<u32>(15, more));
  if (more >= 15) encodeLongLength(more - 15);
}

export function priceNewLength(length: u32): u32 {
  const more = length - NEW_LONG_MIN;
  return priceNibble(tokenSlot(LONG_LENGTHS), min<u32>(15, more)) + (more >= 15 ? priceLongLength(more - 15) : 0);
}

function decodeLongLength(): u32 {
  const high = decodeNibble(tokenSlot(LENGTH_BYTES));
  const byte = (high << 4) | decodeNibble(tokenSlot(LENGTH_BYTES + 1 + high));
  if (byte < 255) return byte;
  const lower = decodeRaw(8);
  return 255 + (lower | (decodeRaw(8) << 8));
}

function encodeLongLength(more: u32): void {
  const byte = min<u32>(255, more);
  encodeNibble(tokenSlot(LENGTH_BYTES), byte >> 4);
  encodeNibble(tokenSlot(LENGTH_BYTES + 1 + (byte >> 4)), byte & 15);
  if (byte < 255) return;
  encodeRaw((more - 255) & 255, 8);
  encodeRaw((more - 255) >> 8, 8);
}

function priceLongLength(more: u32): u32 {
  const byte = min<u32>(255, more);
  return (
    priceNibble(tokenSlot(LENGTH_BYTES), byte >> 4) +
    priceNibble(tokenSlot(LENGTH_BYTES + 1 + (byte >> 4)), byte & 15) +
    (byte < 255 ? 0 : 16 * 64)
  );
}

// Distances less 1: below 16 a class 0 and the number itself; else its exponent, the 4 bits after its first,
// raw bits, and its last 4 bits.

export function decodeDistance(length: u32): u32 {
  const group = lengthClass(length);
  const first = decodeNibble(tokenSlot(EXPONENTS + group));
  const mantissaSlot = MANTISSAS + (<u32>(group > 1) << 5);
  if (first === 0) return decodeNibble(tokenSlot(mantissaSlot)) + 1;
  const exponent = first < 15 ? first + 3 : 18 + (decodeNibble(tokenSlot(FAR_EXPONENTS)) & 7);
  let distance = 16 | decodeNibble(tokenSlot(mantissaSlot + exponent));
  const rest = exponent - 4;
  if (rest > 4) distance = (distance << (rest - 4)) | decodeLongRaw(rest - 4);
  if (rest > 0) {
    const bits = min<u32>(4, rest);
    distance = (distance << bits) | (decodeNibble(tokenSlot(LAST_BITS + exponent)) & ((1 << bits) - 1));
  }
  return distance + 1;
}

export function encodeDistance(length: u32, distance: u32): void {
  const number = distance - 1;
  const group = lengthClass(length);
  const mantissaSlot = MANTISSAS + (<u32>(group > 1) << 5);
  if (number < 16) {
    encodeNibble(tokenSlot(EXPONENTS + group), 0);
    encodeNibble(tokenSlot(mantissaSlot), number);
    return;
  }
  const exponent = 31 - clz(number);
  encodeNibble(tokenSlot(EXPONENTS + group), min<u32>(15, exponent - 3));
  if (exponent >= 18) encodeNibble(tokenSlot(FAR_EXPONENTS), exponent - 18);
  const rest = exponent - 4;
  encodeNibble(tokenSlot(mantissaSlot + exponent), (number >> rest) & 15);
  if (rest > 4) encodeLongRaw((number >> 4) & ((1 << (rest - 4)) - 1), rest - 4);
  if (rest > 0) encodeNibble(tokenSlot(LAST_BITS + exponent), number & ((1 << min<u32>(4, rest)) - 1));
}

export function priceDistance(length: u32, distance: u32): u32 {
  const number = distance - 1;
  const group = lengthClass(length);
  const mantissaSlot = MANTISSAS + (<u32>(group > 1) << 5);
  if (number < 16) {
    return priceNibble(tokenSlot(EXPONENTS + group), 0) + priceNibble(tokenSlot(mantissaSlot), number);
  }
  const exponent = 31 - clz(number);
  const rest = exponent - 4;
  let price =
    priceNibble(tokenSlot(EXPONENTS + group), min<u32>(15, exponent - 3)) +
    priceNibble(tokenSlot(mantissaSlot + exponent), (number >> rest) & 15);
  if (exponent >= 18) price += priceNibble(tokenSlot(FAR_EXPONENTS), exponent - 18);
  if (rest > 4) price += (rest - 4) << 6;
  if (rest > 0) price += priceNibble(tokenSlot(LAST_BITS + exponent), number & ((1 << min<u32>(4, rest)) - 1));
  return price;
}

function decodeLongRaw(bits: u32): u32 {
  if (bits <= 8) return decodeRaw(bits);
  const lower = decodeRaw(8);
  return lower | (decodeLongRaw(bits - 8) << 8);
}

function encodeLongRaw(value: u32, bits: u32): void {
  if (bits <= 8) return encodeRaw(value, bits);
  encodeRaw(value & 255, 8);
  encodeLongRaw(value >> 8, bits - 8);
}

function decodeRaw(bits: u32): u32 {
  const shift = PROBABILITY_BITS - bits;
  const value = peek() >> shift;
  consume(value << shift, 1 << shift);
  return value;
}

function encodeRaw(value: u32, bits: u32): void {
  const shift = PROBABILITY_BITS - bits;
  list(value << shift, 1 << shift);
}
