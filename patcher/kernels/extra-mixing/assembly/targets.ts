import { NEAR_TARGETS, TARGETS } from './layout';
import { TARGET, expectByte } from './pointers';
import { beginsTarget, bytesAfterTarget } from './x86';

/**
 * Operands of x86-64 code that are relative to their own place. The same function or variable is meant again and again,
 * from another place each time: so the targets seen are kept, by their lowest byte and by their lowest two, and once these
 * are known of an operand, the rest of it is expected to lead to the latest such target.
 */

let fieldEnd: usize = 0;
let base: u32 = 0;
let hits: u32 = 0;

/** Targets are counted from the first new byte on. */
let origin: usize = 0;

export function resetTargets(newStart: usize): void {
  origin = newStart;
  memory.fill(NEAR_TARGETS, 0, 256 * 4);
  memory.fill(TARGETS, 0, 65536 * 4);
  fieldEnd = 0;
  hits = 0;
}

// @ts-ignore: decorator
@inline
function nearCell(target: u32): usize {
  return NEAR_TARGETS + ((<usize>(target & 0xff)) << 2);
}

// @ts-ignore: decorator
@inline
function cellOf(target: u32): usize {
  return TARGETS + ((<usize>(target & 0xffff)) << 2);
}

// @ts-ignore: decorator
@inline
function keepTarget(target: u32): void {
  store<u32>(nearCell(target), target);
  store<u32>(cellOf(target), target);
}

/** Begin a byte: say what it should be if it belongs to an operand. */
// @ts-ignore: decorator
@inline
export function expectTarget(at: usize): void {
  if (at >= fieldEnd) {
    if (fieldEnd && at === fieldEnd) endField();
    if (!beginsTarget()) return expectByte(TARGET, 0, 0);
    fieldEnd = at + 4;
    base = <u32>(fieldEnd + bytesAfterTarget() - origin);
  }
  const done = <u32>(at - (fieldEnd - 4));
  if (done === 0) return expectByte(TARGET, 0, 0);
  const known = load<u32>(at - done) & ((1 << (done << 3)) - 1);
  const start = known + base;
  const target = load<u32>(done === 1 ? nearCell(start) : cellOf(start));
  const value = target - base;
  const isSame = ((value ^ known) & ((1 << (done << 3)) - 1)) === 0;
  expectByte(
    TARGET,
    target !== 0 && isSame ? ((value >> (done << 3)) & 0xff) | 256 : 0,
    (done << 2) | (hits & 3),
  );
}

function endField(): void {
  const target = load<u32>(fieldEnd - 4) + base;
  hits = (hits << 1) | <u32>(load<u32>(cellOf(target)) === target);
  keepTarget(target);
  fieldEnd = 0;
}

/** Whether the byte just before an operand belongs to an instruction that takes one. */
// @ts-ignore: decorator
@inline
function takesOperand(at: usize): bool {
  const byte = load<u8>(at - 1);
  if (byte === 0xe8 || byte === 0xe9) return true;
  const before = load<u8>(at - 2);
  return (byte & 0xc7) === 5 && (before === 0x8d || before === 0x8b) && (load<u8>(at - 3) & 0xf8) === 0x48;
}

/** Keep the targets of bytes that are known. */
export function keepTargets(start: usize, end: usize): void {
  for (let at = start + 3; at + 4 <= end; at++) {
    if (!takesOperand(at)) continue;
    const value = load<i32>(at);
    if (value >> 24 !== 0 && value >> 24 !== -1) continue;
    keepTarget(<u32>(at + 4 - origin) + <u32>value);
  }
}
