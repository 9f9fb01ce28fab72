import {
  CELL_ADDRESSES,
  CONTEXTS,
  CONTEXT_HASHES,
  DIRECT_SLOTS,
  FIRST_PROBABILITY,
  HISTORY_MAPS,
  NEXT_STATE,
  SLOTS,
  SLOT_ADDRESSES,
  TABLES_END,
} from './layout';
import { nextState } from './bit-history';
import { stretch } from '../../assembly/mixing';
import { currentStride } from './stride';
import { partMask, x86Opcode, x86Operand, x86Past, x86Place } from './x86';
import { findSlot, lineOf } from './slots';
import { AFTER, BEFORE, LONG, SHORT, expectedByte, trustOf } from './pointers';

/** The hashed contexts: each finds a slot per nibble, whose bit histories are turned into probabilities of their own. */

export function resetContexts(): void {
  memory.fill(DIRECT_SLOTS, 0, TABLES_END - DIRECT_SLOTS);
  for (let context: usize = 0; context < CONTEXTS; context++) {
    for (let state: usize = 0; state < 256; state++) {
      store<u16>(HISTORY_MAPS + ((context << 8) | state) * 2, load<u16>(FIRST_PROBABILITY + (state << 1)));
    }
  }
}

/** Contexts with slots of their own, one for each of the 32 values a nibble can begin with. */
const DIRECT_CONTEXTS: usize = 2;

// @ts-ignore: decorator
@inline
function setDirect(context: u32, value: u32): void {
  store<u32>(CONTEXT_HASHES + ((<usize>context) << 2), <u32>DIRECT_SLOTS + (value << 9));
}

// @ts-ignore: decorator
@inline
function setHash(context: u32, value: u64): void {
  const mixed = (value + <u64>(context + 1) * 0x632be59bd9b4e019) * 0x9e3779b97f4a7c15;
  store<u32>(CONTEXT_HASHES + ((<usize>context) << 2), <u32>(mixed >> 32));
}

/** Hash the contexts of the byte at an address. `left` bytes of the gap are still to come, this one included. */
// @ts-ignore: decorator
@inline
export function hashContexts(at: usize, left: u32): void {
  const before = bswap<u64>(load<u64>(at - 8)); // the byte just before is the lowest
  setDirect(0, 0);
  setDirect(1, 1 + <u32>(before & 0xff));
  setHash(2, before & 0xffff);
  setHash(3, before & 0xffffff);
  setHash(4, before & 0xffffffff);
  setHash(5, before & 0xffff00);
  const long = <u64>expectedByte(LONG);
  const short = <u64>expectedByte(SHORT);
  const after = <u64>expectedByte(AFTER);
  const ahead = <u64>expectedByte(BEFORE);
  setHash(6, (long << 16) | ((<u64>trustOf(LONG)) << 8) | (before & 0xff));
  setHash(7, (after << 32) | (ahead << 16) | short);
  setHash(
    8,
    (left < 16 ? (<u64>load<u8>(at + left)) << 24 : 0) | ((<u64>min(left, 6)) << 16) | (before & 0xff),
  );
  const up = at - currentStride();
  setHash(9, ((<u64>load<u8>(up)) << 8) | (before & 0xff));
  setHash(10, ((<u64>load<u16>(up)) << 8) | ((<u64>currentStride()) << 32));
  const place = ((<u64>x86Opcode()) << 16) | ((<u64>x86Place()) << 8) | <u64>x86Operand();
  const part = before & partMask();
  setHash(11, (place << 32) ^ part ^ (x86Past() << 32));
  setHash(12, (place << 32) | (before & 0xff));
  setHash(13, (place << 32) ^ (before & 0xffff) ^ ((x86Past() & 0xffffffff) * 0xd6e8feb86659fd93));
}

/**
 * Find the slots of a nibble; `partial` is 1 for the first and 16 to 31 for the second. All lines are touched before any is
 * searched, so that the processor fetches them at the same time.
 */
// @ts-ignore: decorator
@inline
export function beginNibble(partial: u32): void {
  for (let i: usize = 0; i < DIRECT_CONTEXTS; i++) {
    store<u32>(SLOT_ADDRESSES + (i << 2), load<u32>(CONTEXT_HASHES + (i << 2)) + (partial << 4));
  }
  let touched: u32 = 0;
  for (let i = DIRECT_CONTEXTS; i < CONTEXTS; i++) {
    const hash = (load<u32>(CONTEXT_HASHES + (i << 2)) + partial * 0x9e3779b1) * 0x85ebca6b;
    store<u32>(CELL_ADDRESSES + (i << 2), hash);
    touched |= load<u8>(lineOf(hash));
  }
  store<u32>(SLOT_ADDRESSES + (CONTEXTS << 2), touched);
  for (let i = DIRECT_CONTEXTS; i < CONTEXTS; i++) {
    const hash = load<u32>(CELL_ADDRESSES + (i << 2));
    store<u32>(SLOT_ADDRESSES + (i << 2), <u32>findSlot(hash));
  }
}

/**
 * The logits of the first eight contexts.
 * @param node 1 to 15: the place in the nibble's tree.
 */
// @ts-ignore: decorator
@inline
export function predictFirst(node: u32): v128 {
  let logits = i16x8.splat(predictOne(0, node));
  logits = i16x8.replace_lane(logits, 1, predictOne(1, node));
  logits = i16x8.replace_lane(logits, 2, predictOne(2, node));
  logits = i16x8.replace_lane(logits, 3, predictOne(3, node));
  logits = i16x8.replace_lane(logits, 4, predictOne(4, node));
  logits = i16x8.replace_lane(logits, 5, predictOne(5, node));
  logits = i16x8.replace_lane(logits, 6, predictOne(6, node));
  logits = i16x8.replace_lane(logits, 7, predictOne(7, node));
  return logits;
}

/** The logits of the other six, and two zeros. */
// @ts-ignore: decorator
@inline
export function predictSecond(node: u32): v128 {
  let logits = i16x8.splat(0);
  logits = i16x8.replace_lane(logits, 0, predictOne(8, node));
  logits = i16x8.replace_lane(logits, 1, predictOne(9, node));
  logits = i16x8.replace_lane(logits, 2, predictOne(10, node));
  logits = i16x8.replace_lane(logits, 3, predictOne(11, node));
  logits = i16x8.replace_lane(logits, 4, predictOne(12, node));
  logits = i16x8.replace_lane(logits, 5, predictOne(13, node));
  return logits;
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
function predictOne(context: usize, node: u32): i16 {
  const cell = <usize>load<u32>(SLOT_ADDRESSES + (context << 2)) + node;
  store<u32>(CELL_ADDRESSES + (context << 2), <u32>cell);
  const probability = <u32>load<u16>(HISTORY_MAPS + (context << 9) + ((<usize>load<u8>(cell)) << 1));
  return <i16>stretch(probability);
}

// @ts-ignore: decorator
@inline
function updateOne(context: usize, target: i32, bit: u32): void {
  const cell = <usize>load<u32>(CELL_ADDRESSES + (context << 2));
  const state = <usize>load<u8>(cell);
  const map = HISTORY_MAPS + (context << 9) + (state << 1);
  const probability = <i32>load<u16>(map);
  store<u16>(map, <u16>(probability + ((target - probability) >> 7)));
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
