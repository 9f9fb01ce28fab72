/**
 * Numbers that may be large, but seldom are: how many bits follow the leading one, the first four of these, and the rest.
 * @see docs/formats/patch.md#numbers
 */
import { PROBABILITY_BITS } from '../../assembly/ans';
import { codeByOne, codeUnknown, SLOT_BYTES } from '../../assembly/nibble-slots';

// Slots of one kind of number: how many bits, how many beyond 15, the first four of each number of bits, and up to four others.
const FIRST_BITS: u32 = 2;
const LAST_BITS: u32 = FIRST_BITS + 30;
export const NUMBER_SLOTS: u32 = LAST_BITS + 5;
/** How often a slot learns until it has reached its last rate. */
export const COUNT_MAX: u32 = 59;

/** Code a symbol by a slot, which learns it. @param symbol What to list, when encoding. */
export function codeNibble<Direction>(slot: usize, symbol: u32): u32 {
  return codeByOne<Direction>(slot, symbol, COUNT_MAX);
}

/**
 * Code 1 to 2^31 - 1.
 * @param slots Of its kind. @param bitsMin How many bits follow its leading one at least.
 */
export function codeNumber<Direction>(slots: usize, bitsMin: u32, value: u32): u32 {
  let bits = 31 - clz<u32>(value);
  let more = codeNibble<Direction>(slots, min<u32>(bits - bitsMin, 15));
  if (more === 15) more = 15 + codeNibble<Direction>(slots + SLOT_BYTES, bits - bitsMin - 15);
  bits = min<u32>(bitsMin + more, 30);
  if (bits === 0) return 1;
  const firstSlot = slots + <usize>(FIRST_BITS + bits) * SLOT_BYTES;
  if (bits <= 4) {
    const mask = (<u32>1 << bits) - 1;
    return (mask + 1) | (codeNibble<Direction>(firstSlot, value & mask) & mask);
  }
  const rest = bits - 4;
  const made = 16 | codeNibble<Direction>(firstSlot, (value >> rest) & 15);
  const mask = (<u32>1 << rest) - 1;
  if (rest <= 4) {
    const lastSlot = slots + <usize>(LAST_BITS + rest) * SLOT_BYTES;
    return (made << rest) | (codeNibble<Direction>(lastSlot, value & mask) & mask);
  }
  return (made << rest) | codeRest<Direction>(value & mask, rest);
}

/** The bits of which nothing is known, the highest first. */
function codeRest<Direction>(value: u32, bits: u32): u32 {
  if (bits <= PROBABILITY_BITS) return codeUnknown<Direction>(value, bits);
  const lower = bits - PROBABILITY_BITS;
  const high = codeUnknown<Direction>(value >> lower, PROBABILITY_BITS);
  return (high << lower) | codeUnknown<Direction>(value & ((1 << lower) - 1), lower);
}
