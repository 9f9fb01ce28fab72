import { consume, list, peek } from '../../assembly/ans';
import { moveBegins, weightSteps } from '../../assembly/nibble-mixing';
import { HASHED_SLOT_BITS, ORDER1, ORDER2, SCRATCH, TARGETS, THIRD, WEIGHTS, WEIGHTS_END } from './layout';
import { findSymbol, learnHalves, priceOf, rateOf, SLOT_BYTES } from './nibble-model';
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
const PAIR: usize = SCRATCH + 64;
/** The begins of the second slot less those of the first, and of the third less the pair's; the 17th are 0. */
const LEAD2: usize = SCRATCH + 128;
const LEAD3: usize = SCRATCH + 192;

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
function pairWeight(low: u32, confidence2: u32): usize {
  return WEIGHTS + <usize>(((low << 4) | confidence2) << 2);
}

// @ts-ignore: decorator
@inline
function thirdWeight(low: u32, confidence2: u32, confidence3: u32): usize {
  return WEIGHTS + <usize>((32 + ((low << 8) | (confidence3 << 4) | confidence2)) << 2);
}

/** Move a weight by a step, within its bounds. */
// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, step: i32): void {
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}

/** Decode or list a symbol of three slots mixed, which learn it as the weights do. */
// @ts-ignore: decorator
@inline
function codeMixed(slot1: usize, slot2: usize, slot3: usize, low: u32, given: u32, decoding: bool): u32 {
  const rate1 = rateOf(slot1);
  const rate2 = rateOf(slot2);
  const rate3 = rateOf(slot3);
  const weight2 = pairWeight(low, rate2 >> 16);
  const weight3 = thirdWeight(low, rate2 >> 16, rate3 >> 16);
  const w2 = v128.load16_splat(weight2);
  const w3 = v128.load16_splat(weight3);
  // Number 0 of a slot is no begin.
  const mask = i16x8(0, -1, -1, -1, -1, -1, -1, -1);
  const low1 = v128.and(v128.load(slot1), mask);
  const low2 = v128.and(v128.load(slot2), mask);
  const low3 = v128.and(v128.load(slot3), mask);
  const high1 = v128.load(slot1, 16);
  const high2 = v128.load(slot2, 16);
  const high3 = v128.load(slot3, 16);
  const pairLow = moveBegins(low1, low2, w2);
  const pairHigh = moveBegins(high1, high2, w2);
  const mixedLow = moveBegins(pairLow, low3, w3);
  const mixedHigh = moveBegins(pairHigh, high3, w3);
  v128.store(MIXED, mixedLow);
  v128.store(MIXED, mixedHigh, 16);
  v128.store(LEAD2, i16x8.sub(low2, low1));
  v128.store(LEAD2, i16x8.sub(high2, high1), 16);
  v128.store(LEAD3, i16x8.sub(low3, pairLow));
  v128.store(LEAD3, i16x8.sub(high3, pairHigh), 16);
  v128.store(PAIR, pairLow);
  v128.store(PAIR, pairHigh, 16);
  const symbol = decoding ? findSymbol(mixedLow, mixedHigh, peek()) : given;
  const place = <usize>(symbol << 1);
  const from = <u32>load<u16>(MIXED + place);
  const frequency = <u32>load<u16>(MIXED + place, 2) - from;
  if (decoding) consume(from, frequency);
  else list(from, frequency);
  const steps = weightSteps(LEAD2 + place, LEAD3 + place, PAIR + place, frequency, WEIGHT_RATE);
  moveWeight(weight2, i32x4.extract_lane(steps, 0));
  moveWeight(weight3, i32x4.extract_lane(steps, 1));
  const target = TARGETS + <usize>(symbol << 5);
  const lowTarget = v128.load(target);
  const highTarget = v128.load(target, 16);
  learnHalves(slot1, low1, high1, lowTarget, highTarget, rate1);
  learnHalves(slot2, low2, high2, lowTarget, highTarget, rate2);
  learnHalves(slot3, low3, high3, lowTarget, highTarget, rate3);
  return symbol;
}

// @ts-ignore: decorator
@inline
function decodeMixed(slot1: usize, slot2: usize, slot3: usize, low: u32): u32 {
  return codeMixed(slot1, slot2, slot3, low, 0, true);
}

// @ts-ignore: decorator
@inline
function encodeMixed(slot1: usize, slot2: usize, slot3: usize, low: u32, symbol: u32): void {
  codeMixed(slot1, slot2, slot3, low, symbol, false);
}

// @ts-ignore: decorator
@inline
function priceMixed(slot1: usize, slot2: usize, slot3: usize, low: u32, symbol: u32): u32 {
  const weight2 = v128.load16_splat(pairWeight(low, rateOf(slot2) >> 16));
  const weight3 = v128.load16_splat(thirdWeight(low, rateOf(slot2) >> 16, rateOf(slot3) >> 16));
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
