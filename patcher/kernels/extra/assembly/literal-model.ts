import { consume, list, peek } from '../../assembly/ans';
import { HASHED_SLOT_BITS, ORDER1, ORDER2, SCRATCH, THIRD, WEIGHTS, WEIGHTS_END } from './layout';
import { confidenceOf, findSymbol, learn, priceOf, SLOT_BYTES } from './nibble-model';
import { stepsAfterCopy } from './token-models';

/**
 * A literal is two nibbles, the high one first. Each is coded by a mixture of three slots: by the byte before, by
 * the two before, and by a context the caller gives.
 * @see docs/formats/extra-coding.md#literals
 */
const WEIGHT_MIN: i32 = 512;
const WEIGHT_MAX: i32 = 32767 - 512;
const WEIGHT_FIRST: i32 = 12000;
/** How fast weights learn. */
const WEIGHT_RATE: f32 = 128;
const MIXED: usize = SCRATCH;
const FIRST: usize = SCRATCH + 64;
const SECOND: usize = SCRATCH + 128;
const THIRD_INPUT: usize = SCRATCH + 192;
const PAIR: usize = SCRATCH + 256;

export function resetWeights(): void {
  for (let at = WEIGHTS; at < WEIGHTS_END; at += 4) store<i32>(at, WEIGHT_FIRST);
}

/** Slots of node 0, the high nibble, and 1–16, the low one after each high one. */
// @ts-ignore: decorator
@inline
function firstSlot(before: u32, node: u32): usize {
  return ORDER1 + <usize>((before >> 24) * 17 + node) * SLOT_BYTES;
}

// @ts-ignore: decorator
@inline
function hashedSlot(table: usize, hash: u32, node: u32): usize {
  return table + (<usize>((hash + node * 0x2545f491) >> (32 - HASHED_SLOT_BITS)) << 5);
}

// @ts-ignore: decorator
@inline
function hash2(before: u32): u32 {
  return (before >> 16) * 0x9e3779b1;
}

// @ts-ignore: decorator
@inline
function hash3(context: u32): u32 {
  return context * 0xc2b2ae35;
}

/** Which weight the second slot has against the first: by nibble and how sure the second is. */
// @ts-ignore: decorator
@inline
function pairWeight(low: u32, slot2: usize): usize {
  return WEIGHTS + <usize>(((low << 4) | confidenceOf(slot2)) << 2);
}

// @ts-ignore: decorator
@inline
function thirdWeight(low: u32, slot2: usize, slot3: usize): usize {
  return WEIGHTS + <usize>((32 + ((low << 8) | (confidenceOf(slot3) << 4) | confidenceOf(slot2))) << 2);
}

/** Mix half of the slots' numbers and leave the inputs, the first pair's mixture and the whole one in the scratch. */
// @ts-ignore: decorator
@inline
function mixHalf(half: usize, one: v128, two: v128, three: v128, weight2: v128, weight3: v128): v128 {
  const pair = i16x8.add(one, i16x8.q15mulr_sat_s(i16x8.sub(two, one), weight2));
  const mixed = i16x8.add(pair, i16x8.q15mulr_sat_s(i16x8.sub(three, pair), weight3));
  v128.store(FIRST + half, one);
  v128.store(SECOND + half, two);
  v128.store(THIRD_INPUT + half, three);
  v128.store(PAIR + half, pair);
  v128.store(MIXED + half, mixed);
  return mixed;
}

// @ts-ignore: decorator
@inline
function mixLow(slot1: usize, slot2: usize, slot3: usize, weight2: v128, weight3: v128): v128 {
  // Number 0 of a slot is no frequency.
  const mask = i16x8(0, -1, -1, -1, -1, -1, -1, -1);
  const one = v128.and(v128.load(slot1), mask);
  const two = v128.and(v128.load(slot2), mask);
  return mixHalf(0, one, two, v128.and(v128.load(slot3), mask), weight2, weight3);
}

// @ts-ignore: decorator
@inline
function mixHigh(slot1: usize, slot2: usize, slot3: usize, weight2: v128, weight3: v128): v128 {
  return mixHalf(16, v128.load(slot1, 16), v128.load(slot2, 16), v128.load(slot3, 16), weight2, weight3);
}

// @ts-ignore: decorator
@inline
function widthAt(input: usize, symbol: u32): i32 {
  const at = input + <usize>(symbol << 1);
  return <i32>load<u16>(at, 2) - <i32>load<u16>(at);
}

// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, difference: i32, mixed: i32): void {
  const step = <i32>((<f32>difference / <f32>mixed) * WEIGHT_RATE);
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}

// @ts-ignore: decorator
@inline
function learnAll(
  slot1: usize,
  slot2: usize,
  slot3: usize,
  weight2: usize,
  weight3: usize,
  symbol: u32,
  frequency: u32,
): void {
  const pair = widthAt(PAIR, symbol);
  moveWeight(weight2, widthAt(SECOND, symbol) - widthAt(FIRST, symbol), pair);
  moveWeight(weight3, widthAt(THIRD_INPUT, symbol) - pair, <i32>frequency);
  learn(slot1, symbol);
  learn(slot2, symbol);
  learn(slot3, symbol);
}

// @ts-ignore: decorator
@inline
function decodeMixed(slot1: usize, slot2: usize, slot3: usize, low: u32): u32 {
  const weight2 = pairWeight(low, slot2);
  const weight3 = thirdWeight(low, slot2, slot3);
  const w2 = v128.load16_splat(weight2);
  const w3 = v128.load16_splat(weight3);
  const mixedLow = mixLow(slot1, slot2, slot3, w2, w3);
  const symbol = findSymbol(mixedLow, mixHigh(slot1, slot2, slot3, w2, w3), peek());
  const from = <u32>load<u16>(MIXED + <usize>(symbol << 1));
  const frequency = <u32>load<u16>(MIXED + <usize>(symbol << 1), 2) - from;
  consume(from, frequency);
  learnAll(slot1, slot2, slot3, weight2, weight3, symbol, frequency);
  return symbol;
}

// @ts-ignore: decorator
@inline
function encodeMixed(slot1: usize, slot2: usize, slot3: usize, low: u32, symbol: u32): void {
  const weight2 = pairWeight(low, slot2);
  const weight3 = thirdWeight(low, slot2, slot3);
  const w2 = v128.load16_splat(weight2);
  const w3 = v128.load16_splat(weight3);
  mixLow(slot1, slot2, slot3, w2, w3);
  mixHigh(slot1, slot2, slot3, w2, w3);
  const from = <u32>load<u16>(MIXED + <usize>(symbol << 1));
  const frequency = <u32>load<u16>(MIXED + <usize>(symbol << 1), 2) - from;
  list(from, frequency);
  learnAll(slot1, slot2, slot3, weight2, weight3, symbol, frequency);
}

// @ts-ignore: decorator
@inline
function priceMixed(slot1: usize, slot2: usize, slot3: usize, low: u32, symbol: u32): u32 {
  const weight2 = v128.load16_splat(pairWeight(low, slot2));
  const weight3 = v128.load16_splat(thirdWeight(low, slot2, slot3));
  const first = widthOf(slot1, symbol);
  const pair = first + ((widthOf(slot2, symbol) - first) * i16x8.extract_lane_s(weight2, 0) >> 15);
  const mixed = pair + ((widthOf(slot3, symbol) - pair) * i16x8.extract_lane_s(weight3, 0) >> 15);
  return priceOf(<u32>mixed);
}

/** A symbol's frequency in a slot. */
// @ts-ignore: decorator
@inline
function widthOf(slot: usize, symbol: u32): i32 {
  const at = slot + <usize>(symbol << 1);
  const from = symbol === 0 ? 0 : <i32>load<u16>(at);
  return (symbol === 15 ? 0x8000 : <i32>load<u16>(at, 2)) - from;
}

/** @param before The 4 bytes before, the last one highest. @param context Which third slots to use. */
export function decodeLiteral(before: u32, context: u32): u32 {
  const second = hash2(before);
  const third = hash3(context);
  const high = decodeMixed(
    firstSlot(before, 0),
    hashedSlot(ORDER2, second, 0),
    hashedSlot(THIRD, third, 0),
    0,
  );
  const node = high + 1;
  const slot1 = firstSlot(before, node);
  return (high << 4) | decodeMixed(slot1, hashedSlot(ORDER2, second, node), hashedSlot(THIRD, third, node), 1);
}

export function encodeLiteral(at: usize, context: u32): void {
  const byte = <u32>load<u8>(at);
  const before = load<u32>(at - 4);
  const second = hash2(before);
  const third = hash3(context);
  encodeMixed(
    firstSlot(before, 0),
    hashedSlot(ORDER2, second, 0),
    hashedSlot(THIRD, third, 0),
    0,
    byte >> 4,
  );
  const node = (byte >> 4) + 1;
  const slot1 = firstSlot(before, node);
  encodeMixed(slot1, hashedSlot(ORDER2, second, node), hashedSlot(THIRD, third, node), 1, byte & 15);
}

/** In 1/64 bit, as the models are now. */
export function priceLiteral(at: usize, context: u32): u32 {
  const byte = <u32>load<u8>(at);
  const before = load<u32>(at - 4);
  const second = hash2(before);
  const third = hash3(context);
  const high = priceMixed(
    firstSlot(before, 0),
    hashedSlot(ORDER2, second, 0),
    hashedSlot(THIRD, third, 0),
    0,
    byte >> 4,
  );
  const node = (byte >> 4) + 1;
  const slot1 = firstSlot(before, node);
  return high + priceMixed(slot1, hashedSlot(ORDER2, second, node), hashedSlot(THIRD, third, node), 1, byte & 15);
}

/** The third context of a literal: the byte that the latest copy would give next, and whether it ended just now. */
// @ts-ignore: decorator
@inline
export function thirdContext(at: usize, position: u32, recent: u32, state: u32): u32 {
  if (recent > position) return 0;
  return <u32>load<u8>(at - <usize>recent) | (<u32>stepsAfterCopy(state) << 8);
}
