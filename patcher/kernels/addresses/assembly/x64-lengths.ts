/**
 * Most instructions of x86-64 are one opcode, with or without a REX prefix before it and a ModRM byte behind it. What these are
 * made of is told here from tables that are derived from {@link oneByteShapes}: without a decision that a processor could guess wrong,
 * and with looks into tables that need not wait for each other, as the next instruction begins where this one ends.
 */
import {
  oneByteShapes,
  SHAPE_BRANCH,
  SHAPE_GROUP3,
  SHAPE_IMMEDIATE,
  SHAPE_MODRM,
  SHAPE_OPERAND,
  SHAPE_SPECIAL,
  SHAPE_WIDE,
} from './x64-shapes';

/** Of what is told: bytes of the whole instruction. */
export const LENGTH: u32 = 15;
/** Ends with a 32-bit branch distance. */
export const HAS_BRANCH: u32 = 0x10;
/** Its operand is RIP-relative: the distance follows the ModRM byte. */
export const HAS_DISTANCE: u32 = 0x20;
/** There is a REX prefix. */
export const HAS_REX: u32 = 0x40;
/** Four bytes could be an absolute address: the immediate, or what is added to a register. */
export const HAS_ABSOLUTE: u32 = 0x100 | 0x200;
/** Not told here: the opcode, or what follows the ModRM byte, is another. */
export const IS_OTHER: u32 = 0x400 | 0x800;

/** Of an opcode's entry: which bits of the ModRM byte's entry count, all of these or none. */
const OPERAND_SHIFT: u32 = 16;
const OPERAND_MASK: u32 = 0x7fff0000;
/** Entry of a REX prefix, which is no opcode. */
const REX: u32 = 0x80000000;

/** By opcode, 256 without a REX prefix before and 256 with one: the instruction without what its ModRM byte adds. */
const opcodes = memory.data(2 * 256 * 4, 16);
/** By ModRM byte: what lies between that and the immediate. */
const operands = memory.data(256 * 2, 16);

/** Must run once before anything else here. */
export function prepareLengths(): void {
  for (let opcode: u32 = 0; opcode < 256; opcode++) {
    const first = (opcode & 0xf0) === 0x40 ? REX : describeOpcode(opcode, 0);
    store<u32>(opcodes + (<usize>opcode << 2), first);
    store<u32>(opcodes + (<usize>opcode << 2), describeOpcode(opcode, 1), 1024);
  }
  for (let modrm: u32 = 0; modrm < 256; modrm++) {
    store<u16>(operands + (<usize>modrm << 1), <u16>describeOperand(modrm));
  }
}

/** @param rex Bytes before it. */
function describeOpcode(opcode: u32, rex: u32): u32 {
  const shape = <u32>load<u8>(oneByteShapes + opcode);
  // The last two: where REX.W may lengthen the immediate, or the ModRM byte says whether there is one.
  if (shape & SHAPE_SPECIAL || shape & SHAPE_GROUP3 || (shape & SHAPE_WIDE && rex)) return 0x400;
  let entry = rex + 1 + (shape & SHAPE_IMMEDIATE);
  if (rex) entry |= HAS_REX;
  if (shape & SHAPE_MODRM) entry += 1 | OPERAND_MASK;
  if (shape & SHAPE_OPERAND) entry += 4 | 0x100;
  if (shape & SHAPE_BRANCH) entry += 4 | HAS_BRANCH;
  return entry;
}

function describeOperand(modrm: u32): u32 {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 3) return 0;
  // The SIB byte says whether an address follows.
  if (mod === 0 && rm === 4) return 0x800;
  if (mod === 0) return rm === 5 ? 4 | HAS_DISTANCE : 0;
  const sib = u32(rm === 4);
  return mod === 1 ? sib + 1 : (sib + 4) | 0x200;
}

/** What the instruction at an address is; three bytes are read. */
// @ts-ignore: decorator
@inline
export function describe(at: usize): u32 {
  const first = load<u32>(opcodes + (<usize>load<u8>(at) << 2));
  const second = load<u32>(opcodes + (<usize>load<u8>(at, 1) << 2), 1024);
  const plain = (first & 0xffff) + (<u32>load<u16>(operands + (<usize>load<u8>(at, 1) << 1)) & (first >> OPERAND_SHIFT));
  const prefixed = (second & 0xffff) + (<u32>load<u16>(operands + (<usize>load<u8>(at, 2) << 1)) & (second >> OPERAND_SHIFT));
  // A prefix's entry has no bit but the highest.
  return plain + (prefixed & <u32>(<i32>first >> 31));
}
