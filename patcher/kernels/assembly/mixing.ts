/**
 * Adaptive probabilities and their logistic mixing, in integers, shared by the kernels that model streams.
 * Logits are fixed-point numbers in units of 1/192, within ±2047; probabilities have 16 bits and mean "the bit is 1".
 * A slot is 32 bits: the probability in the upper 22, how often it was adapted in the lower 10.
 * A mixer's weights are eight 16-bit numbers, 16384 meaning 1.
 * @see docs/formats/differences-coding.md#arithmetic
 */

const LOGITS = 4096;
const squashTable = memory.data(LOGITS * 2);
const stretchTable = memory.data(4096 * 2);
const rateTable = memory.data(1024 * 4);

/** A slot that knows nothing: probability one half, never adapted. */
export const NEW_SLOT: u32 = 0x80000000;

/** Fill the tables; once per instance. */
export function prepareMixing(): void {
  // exp(-k / 192) as a 32-bit fraction, by repeated multiplication, so that every implementation gets the same.
  let power: u64 = 1 << 32;
  for (let k: usize = 0; k < 2048; k++) {
    const probability = <u32>((<u64>65536 << 32) / ((<u64>1 << 32) + power));
    store<u16>(squashTable + ((2048 + k) << 1), <u16>min<u32>(probability, 65535));
    store<u16>(squashTable + ((2048 - k) << 1), <u16>max<u32>(65536 - probability, 1));
    power = (power * 4272655828 + 0x80000000) >> 32;
  }
  store<u16>(squashTable, 1);
  let logit: i32 = -2047;
  for (let i: u32 = 0; i < 4096; i++) {
    while (logit < 2047 && squash(logit) < i * 16 + 8) logit++;
    store<i16>(stretchTable + (i << 1), <i16>logit);
  }
  for (let count: u32 = 0; count < 1024; count++) {
    store<u32>(rateTable + (count << 2), 131072 / (2 * count + 3));
  }
}

/** The probability of a logit within ±2047. */
// @ts-ignore: decorator
@inline
export function squash(logit: i32): u32 {
  return load<u16>(squashTable + ((<u32>(logit + 2048)) << 1));
}

/** The logit of a 16-bit probability. */
// @ts-ignore: decorator
@inline
export function stretch(probability: u32): i32 {
  return load<i16>(stretchTable + ((probability >> 4) << 1));
}

/** The logit of a slot. */
// @ts-ignore: decorator
@inline
export function stretchSlot(slot: u32): i16 {
  return load<i16>(stretchTable + ((slot >> 20) << 1));
}

/** Move a slot towards the bit seen, by 1 / (count + 1.5); the count stops at the limit, at most 1023. */
// @ts-ignore: decorator
@inline
export function adaptSlot(address: usize, slot: u32, bit: u32, limit: u32): void {
  const count = slot & 1023;
  const probability = <i64>(slot ^ count);
  const target: i64 = bit ? 0xfffffc00 : 0;
  const moved = probability + (((target - probability) * <i64>load<u32>(rateTable + (count << 2))) >> 16);
  store<u32>(address, ((<u32>moved) & 0xfffffc00) | (count + u32(count < limit)));
}

/** The logit that eight logits under eight weights make. */
// @ts-ignore: decorator
@inline
export function mixLogits(logits: v128, weights: usize): i32 {
  const pairs = i32x4.dot_i16x8_s(logits, v128.load(weights));
  const halves = i32x4.add(pairs, i8x16.shuffle(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const sum = (i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1)) >> 14;
  return max<i32>(-2047, min<i32>(2047, sum));
}

/**
 * Move the weights towards what would have been right.
 * @param probability What the mixer said, 16 bits.
 * @param rate By how many bits the error is lessened: 1 learns quickest.
 */
// @ts-ignore: decorator
@inline
export function trainWeights(logits: v128, weights: usize, bit: u32, probability: u32, rate: u32): void {
  const error = i16x8.splat(<i16>((<i32>(bit << 16) - <i32>probability) >> rate));
  v128.store(weights, i16x8.add_sat_s(v128.load(weights), i16x8.q15mulr_sat_s(logits, error)));
}

/** Fill slots, or eight-byte groups of weights, with one 32-bit pattern. */
export function fillWords(address: usize, length: usize, word: u32): void {
  const pattern = i32x4.splat(word);
  const end = address + length;
  for (let at = address; at < end; at += 16) v128.store(at, pattern);
}
