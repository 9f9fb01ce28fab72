/**
 * Binary arithmetic coding in 64 bits, shared by the kernels that code streams. A decision of probability
 * `p / 65536` (of being 1; 1 ≤ p ≤ 65535) splits the range at `(range >> 16) * p`, the lower part meaning 1;
 * whenever fewer than 32 bits of range are left, 4 bytes move out, the highest first. A carry runs back through
 * bytes already written. A decoder that has used up its bytes reads zeros.
 * @see docs/formats/patch.md#binary-coding
 */

let low: u64 = 0;
let range: u64 = 0;
let code: u64 = 0;
let start: usize = 0;
let next: usize = 0;
let end: usize = 0;

/** Begin to write at an address; the caller keeps enough room behind it. */
export function beginEncoding(output: usize): void {
  low = 0;
  range = u64.MAX_VALUE;
  start = output;
  next = output;
}

// @ts-ignore: decorator
@inline
export function encodeBit(bit: u32, probability: u32): void {
  const bound = (range >> 16) * <u64>probability;
  if (bit) {
    range = bound;
  } else {
    const sum = low + bound;
    if (sum < low) carry();
    low = sum;
    range -= bound;
  }
  while (range <= u32.MAX_VALUE) {
    store<u32>(next, bswap<u32>(<u32>(low >> 32)));
    next += 4;
    low <<= 32;
    range <<= 32;
  }
}

function carry(): void {
  let at = next - 1;
  while (load<u8>(at) === 0xff) store<u8>(at--, 0);
  store<u8>(at, load<u8>(at) + 1);
}

/** How many bytes were written so far. */
export function encodedBytes(): usize {
  return next - start;
}

/** @returns How many bytes were written; zeros at the end are left out. */
export function endEncoding(): usize {
  // Any number in [low, low + range) will do: the one with the fewest bits set at the end.
  const top = low + (range - 1);
  if (top < low) {
    carry();
    low = 0;
  } else {
    let kept: u64 = 0;
    for (let bits: u64 = 8; bits <= 64; bits += 8) {
      const mask = bits === 64 ? u64.MAX_VALUE : ~(u64.MAX_VALUE >> bits);
      kept = top & mask;
      if (kept >= low) break;
    }
    low = kept;
  }
  store<u64>(next, bswap<u64>(low));
  next += 8;
  while (next > start && load<u8>(next - 1) === 0) next--;
  return next - start;
}

/** Begin to read; beyond `input + length` there are zeros. */
export function beginDecoding(input: usize, length: usize): void {
  range = u64.MAX_VALUE;
  next = input;
  end = input + length;
  code = (<u64>readWord() << 32) | <u64>readWord();
}

// @ts-ignore: decorator
@inline
export function decodeBit(probability: u32): u32 {
  const bound = (range >> 16) * <u64>probability;
  let bit: u32 = 0;
  if (code < bound) {
    range = bound;
    bit = 1;
  } else {
    code -= bound;
    range -= bound;
  }
  while (range <= u32.MAX_VALUE) {
    code = (code << 32) | <u64>readWord();
    range <<= 32;
  }
  return bit;
}

function readWord(): u32 {
  if (next + 4 <= end) {
    const word = bswap<u32>(load<u32>(next));
    next += 4;
    return word;
  }
  let word: u32 = 0;
  for (let i = 0; i < 4; i++) {
    word = (word << 8) | (next < end ? <u32>load<u8>(next++) : 0);
  }
  return word;
}
