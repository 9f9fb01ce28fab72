/** The value of a byte that differs: the one expected of its field, or else the bits of its difference. */
import { isEncoding } from '../../assembly/direction';
import { guessDelta, lastDelta } from './fields';
import { codeByEight, FLAG_LIMIT, flagSlot, slotGroup } from './mixed-bit';

/** Counts of bits of bytes stop here: values change sooner than flags. */
const VALUE_LIMIT: u32 = 127;

/** For each two new bytes: the byte that followed them last, and how many times it came again. */
const followerTable = memory.data(65536 * 2);

export function resetFollowers(): void {
  memory.fill(followerTable, 0, 65536 * 2);
}

export function learnFollower(newPair: usize, byte: u32): void {
  const address = followerTable + (newPair << 1);
  const entry = <u32>load<u16>(address);
  const count = entry >> 8;
  store<u16>(address, <u16>((entry & 255) === byte ? byte | (min<u32>(count + 1, 3) << 8) : byte));
}

/**
 * Code a new byte that differs from the old one.
 * @param state What is known of the byte's field, with its index in the lowest two bits.
 * @param p21 The two old bytes before it.
 * @param above The two old bytes two places behind it, the high half of a field.
 */
export function codeValue<Direction>(
  newByte: u32,
  old: u32,
  expected: u32,
  state: u32,
  p21: u32,
  above: u32,
  newPair: u32,
  newBefore: u32,
  flags: u32,
  lastDifferences: u32,
  mark: u32,
): u32 {
  const index = state & 3;
  if (expected !== old) {
    const isRight: u32 = isEncoding<Direction>() ? u32(newByte === expected) : 0;
    const right = codeByEight<Direction>(
      isRight,
      256 + <usize>state,
      FLAG_LIMIT,
      flagSlot(0, 0x50000 | state),
      flagSlot(1, ((p21 << 5) | state) * 0x2c1b3c6d + 5),
      flagSlot(2, (((expected - old) & 255) | (state << 8)) + 0x50000000),
      flagSlot(3, (above | (state << 16)) * 0x2c1b3c6d + 5),
      flagSlot(4, ((flags & 255) | (state << 8)) + 0x50000000),
      flagSlot(5, ((lastDifferences & 0xffff) | (state << 16)) * 0x2c1b3c6d + 5),
      flagSlot(6, (old | (state << 8)) + 0x50000000),
      flagSlot(7, ((lastDelta >> 8) | (state << 24)) * 0x2c1b3c6d + 5),
    );
    if (right) return expected;
  }
  const last = lastDifferences & 255;
  const c0 = index | (mark << 2);
  const c1 = (old | (index << 8)) + 0x1000;
  const c2 = (last | (index << 8)) + 0x2000;
  const c3 = ((p21 << 2) | index) * 0x2c1b3c6d + 3;
  const c4 = ((lastDifferences & 0xffff) | (index << 16)) * 0x2c1b3c6d + 4;
  const entry = <u32>load<u16>(followerTable + (newPair << 1));
  const c5 = ((((entry & 255) - old) & 255) | (entry & 0xff00)) * 0x2c1b3c6d + 5;
  const c6 = ((old << 8) | newBefore) * 0x2c1b3c6d + 6;
  const c7 = ((guessDelta & 255) | ((flags & 15) << 8)) * 0x2c1b3c6d + 7;
  const difference = (newByte - old) & 255;
  let node: u32 = 1;
  let half: u32 = 0;
  for (let part: u32 = 0; part < 2; part++) {
    const salt = half * 0x3d4d51cb;
    const g0 = slotGroup(0, c0 + salt);
    const g1 = slotGroup(1, c1 + salt);
    const g2 = slotGroup(2, c2 + salt);
    const g3 = slotGroup(3, c3 + salt);
    const g4 = slotGroup(4, c4 + salt);
    const g5 = slotGroup(5, c5 + salt);
    const g6 = slotGroup(6, c6 + salt);
    const g7 = slotGroup(7, c7 + salt);
    let local: usize = 1;
    for (let i: u32 = 0; i < 4; i++) {
      const bit = (difference >> (7 - (part << 2) - i)) & 1;
      const offset = local << 2;
      const set = 512 + <usize>((index << 8) | node);
      const coded = codeByEight<Direction>(
        bit,
        set,
        VALUE_LIMIT,
        g0 + offset,
        g1 + offset,
        g2 + offset,
        g3 + offset,
        g4 + offset,
        g5 + offset,
        g6 + offset,
        g7 + offset,
      );
      local = (local << 1) | coded;
      node = (node << 1) | coded;
    }
    half = node;
  }
  return (old + node) & 255;
}
