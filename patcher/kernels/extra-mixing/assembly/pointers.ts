import {
  LONG_MATCHES,
  MATCH_BITS,
  POINTERS,
  POINTER_MAPS,
  POINTER_MAP_BYTES,
  POINTER_STATES,
  SHORT_MATCHES,
} from './layout';
import { stretch } from '../../assembly/mixing';
import { updateProbability } from './probability-map';

/**
 * Models that point at one earlier byte and expect it again: the longest match of the bytes before (by a long and by a short
 * hash), the old bytes after the row before the gap, and those before the row after it. After a miss a pointer goes on:
 * what it is worth then is learnt from its history.
 */
export const LONG: usize = 0;
export const SHORT: usize = 1;
export const AFTER: usize = 2;
export const BEFORE: usize = 3;
/** Where a branch or an operand may point: expects whole displacements. */
export const TARGET: usize = 4;

const STATE_BYTES: usize = 32;
/** What a mixer can lean on when no model knows anything: a logit of its own. */
const BIAS: i16 = 64;
const LONG_BYTES: u32 = 10;
const SHORT_BYTES: u32 = 5;

// Fields of a state.
const ADDRESS: usize = 0;
const LENGTH: usize = 4;
const MISSES: usize = 8;
const EXPECTED: usize = 12;
const MAP: usize = 16;
const CELL: usize = 20;

// @ts-ignore: decorator
@inline
function stateOf(model: usize): usize {
  return POINTER_STATES + model * STATE_BYTES;
}

let oldStart: usize = 0;
let oldBytes: usize = 0;

export function resetPointers(oldAt: usize, bytes: usize): void {
  oldStart = oldAt;
  oldBytes = bytes;
  memory.fill(POINTER_STATES, 0, POINTERS * STATE_BYTES);
  for (let at = POINTER_MAPS; at < POINTER_MAPS + POINTERS * POINTER_MAP_BYTES; at += 2) {
    store<u16>(at, at & 2 ? 0xc000 : 0x4000);
  }
  memory.fill(LONG_MATCHES, 0, 8 << MATCH_BITS);
}

// @ts-ignore: decorator
@inline
export function setPointer(model: usize, address: usize, length: u32): void {
  const state = stateOf(model);
  store<u32>(state, <u32>address, ADDRESS);
  store<u32>(state, length, LENGTH);
  store<u32>(state, 0, MISSES);
}

// @ts-ignore: decorator
@inline
function longCell(at: usize): usize {
  const hash = (load<u64>(at - 8) * 0x9e3779b97f4a7c15) ^ (<u64>load<u16>(at - 10) * 0xd6e8feb86659fd93);
  return LONG_MATCHES + ((<usize>((hash * 0x9e3779b97f4a7c15) >> (64 - MATCH_BITS))) << 2);
}

// @ts-ignore: decorator
@inline
function shortCell(at: usize): usize {
  return (
    SHORT_MATCHES + ((<usize>(((load<u64>(at - 8) >> 24) * 0x9e3779b97f4a7c15) >> (64 - MATCH_BITS))) << 2)
  );
}

/** Remember that the bytes before an address were followed by those at it. */
// @ts-ignore: decorator
@inline
export function remember(at: usize): void {
  store<u32>(longCell(at), <u32>at);
  store<u32>(shortCell(at), <u32>at);
}

function matchLength(candidate: usize, at: usize): u32 {
  let length: u32 = 0;
  while (length < 48) {
    const different = load<u64>(candidate - length - 8) ^ load<u64>(at - length - 8);
    if (different) return length + (<u32>clz(different) >> 3);
    length += 8;
  }
  return length;
}

// @ts-ignore: decorator
@inline
function lookUp(model: usize, cell: usize, at: usize, shortest: u32): void {
  const state = stateOf(model);
  const length = load<u32>(state, LENGTH);
  if (length >= 24) return;
  const candidate = <usize>load<u32>(cell);
  if (candidate === 0) return;
  const found = matchLength(candidate, at);
  if (found >= shortest && found > length) setPointer(model, candidate, found);
}

export function lookUpMatches(at: usize): void {
  lookUp(LONG, longCell(at), at, LONG_BYTES);
  lookUp(SHORT, shortCell(at), at, SHORT_BYTES);
}

/** Nothing is known of a gap's first byte but what the tables say. */
export function forgetMatches(): void {
  setPointer(LONG, 0, 0);
  setPointer(SHORT, 0, 0);
}

// @ts-ignore: decorator
@inline
function lengthStep(length: u32): u32 {
  if (length < 8) return length;
  if (length < 16) return 8 + ((length - 8) >> 1);
  return min(12 + ((length - 16) >> 3), 15);
}

/** Take the byte each model expects. */
// @ts-ignore: decorator
@inline
export function beginByte(): void {
  for (let model: usize = 0; model < TARGET; model++) {
    const state = stateOf(model);
    const address = <usize>load<u32>(state, ADDRESS);
    const context = (lengthStep(load<u32>(state, LENGTH)) << 4) | (load<u32>(state, MISSES) & 15);
    const known = model < AFTER ? address !== 0 : address - oldStart < oldBytes;
    store<u32>(state, known ? <u32>load<u8>(address) | 256 : 0, EXPECTED);
    store<u32>(state, <u32>(POINTER_MAPS + model * POINTER_MAP_BYTES) + (context << 5), MAP);
  }
}

/** Set what a model expects, 0 for nothing, and which of its 256 contexts says how much that is worth. */
// @ts-ignore: decorator
@inline
export function expectByte(model: usize, expected: u32, context: u32): void {
  const state = stateOf(model);
  store<u32>(state, expected, EXPECTED);
  store<u32>(state, <u32>(POINTER_MAPS + model * POINTER_MAP_BYTES) + (context << 5), MAP);
}

/** The byte a model expects, or 0 if it has none; bit 8 is set if it has. */
// @ts-ignore: decorator
@inline
export function expectedByte(model: usize): u32 {
  return load<u32>(stateOf(model), EXPECTED);
}

/** 0 for no pointer, else 1 to 15, by how long it has been right. */
// @ts-ignore: decorator
@inline
export function trustOf(model: usize): u32 {
  const state = stateOf(model);
  return load<u32>(state, EXPECTED) ? max(1, lengthStep(load<u32>(state, LENGTH))) : 0;
}

/** 0: the model expects nothing here; 2: a zero; 3: a one. `partial` are the byte's bits so far below a one. */
// @ts-ignore: decorator
@inline
export function expectedBit(model: usize, partial: u32, bitsLeft: u32): u32 {
  const expected = load<u32>(stateOf(model), EXPECTED);
  return expected && expected >> bitsLeft === partial ? 2 | ((expected >> (bitsLeft - 1)) & 1) : 0;
}

// @ts-ignore: decorator
@inline
function predictOne(model: usize, partial: u32, bitsLeft: u32): i16 {
  const state = stateOf(model);
  const bit = expectedBit(model, partial, bitsLeft);
  if (bit === 0) {
    store<u32>(state, 0, CELL);
    return 0;
  }
  const cell = load<u32>(state, MAP) + (((bitsLeft - 1) << 2) | ((bit & 1) << 1));
  store<u32>(state, cell, CELL);
  return <i16>stretch(<u32>load<u16>(<usize>cell));
}

/** The logits of the models, and a constant. `partial` are the byte's bits so far below a one. */
// @ts-ignore: decorator
@inline
export function predictPointers(partial: u32, bitsLeft: u32): v128 {
  let logits = i16x8.splat(0);
  logits = i16x8.replace_lane(logits, 0, predictOne(LONG, partial, bitsLeft));
  logits = i16x8.replace_lane(logits, 1, predictOne(SHORT, partial, bitsLeft));
  logits = i16x8.replace_lane(logits, 2, predictOne(AFTER, partial, bitsLeft));
  logits = i16x8.replace_lane(logits, 3, predictOne(BEFORE, partial, bitsLeft));
  logits = i16x8.replace_lane(logits, 4, predictOne(TARGET, partial, bitsLeft));
  return i16x8.replace_lane(logits, 5, BIAS);
}

// @ts-ignore: decorator
@inline
export function updatePointers(bit: u32): void {
  for (let model: usize = 0; model < POINTERS; model++) {
    const cell = <usize>load<u32>(stateOf(model), CELL);
    if (cell) updateProbability(cell, bit, 6);
  }
}

/** Move every pointer on by the byte that came. */
// @ts-ignore: decorator
@inline
export function endByte(byte: u32): void {
  for (let model: usize = 0; model < TARGET; model++) {
    const state = stateOf(model);
    const expected = load<u32>(state, EXPECTED);
    if (expected === 0) {
      if (model >= AFTER) store<u32>(state, load<u32>(state, ADDRESS) + 1, ADDRESS);
      continue;
    }
    const misses = load<u32>(state, MISSES) << 1;
    store<u32>(state, load<u32>(state, ADDRESS) + 1, ADDRESS);
    if (expected === (byte | 256)) {
      store<u32>(state, min(load<u32>(state, LENGTH) + 1, 65535), LENGTH);
      store<u32>(state, misses, MISSES);
    } else {
      store<u32>(state, 0, LENGTH);
      store<u32>(state, misses | 1, MISSES);
      if (model < AFTER && popcnt(misses & 0xff) >= 7) store<u32>(state, 0, ADDRESS);
    }
  }
}

/** Move every pointer past bytes that no model saw. */
export function skipBytes(length: usize): void {
  forgetMatches();
  for (let model = AFTER; model < TARGET; model++) {
    const state = stateOf(model);
    store<u32>(state, load<u32>(state, ADDRESS) + <u32>length, ADDRESS);
  }
}
