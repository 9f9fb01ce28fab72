/**
 * Codes new bytes given the old bytes they resemble.
 * @see docs/formats/differences-coding.md
 */
import { beginDecoding, beginEncoding, endEncoding } from '../../assembly/binary-coder';
import { prepareMixing } from '../../assembly/mixing';
import { Decoding, Encoding } from '../../assembly/direction';
import { codeNibbles, SCRATCH_BYTES } from './nibble-walk';
import { prepareNibbles } from './nibbles';
import { codeDifferences } from './walk';

/** How bytes are coded: in nibbles, or else by mixed decisions. */
const NIBBLES: u32 = 0;

/** Address of the first byte a caller may use: the way of nibbles writes to those just before the bytes it changes. */
export function firstFree(): usize {
  return ((__heap_base + 63) & ~63) + 64;
}

/** What {@link encode} needs behind the output's end. */
export function scratchBytes(): usize {
  return SCRATCH_BYTES;
}

export function prepare(): void {
  prepareMixing();
  prepareNibbles();
}

/** Whether all bytes are equal; up to 15 behind the last, which are, are looked at, too. */
export function areEqual(one: usize, other: usize, length: usize): bool {
  for (let at: usize = 0; at < length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(one + at), v128.load(other + at)))) return false;
  }
  return true;
}

/**
 * The way of nibbles replaces the old bytes by the new ones.
 * @returns How many bytes were written, or -1 if they would be more than `most`.
 */
export function encode(
  way: u32,
  oldBytes: usize,
  newBytes: usize,
  marks: usize,
  length: usize,
  output: usize,
  most: usize,
): i32 {
  if (way === NIBBLES) {
    return codeNibbles<Encoding>(oldBytes, newBytes, marks, length, output, output + most);
  }
  beginEncoding(output);
  if (!codeDifferences<Encoding>(oldBytes, newBytes, marks, length, most)) return -1;
  return <i32>endEncoding();
}

/** Turn the old bytes into the new ones. */
export function decode(way: u32, bytes: usize, marks: usize, length: usize, input: usize, inputLength: usize): void {
  if (way === NIBBLES) {
    codeNibbles<Decoding>(bytes, bytes, marks, length, input, input + inputLength);
    return;
  }
  beginDecoding(input, inputLength);
  codeDifferences<Decoding>(bytes, bytes, marks, length, 0);
}
