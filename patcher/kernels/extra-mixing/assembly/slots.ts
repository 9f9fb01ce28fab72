import { SLOTS, SLOT_BITS } from './layout';

/**
 * A slot of 16 bytes holds the bit histories of one context and one nibble: a check byte, then 15 histories, in the order of
 * the nibble's tree. Four slots share a line of the cache; of three tried, the one least used gives way.
 */
const MASK: u32 = (1 << SLOT_BITS) - 1;

// @ts-ignore: decorator
@inline
function take(slot: usize, check: u8): usize {
  v128.store(slot, i64x2.splat(0));
  store<u8>(slot, check);
  return slot;
}

export function findSlot(hash: u32): usize {
  const check = <u8>(hash >> 24);
  const index = (hash * 0x2c9277b5 >> (32 - SLOT_BITS)) & MASK;
  const first = SLOTS + (<usize>index << 4);
  if (load<u8>(first) === check) return first;
  const second = SLOTS + (<usize>(index ^ 1) << 4);
  if (load<u8>(second) === check) return second;
  const third = SLOTS + (<usize>(index ^ 2) << 4);
  if (load<u8>(third) === check) return third;
  const uses = load<u8>(first, 1);
  const otherUses = load<u8>(second, 1);
  const thirdUses = load<u8>(third, 1);
  if (uses <= otherUses && uses <= thirdUses) return take(first, check);
  return take(otherUses <= thirdUses ? second : third, check);
}
