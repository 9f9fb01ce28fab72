import { CELL_ADDRESSES, CONTEXTS, CONTEXT_HASHES, FIRST_PROBABILITY, HISTORY_MAPS, NEXT_STATE, INPUT_VALUES, SLOTS, SLOT_ADDRESSES, SLOT_BITS } from './layout';
import { nextState } from './bit-history';
import { stretch } from '../../assembly/mixing';
import { currentStride } from './stride';
import { partMask, x86Opcode, x86Operand, x86Past, x86Place } from './x86';
import { findSlot } from './slots';
import { AFTER, BEFORE, LONG, SHORT, expectedByte, trustOf } from './pointers';

/** The hashed contexts: each finds a slot per nibble, whose bit histories are turned into probabilities of their own. */

export function resetContexts(): void {
  memory.fill(SLOTS, 0, 16 << SLOT_BITS);
  for (let context: usize = 0; context < CONTEXTS; context++) {
    for (let state: usize = 0; state < 256; state++) {
      store<u16>(HISTORY_MAPS + ((context << 8) | state) * 2, load<u16>(FIRST_PROBABILITY + (state << 1)));
    }
  }
}

// @ts-ignore: decorator
@inline
function setHash(context: u32, value: u64): void {
  const mixed = (value + <u64>(context + 1) * 0x632be59bd9b4e019) * 0x9e3779b97f4a7c15;
  store<u32>(CONTEXT_HASHES + (<usize>context << 2), <u32>(mixed >> 32));
}

/** Hash the contexts of the byte at an address. `left` bytes of the gap are still to come, this one included. */
// @ts-ignore: decorator
@inline
export function hashContexts(at: usize, left: u32): void {
  const before = bswap<u64>(load<u64>(at - 8)); // the byte just before is the lowest
  setHash(0, before & 0xff);
  setHash(1, before & 0xffff);
  setHash(2, before & 0xffffff);
  setHash(3, before & 0xffffffff);
  setHash(4, before & 0xffffffffffff);
  setHash(5, before & 0xffff00);
  const long = <u64>expectedByte(LONG);
  const short = <u64>expectedByte(SHORT);
  const after = <u64>expectedByte(AFTER);
  const ahead = <u64>expectedByte(BEFORE);
  setHash(6, (long << 16) | (<u64>trustOf(LONG) << 8) | (before & 0xff));
  setHash(7, (after << 32) | (ahead << 16) | short);
  setHash(8, (left < 16 ? <u64>load<u8>(at + left) << 24 : 0) | (<u64>min(left, 6) << 16) | (before & 0xff));
  const up = at - currentStride();
  setHash(9, (<u64>load<u8>(up) << 8) | (before & 0xff));
  setHash(10, (<u64>load<u16>(up) << 8) | (<u64>currentStride() << 32));
  const place = (<u64>x86Opcode() << 16) | (<u64>x86Place() << 8) | <u64>x86Operand();
  const part = before & partMask();
  setHash(11, (place << 32) ^ part ^ (x86Past() << 32));
  setHash(12, (place << 32) | (before & 0xff));
  setHash(13, (place << 32) ^ (before & 0xffff) ^ (x86Past() & 0xffffffff) * 0xd6e8feb86659fd93);
}

/** Find the slots of a nibble; `partial` is 1 for the first and 16 to 31 for the second. */
// @ts-ignore: decorator
@inline
export function beginNibble(partial: u32): void {
  for (let i: usize = 0; i < CONTEXTS; i++) {
    const hash = (load<u32>(CONTEXT_HASHES + (i << 2)) + partial * 0x9e3779b1) * 0x85ebca6b;
    store<u32>(SLOT_ADDRESSES + (i << 2), <u32>findSlot(hash ^ (hash >> 15)));
  }
}

/** @param node 1 to 15: the place in the nibble's tree. */
/** @param node 1 to 15: the place in the nibble's tree. */
// @ts-ignore: decorator
@inline
export function predictContexts(node: u32): void {
  predictOne(0, node);
  predictOne(1, node);
  predictOne(2, node);
  predictOne(3, node);
  predictOne(4, node);
  predictOne(5, node);
  predictOne(6, node);
  predictOne(7, node);
  predictOne(8, node);
  predictOne(9, node);
  predictOne(10, node);
  predictOne(11, node);
  predictOne(12, node);
  predictOne(13, node);
}

// @ts-ignore: decorator
@inline
export function updateContexts(bit: u32): void {
  const target: i32 = bit ? 65535 : 0;
  updateOne(0, target, bit);
  updateOne(1, target, bit);
  updateOne(2, target, bit);
  updateOne(3, target, bit);
  updateOne(4, target, bit);
  updateOne(5, target, bit);
  updateOne(6, target, bit);
  updateOne(7, target, bit);
  updateOne(8, target, bit);
  updateOne(9, target, bit);
  updateOne(10, target, bit);
  updateOne(11, target, bit);
  updateOne(12, target, bit);
  updateOne(13, target, bit);
}

// @ts-ignore: decorator
@inline
function predictOne(context: usize, node: u32): void {
  const cell = <usize>load<u32>(SLOT_ADDRESSES + (context << 2)) + node;
  store<u32>(CELL_ADDRESSES + (context << 2), <u32>cell);
  const probability = <u32>load<u16>(HISTORY_MAPS + (context << 9) + (<usize>load<u8>(cell) << 1));
  store<i16>(INPUT_VALUES + (context << 1), <i16>stretch(probability));
}

// @ts-ignore: decorator
@inline
function updateOne(context: usize, target: i32, bit: u32): void {
  const cell = <usize>load<u32>(CELL_ADDRESSES + (context << 2));
  const state = <usize>load<u8>(cell);
  const map = HISTORY_MAPS + (context << 9) + (state << 1);
  const probability = <i32>load<u16>(map);
  store<u16>(map, <u16>(probability + ((target - probability) >> 6)));
  store<u8>(cell, load<u8>(NEXT_STATE + (state << 1) + bit));
}

/** Let the histories see a byte nobody codes. */
export function learnByte(at: usize): void {
  const byte = <u32>load<u8>(at);
  hashContexts(at, 16);
  for (let nibble: u32 = 0; nibble < 2; nibble++) {
    beginNibble(nibble ? 16 | (byte >> 4) : 1);
    const bits = nibble ? byte & 15 : byte >> 4;
    for (let i: usize = 0; i < CONTEXTS; i++) {
      const slot = <usize>load<u32>(SLOT_ADDRESSES + (i << 2));
      let node: u32 = 1;
      for (let shift: i32 = 3; shift >= 0; shift--) {
        const bit = (bits >> shift) & 1;
        store<u8>(slot + node, nextState(load<u8>(slot + node), bit));
        node = (node << 1) | bit;
      }
    }
  }
}
