import { SLOTS, SLOT_LINES } from './layout';

/**
 * A slot of 16 bytes holds the bit histories of one context and one nibble: a check byte, then 15 histories, in the order of
 * the nibble's tree. The four slots of a line share one line of the cache: of those of other contexts the one least used
 * gives way.
 */

// @ts-ignore: decorator
@inline
function take(slot: usize, check: u8): usize {
  v128.store(slot, i64x2.splat(0));
  store<u8>(slot, check);
  return slot;
}

// @ts-ignore: decorator
@inline
export function lineOf(hash: u32): usize {
  return SLOTS + ((<usize>((<u64>hash * SLOT_LINES) >> 32)) << 6);
}

/** Find the slot of a hash, or make one: its line is chosen by the upper bits, its check byte is the lowest. */
// @ts-ignore: decorator
@inline
export function findSlot(hash: u32): usize {
  const line = lineOf(hash);
  const check = <u8>hash;
  const first = line + ((<usize>check & 3) << 4);
  if (load<u8>(first) === check) return first;
  const second = first ^ 16;
  if (load<u8>(second) === check) return second;
  const third = first ^ 32;
  if (load<u8>(third) === check) return third;
  const uses = load<u8>(first, 1);
  const secondUses = load<u8>(second, 1);
  const thirdUses = load<u8>(third, 1);
  if (uses <= secondUses && uses <= thirdUses) return take(first, check);
  return take(secondUses <= thirdUses ? second : third, check);
}
