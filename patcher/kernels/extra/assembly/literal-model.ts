import { advance, list, numberOf } from '../../assembly/ans';
import { moveBegins, weightStep } from '../../assembly/nibble-mixing';
import { HASHED, HASHED_SLOT_BITS, ORDER1, SCRATCH, TARGETS, WEIGHTS, WEIGHTS_END } from './layout';
import { findSymbol, learnHalves, countOf, priceOf, SLOT_BYTES } from './nibble-model';
import { stepsAfterCopy } from './token-models';

/**
 * A literal is two nibbles, the high one first. Each is coded by a mixture of two slots: by the byte before, and by
 * a context the caller gives. A third slot by the two bytes before would save 1 % of the bytes, and take a third more time
 * to decode: most of that is waiting for slots, so that their tables are kept small, too.
 * @see docs/formats/extra-coding.md#literals
 */
const WEIGHT_MIN: i32 = 512;
const WEIGHT_MAX: i32 = 32767 - 512;
const WEIGHT_FIRST: i32 = 12000;
/** How fast weights learn, in bits. */
const WEIGHT_RATE: i32 = 8;
const MIXED: usize = SCRATCH;
/** The begins of the second slot less those of the first; the 17th is 0. */
const LEAD: usize = SCRATCH + 64;

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
function hashedSlot(hash: u32, node: u32): usize {
  return HASHED + (<usize>((hash + node * 0x2545f491) >> (32 - HASHED_SLOT_BITS)) << 5);
}

// @ts-ignore: decorator
@inline
function hashOf(context: u32): u32 {
  return context * 0xc2b2ae35;
}

/** Which weight the second slot has against the first: by nibble and how sure both are. */
// @ts-ignore: decorator
@inline
function weightOf(low: u32, count1: u32, count2: u32): usize {
  return WEIGHTS + <usize>(((low << 8) | ((count1 >> 8) << 4) | (count2 >> 8)) << 2);
}

/** Move a weight by a step, within its bounds. */
// @ts-ignore: decorator
@inline
function moveWeight(weight: usize, step: i32): void {
  store<i32>(weight, min<i32>(WEIGHT_MAX, max<i32>(WEIGHT_MIN, load<i32>(weight) + step)));
}

/** The literal that {@link decodeLiteral} made. */
export let literal: u32 = 0;

/**
 * Code the two nibbles of a literal, the high one first.
 * @param x When decoding, the state of the numbers. @param before The 4 bytes before, the last one highest.
 * @param context Which second slots to use. @param byte What to list, when encoding.
 * @returns The next state.
 */
// @ts-ignore: decorator
@inline
function codeLiteral(x: u64, before: u32, context: u32, byte: u32, decoding: bool): u64 {
  const hash = hashOf(context);
  let made: u32 = 0;
  let node: u32 = 0;
  for (let low: u32 = 0; low < 2; low++) {
    const slot1 = firstSlot(before, node);
    const slot2 = hashedSlot(hash, node);
    const count1 = countOf(slot1);
    const count2 = countOf(slot2);
    const weight = weightOf(low, count1, count2);
    const share = v128.load16_splat(weight);
    const low1 = v128.load(slot1);
    const low2 = v128.load(slot2);
    const high1 = v128.load(slot1, 16);
    const high2 = v128.load(slot2, 16);
    const mixedLow = moveBegins(low1, low2, share);
    const mixedHigh = moveBegins(high1, high2, share);
    v128.store(MIXED, mixedLow);
    v128.store(MIXED, mixedHigh, 16);
    // Number 0 of a slot is no begin.
    store<u16>(MIXED, 0);
    v128.store(LEAD, i16x8.sub(low2, low1));
    v128.store(LEAD, i16x8.sub(high2, high1), 16);
    store<u16>(LEAD, 0);
    const symbol = decoding ? findSymbol(mixedLow, mixedHigh, numberOf(x)) : low ? byte & 15 : byte >> 4;
    const place = <usize>(symbol << 1);
    const from = <u32>load<u16>(MIXED + place);
    const frequency = <u32>load<u16>(MIXED + place, 2) - from;
    if (decoding) x = advance(x, from, frequency);
    else list(from, frequency);
    moveWeight(weight, weightStep(MIXED + place, LEAD + place, WEIGHT_RATE));
    const target = TARGETS + <usize>(symbol << 5);
    const lowTarget = v128.load(target);
    const highTarget = v128.load(target, 16);
    learnHalves(slot1, low1, high1, lowTarget, highTarget, count1);
    learnHalves(slot2, low2, high2, lowTarget, highTarget, count2);
    made = (made << 4) | symbol;
    node = symbol + 1;
  }
  literal = made;
  return x;
}

// @ts-ignore: decorator
@inline
export function decodeLiteral(x: u64, before: u32, context: u32): u64 {
  return codeLiteral(x, before, context, 0, true);
}

export function encodeLiteral(at: usize, context: u32): void {
  codeLiteral(0, load<u32>(at - 4), context, load<u8>(at), false);
}

// @ts-ignore: decorator
@inline
function priceMixed(slot1: usize, slot2: usize, low: u32, symbol: u32): u32 {
  const weight = load<i32>(weightOf(low, countOf(slot1), countOf(slot2)));
  const first = widthOf(slot1, symbol);
  return priceOf(<u32>(first + ((widthOf(slot2, symbol) - first) * weight >> 15)));
}

/** A symbol's frequency in a slot. */
// @ts-ignore: decorator
@inline
function widthOf(slot: usize, symbol: u32): i32 {
  const at = slot + <usize>(symbol << 1);
  const from = symbol === 0 ? 0 : <i32>load<u16>(at);
  return (symbol === 15 ? 0x8000 : <i32>load<u16>(at, 2)) - from;
}

/** In 1/64 bit, as the models are now. */
export function priceLiteral(at: usize, context: u32): u32 {
  const byte = <u32>load<u8>(at);
  const before = load<u32>(at - 4);
  const hash = hashOf(context);
  const high = priceMixed(firstSlot(before, 0), hashedSlot(hash, 0), 0, byte >> 4);
  const node = (byte >> 4) + 1;
  return high + priceMixed(firstSlot(before, node), hashedSlot(hash, node), 1, byte & 15);
}

/** The second context of a literal: the byte that the latest copy would give next, and whether it ended just now. */
// @ts-ignore: decorator
@inline
export function copyContext(at: usize, position: u32, recent: u32, state: u32): u32 {
  if (recent > position) return 0;
  return <u32>load<u8>(at - <usize>recent) | (<u32>stepsAfterCopy(state) << 8);
}
