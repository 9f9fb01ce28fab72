import { advance, list, numberOf } from '../../assembly/ans';
import {
  beginOf,
  endOf,
  findSymbol,
  highTarget,
  layBegins,
  learnSymbol,
  lowTarget,
  SLOT_BYTES,
} from '../../assembly/nibble-slots';
import { HASHED, HASHED_SLOT_BITS, ORDER1 } from './layout';
import { COUNT_MAX, priceOf, widthOf } from './nibble-model';
import { stepsAfterCopy } from './token-models';

/**
 * A literal is two nibbles, the high one first. Each is coded by the mean of two slots: by the byte before, and by a context
 * the caller gives. Weighing the two would save 1 to 2 % of the bytes, and take a quarter more time to decode. A third slot by the
 * two bytes before would save 1 %, and take a third more time: most of that is waiting for slots, so that their tables are
 * kept small, too.
 * @see docs/formats/extra-coding.md#literals
 */

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
    const low1 = v128.load(slot1);
    const low2 = v128.load(slot2);
    const high1 = v128.load(slot1, 16);
    const high2 = v128.load(slot2, 16);
    const meanLow = i16x8.avgr_u(low1, low2);
    const meanHigh = i16x8.avgr_u(high1, high2);
    layBegins(meanLow, meanHigh);
    const symbol = decoding ? findSymbol(meanLow, meanHigh, numberOf(x)) : low ? byte & 15 : byte >> 4;
    const from = beginOf(symbol);
    const frequency = endOf(symbol) - from;
    if (decoding) x = advance(x, from, frequency);
    else list(from, frequency);
    const toLow = lowTarget(symbol);
    const toHigh = highTarget(symbol);
    learnSymbol(slot1, low1, high1, toLow, toHigh, COUNT_MAX);
    learnSymbol(slot2, low2, high2, toLow, toHigh, COUNT_MAX);
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
function priceMean(slot1: usize, slot2: usize, symbol: u32): u32 {
  return priceOf((widthOf(slot1, symbol) + widthOf(slot2, symbol)) >> 1);
}

/** In 1/64 bit, as the models are now. */
export function priceLiteral(at: usize, context: u32): u32 {
  const byte = <u32>load<u8>(at);
  const before = load<u32>(at - 4);
  const hash = hashOf(context);
  const high = priceMean(firstSlot(before, 0), hashedSlot(hash, 0), byte >> 4);
  const node = (byte >> 4) + 1;
  return high + priceMean(firstSlot(before, node), hashedSlot(hash, node), byte & 15);
}

/** The second context of a literal: the byte that the latest copy would give next, and whether it ended just now. */
// @ts-ignore: decorator
@inline
export function copyContext(at: usize, position: u32, recent: u32, state: u32): u32 {
  if (recent > position) return 0;
  return <u32>load<u8>(at - <usize>recent) | (<u32>stepsAfterCopy(state) << 8);
}
