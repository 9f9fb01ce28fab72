/**
 * Adaptive probabilities, one 32-bit word each: the upper 22 bits estimate how probable a 1 is, the lower 10 count
 * the decisions seen. Each decision moves the estimate by 1 / (count + 1.5) of its error, so that the first few count
 * most, and by no less than 1 / `limit`, so that it never stops following.
 * @see docs/formats/patch.md#adaptive-bits
 */
import { decodeBit, encodeBit } from './binary-coder';

const COUNT_MASK: u32 = 0x3ff;
/** A half, nothing seen. */
const UNKNOWN: u32 = 0x80000000;
/** 65536 / (count + 1.5) for every count. */
const STEPS = memory.data(4 * 1024);

/** Must run once before anything else here. */
export function prepareAdaptiveBits(): void {
  for (let count = 0; count < 1024; count++) {
    store<u32>(STEPS + (<usize>count << 2), <u32>(131072 / (2 * count + 3)));
  }
}

export function resetAdaptiveBits(address: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(address + (<usize>i << 2), UNKNOWN);
}

// @ts-ignore: decorator
@inline
export function encodeAdaptive(address: usize, bit: u32, limit: u32): void {
  const word = load<u32>(address);
  encodeBit(bit, toProbability(word));
  learn(address, word, bit, limit);
}

// @ts-ignore: decorator
@inline
export function decodeAdaptive(address: usize, limit: u32): u32 {
  const word = load<u32>(address);
  const bit = decodeBit(toProbability(word));
  learn(address, word, bit, limit);
  return bit;
}

/** 1 to 65535. */
// @ts-ignore: decorator
@inline
function toProbability(word: u32): u32 {
  const probability = word >> 16;
  return probability + <u32>(probability === 0);
}

// @ts-ignore: decorator
@inline
function learn(address: usize, word: u32, bit: u32, limit: u32): void {
  const count = word & COUNT_MASK;
  const estimate = <i32>(word >> 10);
  const error = (<i32>bit << 22) - <i32>bit - estimate;
  const step = <i32>load<u32>(STEPS + (<usize>count << 2));
  const moved = estimate + <i32>((<i64>error * <i64>step) >> 16);
  store<u32>(address, (<u32>moved << 10) | (count + <u32>(count < limit)));
}
