/**
 * Symbols of four bits, coded by means of adaptive frequencies. A slot is 16 numbers of 16 bits: number 0 counts how often
 * the slot learned; number i says where symbol i begins below `TOTAL`; symbol 0 begins at 0.
 * @see docs/formats/differences-coding.md#nibbles
 */
import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { moveBegins } from '../../assembly/nibble-mixing';
import { isEncoding } from '../../assembly/direction';
import { tables } from './mixed-bit';

const SLOT_BYTES: usize = 32;
/** A slot that has learned this often has reached its last rate. */
const COUNT_MAX: u32 = 27;
/** After this many symbols a slot stops slowing down. */
const DIVISOR_MAX: u32 = 28;

const targets = memory.data(16 * 32, 16);
const rates = memory.data(28 * 2, 16);
/** Begins of a mean, 16 and the total. */
const mean = memory.data(64, 16);

/** Fill the tables; once per instance. */
export function prepareNibbles(): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) {
    for (let i: u32 = 0; i < 16; i++) {
      store<u16>(targets + ((symbol << 5) | (i << 1)), <u16>(i <= symbol ? i : TOTAL - 16 + i));
    }
  }
  for (let count: u32 = 0; count <= COUNT_MAX; count++) {
    store<u16>(rates + (count << 1), <u16>(327680 / min<u32>(10 * count + 16, 10 * DIVISOR_MAX)));
  }
  store<u16>(mean, <u16>TOTAL, 32);
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
  const low = i16x8(0, 2048, 4096, 6144, 8192, 10240, 12288, 14336);
  const high = i16x8(16384, 18432, 20480, 22528, 24576, 26624, 28672, 30720);
  const end = plainSlots + PLAIN_SLOTS * SLOT_BYTES;
  for (let at: usize = tables; at < end; at += SLOT_BYTES) {
    v128.store(at, low);
    v128.store(at, high, 16);
  }
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

/** @param low What the slot holds, and @param high the second half. */
// @ts-ignore: decorator
@inline
function learn(slot: usize, low: v128, high: v128, toLow: v128, toHigh: v128): void {
  const count = <u32>i16x8.extract_lane_u(low, 0);
  const share = v128.load16_splat(rates + (<usize>count << 1));
  v128.store(slot, i16x8.replace_lane(moveBegins(low, toLow, share), 0, <i16>min<u32>(count + 1, COUNT_MAX)));
  v128.store(slot, moveBegins(high, toHigh, share), 16);
}

/** Find the symbol among the begins, of which number 0 need not be right, or list it. */
// @ts-ignore: decorator
@inline
function codeSymbol<Direction>(symbol: u32, low: v128, high: v128): u32 {
  v128.store(mean, low);
  v128.store(mean, high, 16);
  store<u16>(mean, 0);
  if (isEncoding<Direction>()) {
    const from = <u32>load<u16>(mean + (symbol << 1));
    list(from, <u32>load<u16>(mean + (symbol << 1), 2) - from);
    return symbol;
  }
  const number = i16x8.splat(<i16>peek());
  const beyond = i8x16.narrow_i16x8_s(i16x8.gt_s(low, number), i16x8.gt_s(high, number));
  const found = 15 - popcnt(i8x16.bitmask(beyond) & 0xfffe);
  const from = <u32>load<u16>(mean + (found << 1));
  consume(from, <u32>load<u16>(mean + (found << 1), 2) - from);
  return found;
}

/** Code a symbol by one slot, which learns it. */
export function codeByOne<Direction>(symbol: u32, slot: usize): u32 {
  const low = v128.load(slot);
  const high = v128.load(slot, 16);
  const coded = codeSymbol<Direction>(symbol, low, high);
  learn(slot, low, high, lowTarget(coded), highTarget(coded));
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
  learn(slot1, low1, high1, toLow, toHigh);
  learn(slot2, low2, high2, toLow, toHigh);
  return coded;
}
