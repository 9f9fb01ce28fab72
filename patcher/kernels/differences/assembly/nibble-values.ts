/** New bytes of places that differ, in nibbles: the one expected of a field, or else the difference. */
import { fillWords, adaptSlot, mixLogits, NEW_SLOT, squash, stretchSlot, trainWeights } from '../../assembly/mixing';
import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { isEncoding } from './coded-bit';
import {
  closeField,
  correctField,
  fieldDelta,
  fieldOld,
  fieldOpen,
  fieldStart,
  fieldTrust,
  guessDelta,
  guessField,
  guessTrust,
  openField,
} from './fields';
import { codeByTwo, slotAt, weightsOf } from './nibbles';

const FLAG_BITS: u32 = 14;
const FLAG_TABLE: usize = 4 << 14;
const FLAG_LIMIT: u32 = 255;
const flagSlots = memory.data(3 * (4 << 14), 64);
/** By state, below 32. */
const flagWeights = memory.data(32 * 16, 16);

export function resetValues(): void {
  fillWords(flagSlots, 3 * FLAG_TABLE, NEW_SLOT);
  fillWords(flagWeights, 32 * 16, 4915 * 0x10001);
}

/**
 * Code the byte at a place that differs, and put it there.
 * @param bytes The new bytes before the place, the old ones from it on.
 * @param newByte What to write, when encoding.
 * @param mark What the predictor knows of the place.
 */
export function codeValue<Direction>(bytes: usize, at: usize, newByte: u32, mark: u32): void {
  const here = bytes + at;
  let index: u32 = 0;
  if (fieldOpen) {
    if (at >= fieldStart + 4) closeField(load<u32>(bytes + fieldStart));
    else index = <u32>(at - fieldStart);
  }
  const ahead = load<u32>(here);
  const old = ahead & 255;
  const pair = <u32>load<u16>(here - 2);
  let expected: u32;
  let trust: u32;
  if (index) {
    expected = ((fieldOld + fieldDelta) >> (index << 3)) & 255;
    trust = fieldTrust;
  } else {
    guessField(at, ahead, pair);
    expected = (old + guessDelta) & 255;
    trust = min<u32>(3, guessTrust);
  }
  const state = index | (u32(expected !== old) << 2) | (trust << 3);
  let right: u32 = 0;
  if (expected !== old) right = codeExpected<Direction>(u32(newByte === expected), state, pair, (expected - old) & 255, ahead >> 16);
  if (right) newByte = expected;
  else newByte = codeDifference<Direction>(newByte, old, index, (guessDelta & 255) | (index << 8) | (mark << 12));
  if (!index) openField(at, ahead, pair, (newByte - old) & 255);
  else if (!right) correctField(index, newByte);
  store<u8>(here, <u8>newByte);
}

/** Whether the byte is the one expected. */
function codeExpected<Direction>(bit: u32, state: u32, pair: u32, change: u32, above: u32): u32 {
  const a0 = flagSlot(0, ((pair << 5) | state) * 0x2c1b3c6d);
  const a1 = flagSlot(1, change | (state << 8));
  const a2 = flagSlot(2, (above | (state << 16)) * 0x2c1b3c6d);
  const s0 = load<u32>(a0);
  const s1 = load<u32>(a1);
  const s2 = load<u32>(a2);
  let logits = i16x8.replace_lane(i16x8.splat(0), 0, stretchSlot(s0));
  logits = i16x8.replace_lane(logits, 1, stretchSlot(s1));
  logits = i16x8.replace_lane(logits, 2, stretchSlot(s2));
  const own = flagWeights + (<usize>state << 4);
  const probability = squash(mixLogits(logits, own));
  const coded = codeFlag<Direction>(bit, max<u32>(1, probability >> 1));
  trainWeights(logits, own, coded, probability, 2);
  adaptSlot(a0, s0, coded, FLAG_LIMIT);
  adaptSlot(a1, s1, coded, FLAG_LIMIT);
  adaptSlot(a2, s2, coded, FLAG_LIMIT);
  return coded;
}

// @ts-ignore: decorator
@inline
function flagSlot(table: usize, context: u32): usize {
  return flagSlots + table * FLAG_TABLE + <usize>(((context * 0x9e3779b1) >> (32 - FLAG_BITS)) << 2);
}

/** @param frequency Of a 1, of `TOTAL`. */
// @ts-ignore: decorator
@inline
function codeFlag<Direction>(bit: u32, frequency: u32): u32 {
  if (isEncoding<Direction>()) {
    if (bit) list(0, frequency);
    else list(frequency, TOTAL - frequency);
    return bit;
  }
  if (peek() < frequency) {
    consume(0, frequency);
    return 1;
  }
  consume(frequency, TOTAL - frequency);
  return 0;
}

function codeDifference<Direction>(newByte: u32, old: u32, index: u32, known: u32): u32 {
  const c0 = (old | (index << 8)) + 0x1000;
  const c1 = known + 0x770000;
  const difference = (newByte - old) & 255;
  const high = codeByTwo<Direction>(difference >> 4, slotAt(5, c0), slotAt(4, c1), weightsOf(5));
  const salt = (high + 1) * 0x3d4d51cb;
  const low = codeByTwo<Direction>(difference & 15, slotAt(5, c0 + salt), slotAt(4, c1 + salt), weightsOf(6));
  return (old + ((high << 4) | low)) & 255;
}
