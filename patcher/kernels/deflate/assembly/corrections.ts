/**
 * What the simulated encoder got wrong, as binary decisions. Every decision is phrased so that 1 means "as
 * predicted": when nothing was wrong the coder's number stays 0, and the corrections are empty.
 */
import { beginDecoding, beginEncoding, decodeBit, encodeBit, encodedBytes, endEncoding } from '../../assembly/binary-coder';
import { decodeAdaptive, encodeAdaptive, prepareAdaptiveBits, resetAdaptiveBits } from '../../assembly/adaptive-bit';

/** How many decisions an estimate averages over at most. */
const LIMIT: u32 = 255;
const HALF: u32 = 1 << 15;

/** A number's models: for each depth of its bit length, whether it is longer. */
const NUMBER_MODELS: u32 = 32;

export const TOKEN_FLAGS: u32 = 0;
export const LITERAL_FLAGS: u32 = TOKEN_FLAGS + 64;
export const ALTERNATIVE_FLAGS: u32 = LITERAL_FLAGS + 4;
export const DISTANCE_FLAGS: u32 = ALTERNATIVE_FLAGS + 4;
export const LENGTH_TREE: u32 = DISTANCE_FLAGS + 4;
export const SHORTER_TREE: u32 = LENGTH_TREE + 256;
export const SLOT_TREE: u32 = SHORTER_TREE + 256;
export const BLOCK_FLAGS: u32 = SLOT_TREE + 32;
export const COUNT_NUMBERS: u32 = BLOCK_FLAGS + 8;
export const CODE_LENGTH_FLAGS: u32 = COUNT_NUMBERS + 2 * NUMBER_MODELS;
export const CODE_LENGTH_TREES: u32 = CODE_LENGTH_FLAGS + 16;
export const HEADER_TREES: u32 = CODE_LENGTH_TREES + 16 * 16;
const MODEL_COUNT: u32 = HEADER_TREES + 4 * 32;

const models = memory.data(4 * MODEL_COUNT);

let decoding: bool = false;

export function isDecoding(): bool {
  return decoding;
}

export function beginReading(input: usize, length: usize): void {
  decoding = true;
  prepareAdaptiveBits();
  resetAdaptiveBits(models, MODEL_COUNT);
  beginDecoding(input, length);
}

export function beginWriting(output: usize): void {
  decoding = false;
  prepareAdaptiveBits();
  resetAdaptiveBits(models, MODEL_COUNT);
  beginEncoding(output);
}

export function writtenBytes(): usize {
  return encodedBytes();
}

export function endWriting(): usize {
  return endEncoding();
}

/** @param bit Written when writing, ignored when reading. */
// @ts-ignore: decorator
@inline
export function codeFlag(model: u32, bit: u32): u32 {
  const address = models + (<usize>model << 2);
  if (decoding) return decodeAdaptive(address, LIMIT);
  encodeAdaptive(address, bit, LIMIT);
  return bit;
}

/** A value of `bits` bits, the highest first, each with a model of its own. */
export function codeTree(tree: u32, bits: u32, value: u32): u32 {
  let node: u32 = 1;
  for (let i = <i32>bits - 1; i >= 0; i--) node = (node << 1) | codeFlag(tree + node, (value >> i) & 1);
  return node - (1 << bits);
}

/** Bits with nothing known of them, at most 16. */
export function codePlain(bits: u32, value: u32): u32 {
  let result: u32 = 0;
  for (let i = <i32>bits - 1; i >= 0; i--) {
    const bit = decoding ? decodeBit(HALF) : (value >> i) & 1;
    if (!decoding) encodeBit(bit, HALF);
    result = (result << 1) | bit;
  }
  return result;
}

/** A number below 2^24: its length in bits, one model for each further bit, then the bits. */
export function codeNumber(numbers: u32, value: u32): u32 {
  const wanted = value ? 32 - clz(value) : 0;
  let bits: u32 = 0;
  while (bits < 24 && !codeFlag(numbers + bits, <u32>(bits === wanted))) bits++;
  if (bits < 2) return bits;
  const low = bits - 1;
  const upper = low > 12 ? codePlain(low - 12, (value >> 12) & ((1 << (low - 12)) - 1)) : 0;
  const lower = codePlain(min<u32>(low, 12), value & ((1 << min<u32>(low, 12)) - 1));
  return (1 << low) | (upper << 12) | lower;
}
