/**
 * Symbols of four bits, coded by adaptive frequencies that a slot holds: 16 numbers of 16 bits, of which number 0 counts how
 * often the slot learned and number i says where symbol i begins below `TOTAL`; symbol 0 begins at 0. A slot that has learned
 * `countMax` times, which is each kernel's own, has reached its last rate.
 *
 * Multiplications are relaxed ones, one instruction each on every processor: what these leave open (both factors −2^15) does
 * not come up, so that the results are the same everywhere.
 * @see docs/formats/extra-coding.md#slots
 */
import { consume, list, peek, PROBABILITY_BITS, TOTAL } from './ans';
import { isEncoding } from './direction';

export const SLOT_BYTES: usize = 32;

/** What each symbol draws the begins to, 16 × 16 numbers. */
const targets = memory.data(16 * 32, 16);
/** How fast a slot learns, by how often it has. */
const rates = memory.data(60 * 2, 16);
/** Begins of the symbols that one is chosen of, 16 and the total. */
const begins = memory.data(64, 16);

/** Must run once before anything else here, and again where others wrote to the memory. @param countMax At most 59. */
export function prepareNibbleSlots(countMax: u32): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) {
    for (let i: u32 = 0; i < 16; i++) {
      store<u16>(targets + ((symbol << 5) | (i << 1)), <u16>(i <= symbol ? i : TOTAL - 16 + i));
    }
  }
  for (let count: u32 = 0; count <= countMax; count++) {
    store<u16>(rates + (count << 1), <u16>(327680 / min<u32>(10 * count + 16, 10 * (countMax + 1))));
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

/** Lay begins down, for {@link beginOf} and {@link endOf}; number 0 of `low` need not be right. */
// @ts-ignore: decorator
@inline
export function layBegins(low: v128, high: v128): void {
  v128.store(begins, low);
  v128.store(begins, high, 16);
  store<u16>(begins, 0);
}

/** Where a symbol begins among those laid down. */
// @ts-ignore: decorator
@inline
export function beginOf(symbol: u32): u32 {
  return <u32>load<u16>(begins + (<usize>symbol << 1));
}

// @ts-ignore: decorator
@inline
export function endOf(symbol: u32): u32 {
  return <u32>load<u16>(begins + (<usize>symbol << 1), 2);
}

/** Which symbol a number below `TOTAL` belongs to; number 0 of `low` need not be right. */
// @ts-ignore: decorator
@inline
export function findSymbol(low: v128, high: v128, number: u32): u32 {
  const splat = i16x8.splat(<i16>number);
  const beyond = i8x16.narrow_i16x8_s(i16x8.gt_s(low, splat), i16x8.gt_s(high, splat));
  return 15 - popcnt(i8x16.bitmask(beyond) & 0xfffe);
}

/** Find the symbol among begins, or list it. @param symbol What to list, when encoding. */
// @ts-ignore: decorator
@inline
export function codeSymbol<Direction>(symbol: u32, low: v128, high: v128): u32 {
  layBegins(low, high);
  if (!isEncoding<Direction>()) symbol = findSymbol(low, high, peek());
  const from = beginOf(symbol);
  const frequency = endOf(symbol) - from;
  if (isEncoding<Direction>()) list(from, frequency);
  else consume(from, frequency);
  return symbol;
}

// @ts-ignore: decorator
@inline
export function lowTarget(symbol: u32): v128 {
  return v128.load(targets + (<usize>symbol << 5));
}

// @ts-ignore: decorator
@inline
export function highTarget(symbol: u32): v128 {
  return v128.load(targets + (<usize>symbol << 5), 16);
}

/** Let a slot learn a symbol, by its targets. @param low What the slot holds, and @param high the second half. */
// @ts-ignore: decorator
@inline
export function learnSymbol(slot: usize, low: v128, high: v128, toLow: v128, toHigh: v128, countMax: u32): void {
  const count = <u32>i16x8.extract_lane_u(low, 0);
  const share = v128.load16_splat(rates + (<usize>count << 1));
  v128.store(slot, i16x8.replace_lane(moveBegins(low, toLow, share), 0, <i16>min<u32>(count + 1, countMax)));
  v128.store(slot, moveBegins(high, toHigh, share), 16);
}

/** Begins moved towards others by a share of 2^15ths, below 2^15. */
// @ts-ignore: decorator
@inline
function moveBegins(from: v128, to: v128, share: v128): v128 {
  return i16x8.add(from, i16x8.relaxed_q15mulr_s(i16x8.sub(to, from), share));
}

/** Code a symbol by one slot, which learns it. */
// @ts-ignore: decorator
@inline
export function codeByOne<Direction>(slot: usize, symbol: u32, countMax: u32): u32 {
  const low = v128.load(slot);
  const high = v128.load(slot, 16);
  const coded = codeSymbol<Direction>(symbol, low, high);
  learnSymbol(slot, low, high, lowTarget(coded), highTarget(coded), countMax);
  return coded;
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
