/**
 * Symbols of four bits, coded by one slot or by the mean of two.
 * @see docs/formats/differences-coding.md#nibbles
 */
import {
  codeByOne as codeBySlot,
  codeSymbol,
  codeUnknown as codeUnknownBits,
  highTarget,
  learnSymbol,
  lowTarget,
  prepareNibbleSlots,
  resetNibbleSlots,
  SLOT_BYTES,
} from '../../assembly/nibble-slots';
import { tables } from './mixed-bit';

/** How often a slot learns until it has reached its last rate. */
const COUNT_MAX: u32 = 27;

/** Fill the tables; once per instance. */
export function prepareNibbles(): void {
  prepareNibbleSlots(COUNT_MAX);
}

/** Larger ones would cost more to wait for than they save. */
const HASHED_TABLES: usize = 6;
const HASHED_BITS: u32 = 12;
const HASHED_BYTES: usize = SLOT_BYTES << 12;
/** Slots that are found without a hash. */
const PLAIN_SLOTS: usize = 272;
/** Only one way is under way at a time: its slots lie where those of the other way do. */
const plainSlots: usize = tables + HASHED_TABLES * HASHED_BYTES;

/** Forget everything. */
export function resetNibbles(): void {
  resetNibbleSlots(tables, plainSlots + PLAIN_SLOTS * SLOT_BYTES);
}

/** The slot of a context in one of six tables. */
// @ts-ignore: decorator
@inline
export function slotAt(table: usize, context: u32): usize {
  return tables + table * HASHED_BYTES + <usize>(((context * 0x9e3779b1) >> (32 - HASHED_BITS)) << 5);
}

// @ts-ignore: decorator
@inline
export function plainSlot(number: u32): usize {
  return plainSlots + <usize>number * SLOT_BYTES;
}

/** Code a symbol by one slot, which learns it. */
export function codeByOne<Direction>(symbol: u32, slot: usize): u32 {
  return codeBySlot<Direction>(slot, symbol, COUNT_MAX);
}

/** Code a symbol of which nothing is known. */
export function codeUnknown<Direction>(symbol: u32): u32 {
  return codeUnknownBits<Direction>(symbol, 4);
}

/** Code a symbol by the mean of two slots, which learn it. */
// @ts-ignore: decorator
@inline
export function codeByTwo<Direction>(symbol: u32, slot1: usize, slot2: usize): u32 {
  const low1 = v128.load(slot1);
  const low2 = v128.load(slot2);
  const high1 = v128.load(slot1, 16);
  const high2 = v128.load(slot2, 16);
  const coded = codeSymbol<Direction>(symbol, i16x8.avgr_u(low1, low2), i16x8.avgr_u(high1, high2));
  const toLow = lowTarget(coded);
  const toHigh = highTarget(coded);
  learnSymbol(slot1, low1, high1, toLow, toHigh, COUNT_MAX);
  learnSymbol(slot2, low2, high2, toLow, toHigh, COUNT_MAX);
  return coded;
}
