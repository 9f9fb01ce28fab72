/**
 * Codes new bytes given the old bytes they resemble.
 * @see docs/formats/differences-coding.md
 */
import { beginDecoding, beginEncoding, endEncoding } from '../../assembly/binary-coder';
import { prepareMixing } from '../../assembly/mixing';
import { Decoding, Encoding, Full, Quick } from './coded-bit';
import { codeNibbles, SCRATCH_BYTES } from './nibble-walk';
import { prepareNibbles } from './nibbles';
import { codeDifferences } from './walk';

/** How bytes are coded: by three contexts mixed, by eight, or in nibbles, whose words are judged before or not. */
const BY_THREE: u32 = 0;
const NIBBLES: u32 = 2;
const BRISK: u32 = 3;

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

/** How many bytes differ; up to 15 behind the last are read. */
export function countDifferent(one: usize, other: usize, length: usize): u32 {
  let equal: u32 = 0;
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    equal += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(one + at), v128.load(other + at))));
  }
  const rest = i8x16.bitmask(i8x16.eq(v128.load(one + at), v128.load(other + at)));
  equal += popcnt<i32>(rest & ((1 << <i32>(length - at)) - 1));
  return <u32>length - equal;
}

/**
 * The ways of nibbles replace the old bytes by the new ones.
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
  if (way >= NIBBLES) {
    return codeNibbles<Encoding>(way !== BRISK, oldBytes, newBytes, marks, length, output, output + most);
  }
  beginEncoding(output);
  const fits =
    way === BY_THREE
      ? codeDifferences<Encoding, Quick>(oldBytes, newBytes, marks, length, most)
      : codeDifferences<Encoding, Full>(oldBytes, newBytes, marks, length, most);
  if (!fits) return -1;
  return <i32>endEncoding();
}

/** Turn the old bytes into the new ones. */
export function decode(way: u32, bytes: usize, marks: usize, length: usize, input: usize, inputLength: usize): void {
  if (way >= NIBBLES) {
    codeNibbles<Decoding>(way !== BRISK, bytes, bytes, marks, length, input, input + inputLength);
    return;
  }
  beginDecoding(input, inputLength);
  if (way === BY_THREE) codeDifferences<Decoding, Quick>(bytes, bytes, marks, length, 0);
  else codeDifferences<Decoding, Full>(bytes, bytes, marks, length, 0);
}
