import { Decoding, Encoding } from '../../assembly/direction';
import { codeByOne } from '../../assembly/nibble-slots';
import { TOTAL } from '../../assembly/ans';
import { PRICES } from './layout';

/**
 * Slots as this kernel uses them, and prices of symbols for its encoder.
 * @see docs/formats/extra-coding.md#slots
 */
/** How often a slot learns until it has reached its last rate. */
export const COUNT_MAX: u32 = 59;

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

/** Decode a symbol of one slot, which learns it. */
export function decodeNibble(slot: usize): u32 {
  return codeByOne<Decoding>(slot, 0, COUNT_MAX);
}

export function encodeNibble(slot: usize, symbol: u32): void {
  codeByOne<Encoding>(slot, symbol, COUNT_MAX);
}

/** A symbol's frequency in a slot. */
// @ts-ignore: decorator
@inline
export function widthOf(slot: usize, symbol: u32): u32 {
  const at = slot + <usize>(symbol << 1);
  const from = symbol === 0 ? 0 : <u32>load<u16>(at);
  return (symbol === 15 ? TOTAL : <u32>load<u16>(at, 2)) - from;
}

export function priceNibble(slot: usize, symbol: u32): u32 {
  return priceOf(widthOf(slot, symbol));
}
