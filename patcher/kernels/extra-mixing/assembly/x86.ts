/**
 * Where in an x86-64 instruction the next byte lies, followed from byte to byte by lengths alone. It need not be right: it
 * chooses contexts, and it finds back into step by itself within a few instructions.
 */

/** What the next byte is. */
export const OPCODE: u32 = 0;
export const MODRM: u32 = 1;
export const SIB: u32 = 2;
export const DISPLACEMENT: u32 = 3;
export const IMMEDIATE: u32 = 4;

let part: u32 = 0;
/** The opcode: the byte, 256 added behind 0F, 512 or 768 behind 0F 38 and 0F 3A. */
let opcode: u32 = 0;
let prefixes: u32 = 0;
let modrm: u32 = 0;
let partLeft: u32 = 0;
let immediateBytes: u32 = 0;
let page: u32 = 0;
/** Opcodes and operands of the instructions before, 16 bits each, the latest lowest. */
let past: u64 = 0;

export function resetX86(): void {
  part = OPCODE;
  opcode = prefixes = modrm = partLeft = immediateBytes = page = 0;
  past = 0;
}

// @ts-ignore: decorator
@inline
export function x86Place(): u32 {
  return (part << 3) | min(partLeft, 7);
}

// @ts-ignore: decorator
@inline
export function x86Opcode(): u32 {
  return part === OPCODE ? (page << 8) | (prefixes << 12) : opcode | (prefixes << 12);
}

// @ts-ignore: decorator
@inline
export function x86Operand(): u32 {
  return part > MODRM ? modrm : 0;
}

// @ts-ignore: decorator
@inline
export function x86Past(): u64 {
  return past;
}

/** Which of the bytes before belong to the field the next byte is in. */
// @ts-ignore: decorator
@inline
export function partMask(): u64 {
  return part >= DISPLACEMENT ? ((<u64>1) << ((4 - <u64>min(partLeft, 4)) << 3)) - 1 : 0;
}

/** Whether a displacement of 4 bytes from the instruction pointer begins here. */
// @ts-ignore: decorator
@inline
export function beginsTarget(): bool {
  if (partLeft !== 4) return false;
  if (part === DISPLACEMENT) return (modrm & 0xc7) === 5;
  return part === IMMEDIATE && (opcode === 0xe8 || opcode === 0xe9 || (opcode & 0x1f0) === 0x180);
}

/** How many bytes lie between the end of the displacement and that of the instruction. */
// @ts-ignore: decorator
@inline
export function bytesAfterTarget(): u32 {
  return part === DISPLACEMENT ? immediateBytes : 0;
}

function endInstruction(): void {
  past = (past << 16) | (<u64>((opcode ^ (prefixes << 9)) & 0xffff) ^ ((<u64>(modrm & 0x38)) << 4));
  part = OPCODE;
  page = 0;
  prefixes = 0;
  modrm = 0;
}

function beginImmediate(): void {
  if (immediateBytes === 0) return endInstruction();
  part = IMMEDIATE;
  partLeft = immediateBytes;
}

function beginDisplacement(bytes: u32): void {
  if (bytes === 0) return beginImmediate();
  part = DISPLACEMENT;
  partLeft = bytes;
}

/** 16 and 64 bit operands change the size of what is 4 bytes otherwise. */
function wideImmediate(): u32 {
  return prefixes & 1 ? 2 : 4;
}

/** @returns Bytes of the immediate; 16 is added if a ModRM byte follows. */
function formOfOneByte(byte: u32): u32 {
  const low = byte & 7;
  if (byte < 0x40) return low < 4 ? 16 : low === 4 ? 1 : low === 5 ? wideImmediate() : 0;
  if (byte < 0x60) return 0;
  if (byte < 0x70) {
    if (byte === 0x63) return 16;
    if (byte === 0x68) return wideImmediate();
    if (byte === 0x69) return 16 + wideImmediate();
    return byte === 0x6a ? 1 : byte === 0x6b ? 17 : 0;
  }
  if (byte < 0x80) return 1;
  if (byte < 0x90) return byte === 0x81 ? 16 + wideImmediate() : byte < 0x84 ? 17 : 16;
  if (byte < 0xb0) return byte === 0xa8 ? 1 : byte === 0xa9 ? wideImmediate() : 0;
  if (byte < 0xb8) return 1;
  if (byte < 0xc0) return prefixes & 2 ? 8 : wideImmediate();
  if (byte < 0xd0) {
    if (byte < 0xc2 || byte === 0xc6) return 17;
    if (byte === 0xc7) return 16 + wideImmediate();
    return byte === 0xc2 || byte === 0xca ? 2 : byte === 0xcd ? 1 : 0;
  }
  if (byte < 0xe0) return byte < 0xd4 || byte >= 0xd8 ? 16 : 0;
  if (byte < 0xf0) return byte < 0xe8 || byte === 0xeb ? 1 : byte < 0xea ? 4 : 0;
  return byte === 0xf6 || byte === 0xf7 || byte >= 0xfe ? 16 : 0;
}

function formOfTwoBytes(byte: u32): u32 {
  if ((byte & 0xf0) === 0x80) return 4;
  if ((byte & 0xf8) === 0xc8 || (byte & 0xf0) === 0x30) return 0;
  if (byte === 0x05 || byte === 0x0b || byte === 0x77 || byte === 0xa2 || (byte & 0xf6) === 0xa0) return 0;
  if ((byte >= 0x70 && byte < 0x74) || byte === 0xa4 || byte === 0xac || byte === 0xba) return 17;
  return byte === 0xc2 || (byte >= 0xc4 && byte < 0xc7) ? 17 : 16;
}

function takeOpcode(byte: u32): void {
  if (page === 0) {
    if (byte === 0x66) {
      prefixes |= 1;
      return;
    }
    if ((byte & 0xf0) === 0x40) {
      prefixes = (prefixes & 13) | ((byte & 8) >> 2);
      return;
    }
    if (byte === 0xf2 || byte === 0xf3) {
      prefixes |= 4;
      return;
    }
    if ((byte & 0xe7) === 0x26 || byte === 0x64 || byte === 0x65 || byte === 0xf0) return;
    if (byte === 0x0f) {
      page = 1;
      return;
    }
  } else if (page === 1 && (byte === 0x38 || byte === 0x3a)) {
    page = byte === 0x38 ? 2 : 3;
    return;
  }
  opcode = byte | (page << 8);
  const form = page === 0 ? formOfOneByte(byte) : page === 1 ? formOfTwoBytes(byte) : page === 2 ? 16 : 17;
  immediateBytes = form & 15;
  if (form & 16) part = MODRM;
  else beginImmediate();
}

function takeModrm(byte: u32): void {
  modrm = byte;
  if (opcode === 0xf6 && (byte & 0x30) === 0) immediateBytes = 1;
  if (opcode === 0xf7 && (byte & 0x30) === 0) immediateBytes = wideImmediate();
  const mode = byte >> 6;
  if (mode === 3) return beginImmediate();
  if ((byte & 7) === 4) {
    part = SIB;
    return;
  }
  beginDisplacement(mode === 1 ? 1 : mode === 2 || (byte & 7) === 5 ? 4 : 0);
}

function takeSib(byte: u32): void {
  const mode = modrm >> 6;
  beginDisplacement(mode === 1 ? 1 : mode === 2 || (byte & 7) === 5 ? 4 : 0);
}

/** Take the next byte. */
export function stepX86(byte: u32): void {
  if (part === OPCODE) takeOpcode(byte);
  else if (part === MODRM) takeModrm(byte);
  else if (part === SIB) takeSib(byte);
  else if (--partLeft === 0) {
    if (part === DISPLACEMENT) beginImmediate();
    else endInstruction();
  }
}
