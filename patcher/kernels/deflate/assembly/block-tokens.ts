/** Counts and writes the symbols of a block's tokens. */
import { writeBits } from './bit-writer';
import {
  DISTANCE_SYMBOLS,
  distanceBase,
  distanceExtraBits,
  distanceSymbol,
  END_OF_BLOCK,
  LITERAL_SYMBOLS,
  lengthBase,
  lengthExtraBits,
  lengthSymbol,
} from './symbols';
import { tokenAt } from './tokens';

export const literalFrequencies: usize = memory.data(4 * 288);
export const distanceFrequencies: usize = memory.data(4 * 32);

// @ts-ignore: decorator
@inline
function count(frequencies: usize, symbol: u32): void {
  const at = frequencies + (<usize>symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** @param from The block's bytes. */
export function countTokens(from: usize, tokens: u32): void {
  memory.fill(literalFrequencies, 0, 4 * 288);
  memory.fill(distanceFrequencies, 0, 4 * 32);
  store<u32>(literalFrequencies + 4 * END_OF_BLOCK, 1);
  let at = from;
  for (let i: u32 = 0; i < tokens; i++) {
    const token = tokenAt(i);
    const length = token >> 16;
    if (length === 1) {
      count(literalFrequencies, load<u8>(at));
    } else {
      count(literalFrequencies, lengthSymbol(length));
      count(distanceFrequencies, distanceSymbol(token & 0xffff));
    }
    at += length;
  }
}

/** Bits of the tokens counted, without a header. @param lengths Of literals, and of distances from 288 on. */
export function bitsOf(lengths: usize): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < LITERAL_SYMBOLS; symbol++) {
    const extra = symbol > END_OF_BLOCK ? lengthExtraBits(symbol) : 0;
    bits += load<u32>(literalFrequencies + (<usize>symbol << 2)) * (<u32>load<u8>(lengths + symbol) + extra);
  }
  for (let symbol: u32 = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
    const extra = distanceExtraBits(symbol);
    bits += load<u32>(distanceFrequencies + (<usize>symbol << 2)) * (<u32>load<u8>(lengths + 288 + symbol) + extra);
  }
  return bits;
}

/** Write tokens and the end of the block. */
export function writeTokens(from: usize, tokens: u32, lengths: usize, literalCodes: usize, distanceCodes: usize): void {
  let at = from;
  for (let i: u32 = 0; i < tokens; i++) {
    const token = tokenAt(i);
    const length = token >> 16;
    if (length === 1) {
      const symbol = <usize>load<u8>(at);
      writeBits(load<u16>(literalCodes + (symbol << 1)), load<u8>(lengths + symbol));
    } else {
      writeMatch(length, token & 0xffff, lengths, literalCodes, distanceCodes);
    }
    at += length;
  }
  writeBits(load<u16>(literalCodes + 2 * END_OF_BLOCK), load<u8>(lengths + END_OF_BLOCK));
}

// @ts-ignore: decorator
@inline
function writeMatch(length: u32, distance: u32, lengths: usize, literalCodes: usize, distanceCodes: usize): void {
  const symbol = lengthSymbol(length);
  writeBits(load<u16>(literalCodes + (<usize>symbol << 1)), load<u8>(lengths + symbol));
  writeBits(length - lengthBase(symbol), lengthExtraBits(symbol));
  const slot = distanceSymbol(distance);
  writeBits(load<u16>(distanceCodes + (<usize>slot << 1)), load<u8>(lengths + 288 + slot));
  writeBits(distance - distanceBase(slot), distanceExtraBits(slot));
}
