import {
  adaptSlot,
  fillWords,
  mixLogits,
  NEW_SLOT,
  squash,
  stretchSlot,
  trainWeights,
} from '../../assembly/mixing';
import { codeBit } from './coded-bit';

/** Slots of one context: a table of its own, so that contexts do not collide with each other. */
const SLOT_BITS: u32 = 16;
const TABLE_BYTES: usize = 4 << SLOT_BITS;

/** Groups of 16 slots, one cache line, for the four decisions of half a byte. */
const GROUP_BITS: u32 = SLOT_BITS - 4;

/** Eight tables for flags, eight for bytes. */
const TABLES_BYTES: usize = 16 * TABLE_BYTES;

/** Counts of flags stop here. */
export const FLAG_LIMIT: u32 = 255;

const WEIGHT_SETS = 2048;
const weights = memory.data(WEIGHT_SETS * 16);

/** Of 4 MiB; the way of nibbles keeps its slots here, too. */
export const tables: usize = memory.data(4 << 20, 64);

export function resetTables(): void {
  fillWords(tables, TABLES_BYTES, NEW_SLOT);
  // Each of the eight weighs 0.3.
  fillWords(weights, WEIGHT_SETS * 16, (4915 << 16) | 4915);
}

/** The slot of a hashed context in one of the eight tables for flags. */
// @ts-ignore: decorator
@inline
export function flagSlot(table: usize, context: u32): usize {
  return tables + table * TABLE_BYTES + <usize>(((context * 0x9e3779b1) >> (32 - SLOT_BITS)) << 2);
}

/** The first of 16 slots of a hashed context in one of the eight tables for bytes. */
// @ts-ignore: decorator
@inline
export function slotGroup(table: usize, context: u32): usize {
  return tables + (table + 8) * TABLE_BYTES + <usize>(((context * 0x9e3779b1) >> (32 - GROUP_BITS)) << 6);
}

/** How sure a slot must be to decide alone: seen often, and its rarer bit this rare, of 65536. */
const SURE_COUNT: u32 = 30;
const SURE_RARITY: u32 = 512;

/** Whether a slot needs no second opinion. */
// @ts-ignore: decorator
@inline
export function isSure(slot: u32): bool {
  return (slot & 1023) >= SURE_COUNT && (slot >> 16) - SURE_RARITY > 65535 - 2 * SURE_RARITY;
}

/** Code one bit by a slot that is sure. */
// @ts-ignore: decorator
@inline
export function codeSureBit<Direction>(bit: u32, address: usize, slot: u32, limit: u32): u32 {
  const coded = codeBit<Direction>(bit, min<u32>(65535, max<u32>(1, slot >> 16)));
  adaptSlot(address, slot, coded, limit);
  return coded;
}

/** Code one bit by the mixed opinion of three slots. */
// @ts-ignore: decorator
@inline
export function codeByThree<Direction>(bit: u32, set: usize, limit: u32, a0: usize, a1: usize, a2: usize): u32 {
  const s0 = load<u32>(a0);
  const s1 = load<u32>(a1);
  const s2 = load<u32>(a2);
  const logits = i16x8.replace_lane(
    i16x8.replace_lane(i16x8.replace_lane(i16x8.splat(0), 0, stretchSlot(s0)), 1, stretchSlot(s1)),
    2,
    stretchSlot(s2),
  );
  const coded = codeMixed<Direction>(bit, logits, weights + (set << 4));
  adaptSlot(a0, s0, coded, limit);
  adaptSlot(a1, s1, coded, limit);
  adaptSlot(a2, s2, coded, limit);
  return coded;
}

/** Code one bit by logits under weights, and train these. */
// @ts-ignore: decorator
@inline
function codeMixed<Direction>(bit: u32, logits: v128, own: usize): u32 {
  const probability = squash(mixLogits(logits, own));
  const coded = codeBit<Direction>(bit, probability);
  trainWeights(logits, own, coded, probability, 2);
  return coded;
}

/** Code one bit by the mixed opinion of eight slots. */
export function codeByEight<Direction>(
  bit: u32,
  set: usize,
  limit: u32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  a5: usize,
  a6: usize,
  a7: usize,
): u32 {
  const s0 = load<u32>(a0);
  const s1 = load<u32>(a1);
  const s2 = load<u32>(a2);
  const s3 = load<u32>(a3);
  const s4 = load<u32>(a4);
  const s5 = load<u32>(a5);
  const s6 = load<u32>(a6);
  const s7 = load<u32>(a7);
  let logits = i16x8.splat(stretchSlot(s0));
  logits = i16x8.replace_lane(logits, 1, stretchSlot(s1));
  logits = i16x8.replace_lane(logits, 2, stretchSlot(s2));
  logits = i16x8.replace_lane(logits, 3, stretchSlot(s3));
  logits = i16x8.replace_lane(logits, 4, stretchSlot(s4));
  logits = i16x8.replace_lane(logits, 5, stretchSlot(s5));
  logits = i16x8.replace_lane(logits, 6, stretchSlot(s6));
  logits = i16x8.replace_lane(logits, 7, stretchSlot(s7));
  const coded = codeMixed<Direction>(bit, logits, weights + (set << 4));
  adaptSlot(a0, s0, coded, limit);
  adaptSlot(a1, s1, coded, limit);
  adaptSlot(a2, s2, coded, limit);
  adaptSlot(a3, s3, coded, limit);
  adaptSlot(a4, s4, coded, limit);
  adaptSlot(a5, s5, coded, limit);
  adaptSlot(a6, s6, coded, limit);
  adaptSlot(a7, s7, coded, limit);
  return coded;
}
