import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { moveBegins } from '../../assembly/nibble-mixing';
import { PRICES, RATES, SCRATCH, TARGETS } from './layout';

/**
 * Adaptive frequencies of 16 symbols, a slot of 16 numbers of 16 bits: number 0 counts how often the slot learned; number i
 * says where symbol i begins below `TOTAL`. Symbol 0 begins at 0.
 * @see docs/formats/extra-coding.md#slots
 */
export const SLOT_BYTES: usize = 32;
/** After this many symbols a slot stops slowing down. */
const RATE_LIMIT: u32 = 60;
/** A slot that has learned this often has reached its last rate. */
const COUNT_MAX: u32 = 59;

/** Fill the tables all slots share; once per run. */
export function buildTables(): void {
  for (let symbol: u32 = 0; symbol < 16; symbol++) {
    for (let i: u32 = 0; i < 16; i++) {
      store<u16>(TARGETS + ((symbol << 5) | (i << 1)), <u16>(i <= symbol ? i : TOTAL - 16 + i));
    }
  }
  for (let count: u32 = 0; count <= COUNT_MAX; count++) {
    store<u16>(RATES + (count << 1), <u16>(327680 / min<u32>(10 * count + 16, 10 * RATE_LIMIT)));
  }
  store<u16>(SCRATCH, <u16>TOTAL, 32);
}

export function resetSlots(begin: usize, end: usize): void {
  const low = i16x8(0, 2048, 4096, 6144, 8192, 10240, 12288, 14336);
  const high = i16x8(16384, 18432, 20480, 22528, 24576, 26624, 28672, 30720);
  for (let at = begin; at < end; at += SLOT_BYTES) {
    v128.store(at, low);
    v128.store(at, high, 16);
  }
}

/** Prices of frequencies, for the encoder. */
export function buildPrices(): void {
  for (let i = 0; i < 4096; i++) {
    const bits = -Math.log2((<f64>i * 8.0 + 4.0) / <f64>TOTAL);
    store<u16>(PRICES + (i << 1), <u16>(bits * 64.0));
  }
}

/** In 1/64 bit. */
// @ts-ignore: decorator
@inline
export function priceOf(frequency: u32): u32 {
  return <u32>load<u16>(PRICES + ((frequency >> 3) << 1));
}

/**
 * Let a slot learn a symbol.
 * @param low What it holds, and @param high the second half.
 */
// @ts-ignore: decorator
@inline
export function learnHalves(slot: usize, low: v128, high: v128, lowTarget: v128, highTarget: v128): void {
  const count = <u32>i16x8.extract_lane_u(low, 0);
  const share = v128.load16_splat(RATES + (<usize>count << 1));
  v128.store(slot, i16x8.replace_lane(moveBegins(low, lowTarget, share), 0, <i16>min<u32>(count + 1, COUNT_MAX)));
  v128.store(slot, moveBegins(high, highTarget, share), 16);
}

// @ts-ignore: decorator
@inline
function learn(slot: usize, symbol: u32): void {
  const target = TARGETS + <usize>(symbol << 5);
  learnHalves(slot, v128.load(slot), v128.load(slot, 16), v128.load(target), v128.load(target, 16));
}

/** Which symbol a number below `TOTAL` belongs to; number 0 of `low` need not be right. */
// @ts-ignore: decorator
@inline
export function findSymbol(low: v128, high: v128, number: u32): u32 {
  const splat = i16x8.splat(<i16>number);
  const beyond = i8x16.narrow_i16x8_s(i16x8.gt_s(low, splat), i16x8.gt_s(high, splat));
  return 15 - popcnt(i8x16.bitmask(beyond) & 0xfffe);
}

/** Decode a symbol of one slot, which learns it. */
export function decodeNibble(slot: usize): u32 {
  const low = i16x8.replace_lane(v128.load(slot), 0, 0);
  const high = v128.load(slot, 16);
  v128.store(SCRATCH, low);
  v128.store(SCRATCH, high, 16);
  const symbol = findSymbol(low, high, peek());
  const from = <u32>load<u16>(SCRATCH + (symbol << 1));
  consume(from, <u32>load<u16>(SCRATCH + (symbol << 1), 2) - from);
  learn(slot, symbol);
  return symbol;
}

export function encodeNibble(slot: usize, symbol: u32): void {
  const from = beginOf(slot, symbol);
  list(from, beginOf(slot, symbol + 1) - from);
  learn(slot, symbol);
}

// @ts-ignore: decorator
@inline
function beginOf(slot: usize, symbol: u32): u32 {
  return symbol === 0 ? 0 : symbol === 16 ? TOTAL : <u32>load<u16>(slot + (symbol << 1));
}

export function priceNibble(slot: usize, symbol: u32): u32 {
  return priceOf(beginOf(slot, symbol + 1) - beginOf(slot, symbol));
}
