/**
 * Symbols of four bits, coded by mixtures of adaptive frequencies. A slot is 16 numbers of 16 bits: number 0 counts
 * how often the slot learned, number i says where symbol i begins below `TOTAL`; symbol 0 begins at 0.
 * @see docs/formats/differences-coding.md#nibbles
 */
import { fillWords } from '../../assembly/mixing';
import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { moveBegins, weightStep, weightSteps } from '../../assembly/nibble-mixing';
import { isEncoding } from './coded-bit';
import { tables } from './mixed-bit';

const SLOT_BYTES: usize = 32;
const COUNT_MAX: u32 = 255;
/** After this many symbols a slot stops slowing down. */
const DIVISOR_MAX: u32 = 28;

const targets = memory.data(16 * 32, 16);
const rates = memory.data(256 * 4, 16);
/** Begins of a mixture, and of the first two slots mixed, each 16 and the total. */
const mixed = memory.data(64, 16);
const pair = memory.data(64, 16);
/** The begins of the second slot less those of the first, and of the third less the pair's; the 17th are 0. */
const lead2 = memory.data(64, 16);
const lead3 = memory.data(64, 16);

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
    store<u16>(rates + (count << 2), <u16>classOf(count), 2);
  }
  store<u16>(mixed, <u16>TOTAL, 32);
  store<u16>(pair, <u16>TOTAL, 32);
}

/** 16 classes of counts, finer for small ones. */
function classOf(count: u32): u32 {
  if (count < 4) return count;
  const log = 31 - clz(count);
  return min<u32>(15, (log << 1) + ((count >> (log - 1)) & 1));
}

/** How fast a slot learns, and in the upper 16 bits how well it knows its symbols, 0 to 15. */
// @ts-ignore: decorator
@inline
function rateOf(slot: usize): u32 {
  return load<u32>(rates + (<usize>load<u16>(slot) << 2));
}

const HASHED_TABLES: usize = 7;
const HASHED_BITS: u32 = 14;
const HASHED_BYTES: usize = SLOT_BYTES << 14;
/** Slots that are found without a hash. */
const PLAIN_SLOTS: usize = 272;
/** Only one way is under way at a time: its slots lie where those of the other ways do. */
const plainSlots: usize = tables + HASHED_TABLES * HASHED_BYTES;

/** Sets of 256 weights for two slots, then sets of twice 256 for three; 4 bytes each. */
const TWO_SETS: usize = 3;
const SET_BYTES: usize = 4 * 256;
const WEIGHTS_BYTES: usize = 11 * 4 * 256;
const weights = memory.data(11 * 4 * 256, 16);
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

/** The slot of a context in one of seven tables. */
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

// @ts-ignore: decorator
@inline
export function twoWeights(set: usize): usize {
  return weights + set * SET_BYTES;
}

// @ts-ignore: decorator
@inline
export function threeWeights(set: usize): usize {
  return weights + (TWO_SETS + 2 * set) * SET_BYTES;
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
function learn(slot: usize, low: v128, high: v128, toLow: v128, toHigh: v128, rate: u32): void {
  const count = <u32>load<u16>(slot);
  const share = i16x8.splat(<i16>rate);
  v128.store(slot, i16x8.replace_lane(moveBegins(low, toLow, share), 0, <i16>(count + <u32>(count < COUNT_MAX))));
  v128.store(slot, moveBegins(high, toHigh, share), 16);
}

/** Find the symbol among the boundaries, or list it. */
// @ts-ignore: decorator
@inline
function codeSymbol<Direction>(symbol: u32, low: v128, high: v128): u32 {
  v128.store(mixed, low);
  v128.store(mixed, high, 16);
  if (isEncoding<Direction>()) {
    const from = <u32>load<u16>(mixed + (symbol << 1));
    list(from, <u32>load<u16>(mixed + (symbol << 1), 2) - from);
    return symbol;
  }
  const number = i16x8.splat(<i16>peek());
  const reached = i8x16.narrow_i16x8_s(i16x8.ge_s(number, low), i16x8.ge_s(number, high));
  const found = popcnt(i8x16.bitmask(reached)) - 1;
  const from = <u32>load<u16>(mixed + (found << 1));
  consume(from, <u32>load<u16>(mixed + (found << 1), 2) - from);
  return found;
}

/** Code a symbol by one slot, which learns it. */
export function codeByOne<Direction>(symbol: u32, slot: usize): u32 {
  const low = v128.load(slot);
  const high = v128.load(slot, 16);
  const coded = codeSymbol<Direction>(symbol, i16x8.replace_lane(low, 0, 0), high);
  learn(slot, low, high, lowTarget(coded), highTarget(coded), rateOf(slot));
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
const WEIGHT_RATE: f32 = 500;

/** The width of the symbol that was coded last, in the mixture. */
// @ts-ignore: decorator
@inline
function widthOf(symbol: u32): u32 {
  return <u32>load<u16>(mixed + (symbol << 1), 2) - <u32>load<u16>(mixed + (symbol << 1));
}

// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, step: i32): void {
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}

/** Code a symbol by two slots. @param weights 256 weights of the second slot, by how well both know. */
export function codeByTwo<Direction>(symbol: u32, slot1: usize, slot2: usize, weights: usize): u32 {
  const mask = i16x8(0, -1, -1, -1, -1, -1, -1, -1);
  const rate1 = rateOf(slot1);
  const rate2 = rateOf(slot2);
  const weight = weights + ((((rate1 >> 16) << 4) | (rate2 >> 16)) << 2);
  const w = v128.load16_splat(weight);
  const low1 = v128.and(v128.load(slot1), mask);
  const low2 = v128.and(v128.load(slot2), mask);
  const high1 = v128.load(slot1, 16);
  const high2 = v128.load(slot2, 16);
  v128.store(lead2, i16x8.sub(low2, low1));
  v128.store(lead2, i16x8.sub(high2, high1), 16);
  const coded = codeSymbol<Direction>(symbol, moveBegins(low1, low2, w), moveBegins(high1, high2, w));
  moveWeight(weight, weightStep(lead2 + (coded << 1), widthOf(coded), WEIGHT_RATE));
  const toLow = lowTarget(coded);
  const toHigh = highTarget(coded);
  learn(slot1, low1, high1, toLow, toHigh, rate1);
  learn(slot2, low2, high2, toLow, toHigh, rate2);
  return coded;
}

/** Code a symbol by three slots. @param weights Twice 256: of the second against the first, of the third against both. */
export function codeByThree<Direction>(symbol: u32, slot1: usize, slot2: usize, slot3: usize, weights: usize): u32 {
  const mask = i16x8(0, -1, -1, -1, -1, -1, -1, -1);
  const rate1 = rateOf(slot1);
  const rate2 = rateOf(slot2);
  const rate3 = rateOf(slot3);
  const weight2 = weights + ((((rate1 >> 16) << 4) | (rate2 >> 16)) << 2);
  const weight3 = weights + 1024 + ((((rate3 >> 16) << 4) | (rate2 >> 16)) << 2);
  const w2 = v128.load16_splat(weight2);
  const w3 = v128.load16_splat(weight3);
  const low1 = v128.and(v128.load(slot1), mask);
  const low2 = v128.and(v128.load(slot2), mask);
  const low3 = v128.and(v128.load(slot3), mask);
  const high1 = v128.load(slot1, 16);
  const high2 = v128.load(slot2, 16);
  const high3 = v128.load(slot3, 16);
  const pairLow = moveBegins(low1, low2, w2);
  const pairHigh = moveBegins(high1, high2, w2);
  v128.store(lead2, i16x8.sub(low2, low1));
  v128.store(lead2, i16x8.sub(high2, high1), 16);
  v128.store(lead3, i16x8.sub(low3, pairLow));
  v128.store(lead3, i16x8.sub(high3, pairHigh), 16);
  v128.store(pair, pairLow);
  v128.store(pair, pairHigh, 16);
  const coded = codeSymbol<Direction>(symbol, moveBegins(pairLow, low3, w3), moveBegins(pairHigh, high3, w3));
  const place = coded << 1;
  const steps = weightSteps(lead2 + place, lead3 + place, pair + place, widthOf(coded), WEIGHT_RATE);
  moveWeight(weight2, i32x4.extract_lane(steps, 0));
  moveWeight(weight3, i32x4.extract_lane(steps, 1));
  const toLow = lowTarget(coded);
  const toHigh = highTarget(coded);
  learn(slot1, low1, high1, toLow, toHigh, rate1);
  learn(slot2, low2, high2, toLow, toHigh, rate2);
  learn(slot3, low3, high3, toLow, toHigh, rate3);
  return coded;
}
