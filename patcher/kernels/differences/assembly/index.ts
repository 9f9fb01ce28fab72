/**
 * Codes new bytes given the old bytes they resemble.
 * @see docs/formats/differences-coding.md
 */
import { beginDecoding, beginEncoding, endEncoding } from '../../assembly/binary-coder';
import { prepareMixing } from '../../assembly/mixing';
import { Decoding, Encoding, Full, Quick } from './coded-bit';
import { codeDifferences } from './walk';

/** Address of the first byte a caller may use. */
export function firstFree(): usize {
  return (__heap_base + 63) & ~63;
}

export function prepare(): void {
  prepareMixing();
}

/** @returns How many bytes were written, or -1 if they would be more than `most`. */
export function encode(
  level: u32,
  oldBytes: usize,
  newBytes: usize,
  marks: usize,
  length: usize,
  output: usize,
  most: usize,
): i32 {
  beginEncoding(output);
  const fits = level
    ? codeDifferences<Encoding, Full>(oldBytes, newBytes, marks, length, most)
    : codeDifferences<Encoding, Quick>(oldBytes, newBytes, marks, length, most);
  if (!fits) return -1;
  return <i32>endEncoding();
}

/** Turn the old bytes into the new ones. */
export function decode(level: u32, bytes: usize, marks: usize, length: usize, input: usize, inputLength: usize): void {
  beginDecoding(input, inputLength);
  if (level) codeDifferences<Decoding, Full>(bytes, bytes, marks, length, 0);
  else codeDifferences<Decoding, Quick>(bytes, bytes, marks, length, 0);
}
