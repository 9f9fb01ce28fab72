/**
 * Symbols of four bits, each coded by adaptive frequencies that a slot holds: 16 numbers of 16 bits, of which number 0 counts
 * how often the slot learned and number i says where symbol i begins below `TOTAL`; symbol 0 begins at 0.
 * @see docs/formats/extra-coding.md#slots
 */
import { consume, list, peek, PROBABILITY_BITS, TOTAL } from './ans';
import { isEncoding } from './direction';
import { moveBegins } from './nibble-mixing';

export const SLOT_BYTES: usize = 32;
/** A slot that has learned this often has reached its last rate. */
const COUNT_MAX: u32 = 59;

const targets = memory.data(16 * 32, 16);
const rates = memory.data(60 * 2, 16);
/** Begins of the slot's symbols that is being used, 16 and the total. */
const begins = memory.data(64, 16);

/** Must run once before anything else here. */
export function prepareNibbleSlots(): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) {
    for (let i: u32 = 0; i < 16; i++) {
      store<u16>(targets + ((symbol << 5) | (i << 1)), <u16>(i <= symbol ? i : TOTAL - 16 + i));
    }
  }
  for (let count: u32 = 0; count <= COUNT_MAX; count++) {
    store<u16>(rates + (count << 1), <u16>(327680 / min<u32>(10 * count + 16, 600)));
  }
  store<u16>(begins, <u16>TOTAL, 32);
}

export function resetNibbleSlots(begin: usize, end: usize): void {
  const low = i16x8(0, 2048, 4096, 6144, 8192, 10240, 12288, 14336);
  const high = i16x8(16384, 18432, 20480, 22528, 24576, 26624, 28672, 30720);
  for (let at = begin; at < end; at += SLOT_BYTES) {
    v128.store(at, low);
    v128.store(at, high, 16);
  }
}

/** Code a symbol by a slot, which learns it. @param symbol What to list, when encoding. */
export function codeNibble<Direction>(slot: usize, symbol: u32): u32 {
  const low = v128.load(slot);
  const high = v128.load(slot, 16);
  v128.store(begins, low);
  v128.store(begins, high, 16);
  store<u16>(begins, 0);
  if (!isEncoding<Direction>()) symbol = findSymbol(low, high, peek());
  const from = <u32>load<u16>(begins + (symbol << 1));
  const frequency = <u32>load<u16>(begins + (symbol << 1), 2) - from;
  if (isEncoding<Direction>()) list(from, frequency);
  else consume(from, frequency);
  const count = <u32>i16x8.extract_lane_u(low, 0);
  const share = v128.load16_splat(rates + (<usize>count << 1));
  const target = targets + (<usize>symbol << 5);
  const counted = <i16>min<u32>(count + 1, COUNT_MAX);
  v128.store(slot, i16x8.replace_lane(moveBegins(low, v128.load(target), share), 0, counted));
  v128.store(slot, moveBegins(high, v128.load(target, 16), share), 16);
  return symbol;
}

/** Which symbol a number below `TOTAL` belongs to; number 0 of `low` need not be right. */
// @ts-ignore: decorator
@inline
function findSymbol(low: v128, high: v128, number: u32): u32 {
  const splat = i16x8.splat(<i16>number);
  const beyond = i8x16.narrow_i16x8_s(i16x8.gt_s(low, splat), i16x8.gt_s(high, splat));
  return 15 - popcnt(i8x16.bitmask(beyond) & 0xfffe);
}

/** Code a number of up to `PROBABILITY_BITS` bits of which nothing is known. */
// @ts-ignore: decorator
@inline
export function codeUnknown<Direction>(value: u32, bits: u32): u32 {
  const shift = PROBABILITY_BITS - bits;
  if (!isEncoding<Direction>()) value = peek() >> shift;
  if (isEncoding<Direction>()) list(value << shift, 1 << shift);
  else consume(value << shift, 1 << shift);
  return value;
}
