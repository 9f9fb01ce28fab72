/** New bytes of places that differ, in nibbles: the one expected of a field, or else the difference. */
import { fillWords } from '../../assembly/mixing';
import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { isEncoding } from '../../assembly/direction';
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
import { codeByTwo, slotAt } from './nibbles';

/** Whether a byte is the one expected, of 65536, by the two bytes before it and by how it would change. */
const BEFORE_BITS: u32 = 13;
const rightBefore = memory.data(2 << 13, 16);
const rightChange = memory.data(2 << 13, 16);
/** How fast they learn, in bits. */
const BEFORE_RATE: u32 = 4;
const CHANGE_RATE: u32 = 5;

export function resetValues(): void {
  fillWords(rightBefore, 2 << BEFORE_BITS, 0x8000 * 0x10001);
  fillWords(rightChange, 2 << 13, 0x8000 * 0x10001);
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
  if (expected !== old) right = codeExpected<Direction>(u32(newByte === expected), state, pair, (expected - old) & 255);
  if (right) newByte = expected;
  else newByte = codeDifference<Direction>(newByte, old, index, (guessDelta & 255) | (index << 8) | (mark << 12));
  if (!index) openField(at, ahead, pair, (newByte - old) & 255);
  else if (!right) correctField(index, newByte);
  store<u8>(here, <u8>newByte);
}

/** Whether the byte is the one expected. */
// @ts-ignore: decorator
@inline
function codeExpected<Direction>(bit: u32, state: u32, pair: u32, change: u32): u32 {
  const before = rightBefore + <usize>(((((pair << 5) | state) * 0x9e3779b1) >> (32 - BEFORE_BITS)) << 1);
  const changing = rightChange + <usize>((change | (state << 8)) << 1);
  const coded = codeFlag<Direction>(bit, (<u32>load<u16>(before) + <u32>load<u16>(changing)) >> 2);
  moveTo(before, coded, BEFORE_RATE);
  moveTo(changing, coded, CHANGE_RATE);
  return coded;
}

// @ts-ignore: decorator
@inline
function moveTo(address: usize, bit: u32, rate: u32): void {
  const value = <u32>load<u16>(address);
  store<u16>(address, <u16>(bit ? value + ((65535 - value) >> rate) : value - (value >> rate)));
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
  const high = codeByTwo<Direction>(difference >> 4, slotAt(5, c0), slotAt(4, c1));
  const salt = (high + 1) * 0x3d4d51cb;
  const low = codeByTwo<Direction>(difference & 15, slotAt(5, c0 + salt), slotAt(4, c1 + salt));
  return (old + ((high << 4) | low)) & 255;
}
