import { absolute32, addressOf, KIND_BRANCH, KIND_OPERAND, relative32 } from './field';
import { describe, HAS_ABSOLUTE, HAS_BRANCH, HAS_DISTANCE, HAS_REX, IS_OTHER, LENGTH } from './x64-lengths';
import { twoByteShapes, oneByteShapes } from './x64-shapes';
import {
  SHAPE_ESCAPE,
  SHAPE_EVEX,
  SHAPE_GROUP3,
  SHAPE_IMMEDIATE,
  SHAPE_OPERAND,
  SHAPE_MODRM,
  SHAPE_PREFIX,
  SHAPE_BRANCH,
  SHAPE_SPECIAL,
  SHAPE_VEX2,
  SHAPE_VEX3,
  SHAPE_WIDE,
} from './x64-shapes';

/** No instruction is longer; the caller has as many zeros behind the last byte. */
const INSTRUCTION_BYTES_MAX: usize = 15;

let absoluteBase: u32 = 0;
let absoluteChange: i32 = 0;

/** Non-zero for an image loaded at a fixed address below 2^31, whose code then has absolute addresses too. */
export function setAbsoluteBase(base: u32, change: i32): void {
  absoluteBase = base;
  absoluteChange = change;
}

/**
 * Walk instructions one after the other, taking every 32-bit branch distance, every distance of a RIP-relative
 * operand, and absolute addresses if there can be any. Walking finds back to instruction borders by itself within a
 * few instructions, so it may begin anywhere and pass over data.
 * @param last No instruction is begun at or behind it.
 * @param end No field may reach behind it.
 * @returns Where the next instruction begins.
 */
export function walkX64(begin: usize, last: usize, end: usize): usize {
  const special = absoluteBase ? IS_OTHER | HAS_ABSOLUTE : IS_OTHER;
  let at = begin;
  while (at < last) {
    const told = describe(at);
    const next = at + <usize>(told & LENGTH);
    if (told & (special | HAS_BRANCH | HAS_DISTANCE)) {
      if (told & special) {
        at = walkOne(at, end);
        continue;
      }
      const field = told & HAS_BRANCH ? next - 4 : at + (told & HAS_REX ? 3 : 2);
      if (field + 4 <= end) relative32(field, addressOf(next), told & HAS_BRANCH ? KIND_BRANCH : KIND_OPERAND);
    }
    at = next;
  }
  return at;
}

const TOUCHED_BITS: usize = 8;
/** Which blocks of 2^`TOUCHED_BITS` bytes are walked, a byte each; 0 for all. */
let touchedBlocks: usize = 0;
/** Where in the first of them the bytes begin. */
let touchedPhase: usize = 0;

/** @param blocks One for each block of 256 bytes; 0 to walk everything. @param phase Where in the first one the next run's bytes begin. */
export function setTouched(blocks: usize, phase: u32): void {
  touchedBlocks = blocks;
  touchedPhase = <usize>phase;
}

/** {@link walkX64}, but instructions begin in touched blocks only. @param bytes Where the bytes of the run begin. */
export function walkTouched(bytes: usize, begin: usize, last: usize, end: usize): usize {
  if (touchedBlocks === 0) return walkX64(begin, last, end);
  const origin = bytes - touchedPhase;
  let at = begin;
  while (at < last) {
    let block = (at - origin) >> TOUCHED_BITS;
    const isTouched = load<u8>(touchedBlocks + block);
    do block++;
    while (origin + (block << TOUCHED_BITS) < last && load<u8>(touchedBlocks + block) === isTouched);
    const border = min<usize>(last, origin + (block << TOUCHED_BITS));
    at = isTouched ? walkX64(at, border, end) : border;
  }
  return at;
}

// @ts-ignore: decorator
@inline
function walkOne(begin: usize, end: usize): usize {
  let at = begin;
  let rex: u32 = 0;
  let narrow = false;
  let opcode = <u32>load<u8>(at++);
  let shape = <u32>load<u8>(oneByteShapes + opcode);
  if (shape & SHAPE_SPECIAL) {
    while (shape === SHAPE_PREFIX && at - begin < INSTRUCTION_BYTES_MAX - 8) {
      if ((opcode & 0xf0) === 0x40) rex = opcode;
      if (opcode === 0x66) narrow = true;
      opcode = <u32>load<u8>(at++);
      shape = <u32>load<u8>(oneByteShapes + opcode);
    }
    if (shape & SHAPE_SPECIAL) {
      if (shape === SHAPE_ESCAPE) {
        opcode = <u32>load<u8>(at++);
        if (opcode === 0x38) {
          at++;
          shape = SHAPE_MODRM;
        } else if (opcode === 0x3a) {
          at++;
          shape = SHAPE_MODRM + 1;
        } else {
          shape = <u32>load<u8>(twoByteShapes + opcode);
        }
        narrow = false;
      } else if (shape === SHAPE_VEX2) {
        opcode = <u32>load<u8>(at, 1);
        at += 2;
        shape = <u32>load<u8>(twoByteShapes + opcode) & ~SHAPE_BRANCH;
      } else if (shape === SHAPE_VEX3 || shape === SHAPE_EVEX) {
        const table = <u32>load<u8>(at) & 7;
        at += shape === SHAPE_VEX3 ? 2 : 3;
        opcode = <u32>load<u8>(at++);
        if (table === 1) shape = <u32>load<u8>(twoByteShapes + opcode) & ~SHAPE_BRANCH;
        else shape = table === 3 ? SHAPE_MODRM + 1 : SHAPE_MODRM;
      } else {
        return at;
      }
      rex = 0;
      if (shape & SHAPE_SPECIAL) return at;
    }
  }
  let field: usize = 0;
  let fixed: usize = 0;
  if (shape & SHAPE_MODRM) {
    const modrm = <u32>load<u8>(at++);
    const mod = modrm >> 6;
    const rm = modrm & 7;
    if (mod !== 3) {
      if (rm === 4) {
        const sib = <u32>load<u8>(at++);
        if (mod === 0 && (sib & 7) === 5) {
          fixed = at;
          at += 4;
        }
      } else if (mod === 0 && rm === 5) {
        field = at;
        at += 4;
      }
      if (mod === 1) at++;
      else if (mod === 2) {
        fixed = at;
        at += 4;
      }
    }
    if (shape & SHAPE_GROUP3 && (modrm & 0x38) > 8) shape &= ~(SHAPE_IMMEDIATE | SHAPE_OPERAND);
  }
  if (shape & SHAPE_BRANCH) {
    if (at + 4 <= end) relative32(at, addressOf(at + 4), KIND_BRANCH);
    return at + 4;
  }
  if (absoluteBase) {
    if (fixed && fixed + 4 <= end) absolute32(fixed, absoluteBase, absoluteChange);
    if (shape & SHAPE_OPERAND && !narrow && !(shape & SHAPE_WIDE && rex & 8) && at + 4 <= end) {
      absolute32(at, absoluteBase, absoluteChange);
    }
  }
  at += shape & 3;
  if (shape & SHAPE_OPERAND) {
    if (narrow) at += 2;
    else at += shape & SHAPE_WIDE && rex & 8 ? 8 : 4;
  }
  if (field && field + 4 <= end) relative32(field, addressOf(at), KIND_OPERAND);
  return at;
}
