/**
 * Symbols of four bits, coded by mixtures of adaptive frequencies. A slot is 16 numbers of 16 bits: number 0 counts
 * how often the slot learned, and in its upper half how well it knows its symbols; number i says where symbol i begins
 * below `TOTAL`; symbol 0 begins at 0.
 * @see docs/formats/differences-coding.md#nibbles
 */
import { fillWords } from '../../assembly/mixing';
import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { moveBegins, weightStep } from '../../assembly/nibble-mixing';
import { isEncoding } from './coded-bit';
import { tables } from './mixed-bit';

const SLOT_BYTES: usize = 32;
const COUNT_MAX: u32 = 255;
/** After this many symbols a slot stops slowing down. */
const DIVISOR_MAX: u32 = 28;

const targets = memory.data(16 * 32, 16);
const rates = memory.data(256 * 4, 16);
/** Begins of a mixture, 16 and the total. */
const mixed = memory.data(64, 16);
/** The begins of the second slot less those of the first; the 17th is 0. */
const lead = memory.data(64, 16);

/** Fill the tables; once per instance. */
export function prepareNibbles(): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) {
    for (let i: u32 = 0; i < 16; i++) {
      store<u16>(targets + ((symbol << 5) | (i << 1)), <u16>(i <= symbol ? i : TOTAL - 16 + i));
    }
  }
  for (let count: u32 = 0; count <= COUNT_MAX; count++) {
    const divisor = min<u32>(10 * count + 16, 10 * DIVISOR_MAX);
    store<u16>(rates + (count << 2), <u16>(327680 / divisor));
    const next = min<u32>(COUNT_MAX, count + 1);
    store<u16>(rates + (count << 2), <u16>(next | (classOf(next) << 8)), 2);
  }
  store<u16>(mixed, <u16>TOTAL, 32);
}

/** 16 classes of counts, finer for small ones. */
function classOf(count: u32): u32 {
  if (count < 4) return count;
  const log = 31 - clz(count);
  return min<u32>(15, (log << 1) + ((count >> (log - 1)) & 1));
}

/** How often a slot learned, up to `COUNT_MAX`, and in the upper 8 bits how well it knows its symbols, 0 to 15. */
// @ts-ignore: decorator
@inline
function countOf(slot: usize): u32 {
  return load<u16>(slot);
}

/** Larger ones would cost more to wait for than they save. */
const HASHED_TABLES: usize = 6;
const HASHED_BITS: u32 = 12;
const HASHED_BYTES: usize = SLOT_BYTES << 12;
/** Slots that are found without a hash. */
const PLAIN_SLOTS: usize = 272;
/** Only one way is under way at a time: its slots lie where those of the other ways do. */
const plainSlots: usize = tables + HASHED_TABLES * HASHED_BYTES;

/** Sets of 256 weights of 4 bytes. */
const SET_BYTES: usize = 4 * 256;
const WEIGHTS_BYTES: usize = 7 * 4 * 256;
const weights = memory.data(7 * 4 * 256, 16);
const WEIGHT_FIRST: u32 = 16384;

/** Forget everything. */
export function resetNibbles(): void {
  const low = i16x8(0, 2048, 4096, 6144, 8192, 10240, 12288, 14336);
  const high = i16x8(16384, 18432, 20480, 22528, 24576, 26624, 28672, 30720);
  const end = plainSlots + PLAIN_SLOTS * SLOT_BYTES;
  for (let at: usize = tables; at < end; at += SLOT_BYTES) {
    v128.store(at, low);
    v128.store(at, high, 16);
  }
  fillWords(weights, WEIGHTS_BYTES, WEIGHT_FIRST);
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

/** One of seven sets of weights. */
// @ts-ignore: decorator
@inline
export function weightsOf(set: usize): usize {
  return weights + set * SET_BYTES;
}

// @ts-ignore: decorator
@inline
function lowTarget(symbol: u32): v128 {
  return v128.load(targets + (symbol << 5));
}

// @ts-ignore: decorator
@inline
function highTarget(symbol: u32): v128 {
  return v128.load(targets + (symbol << 5), 16);
}

/** @param low What the slot holds, and @param high the second half; number 0 need not be right. */
// @ts-ignore: decorator
@inline
function learn(slot: usize, low: v128, high: v128, toLow: v128, toHigh: v128, count: u32): void {
  const rate = rates + (<usize>(count & COUNT_MAX) << 2);
  const share = v128.load16_splat(rate);
  v128.store(slot, i16x8.replace_lane(moveBegins(low, toLow, share), 0, load<i16>(rate, 2)));
  v128.store(slot, moveBegins(high, toHigh, share), 16);
}

/** Find the symbol among the begins, of which number 0 need not be right, or list it. */
// @ts-ignore: decorator
@inline
function codeSymbol<Direction>(symbol: u32, low: v128, high: v128): u32 {
  v128.store(mixed, low);
  v128.store(mixed, high, 16);
  store<u16>(mixed, 0);
  if (isEncoding<Direction>()) {
    const from = <u32>load<u16>(mixed + (symbol << 1));
    list(from, <u32>load<u16>(mixed + (symbol << 1), 2) - from);
    return symbol;
  }
  const number = i16x8.splat(<i16>peek());
  const beyond = i8x16.narrow_i16x8_s(i16x8.gt_s(low, number), i16x8.gt_s(high, number));
  const found = ctz((i8x16.bitmask(beyond) & 0xfffe) | 0x10000) - 1;
  const from = <u32>load<u16>(mixed + (found << 1));
  consume(from, <u32>load<u16>(mixed + (found << 1), 2) - from);
  return found;
}

/** Code a symbol by one slot, which learns it. */
export function codeByOne<Direction>(symbol: u32, slot: usize): u32 {
  const low = v128.load(slot);
  const high = v128.load(slot, 16);
  const coded = codeSymbol<Direction>(symbol, low, high);
  learn(slot, low, high, lowTarget(coded), highTarget(coded), countOf(slot));
  return coded;
}

/** Code a symbol of which nothing is known. */
export function codeUnknown<Direction>(symbol: u32): u32 {
  if (isEncoding<Direction>()) {
    list(symbol << 11, 2048);
    return symbol;
  }
  const found = peek() >> 11;
  consume(found << 11, 2048);
  return found;
}

const WEIGHT_MIN: i32 = 512;
const WEIGHT_MAX: i32 = 32767 - 512;
/** How fast weights learn, in bits. */
const WEIGHT_RATE: i32 = 10;

/** Code a symbol by two slots. @param weights 256 weights of the second slot, by how well both know. */
export function codeByTwo<Direction>(symbol: u32, slot1: usize, slot2: usize, weights: usize): u32 {
  const count1 = countOf(slot1);
  const count2 = countOf(slot2);
  const weight = weights + ((((count1 >> 8) << 4) | (count2 >> 8)) << 2);
  const w = v128.load16_splat(weight);
  const low1 = v128.load(slot1);
  const low2 = v128.load(slot2);
  const high1 = v128.load(slot1, 16);
  const high2 = v128.load(slot2, 16);
  v128.store(lead, i16x8.sub(low2, low1));
  v128.store(lead, i16x8.sub(high2, high1), 16);
  store<u16>(lead, 0);
  const coded = codeSymbol<Direction>(symbol, moveBegins(low1, low2, w), moveBegins(high1, high2, w));
  moveWeight(weight, weightStep(mixed + (coded << 1), lead + (coded << 1), WEIGHT_RATE));
  const toLow = lowTarget(coded);
  const toHigh = highTarget(coded);
  learn(slot1, low1, high1, toLow, toHigh, count1);
  learn(slot2, low2, high2, toLow, toHigh, count2);
  return coded;
}

/** Move a weight by a step, within its bounds. */
// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, step: i32): void {
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}
