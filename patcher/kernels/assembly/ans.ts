/**
 * Asymmetric numeral system (rANS) with a 64-bit state in [2^31, 2^63), 32-bit words and probabilities of 15 bits.
 * Shared by the kernels that code symbols. A decoder reads forward what an encoder wrote backward, so an encoder first
 * lists the symbols of a chunk.
 * @see docs/formats/extra-coding.md#numbers
 */
export const PROBABILITY_BITS: u32 = 15;
export const TOTAL: u32 = 1 << PROBABILITY_BITS;
const MASK: u64 = TOTAL - 1;
const STATE_MIN: u64 = 1 << 31;

let state: u64 = 0;
let next: usize = 0;
let end: usize = 0;
let symbols: usize = 0;
let listed: usize = 0;

/** Where the words of one chunk or several lie; behind them are zeros. */
export function openWords(input: usize, inputEnd: usize): void {
  next = input;
  end = inputEnd;
}

/** Go on to the next chunk. */
export function beginChunkDecoding(): void {
  const low = <u64>readWord();
  state = low | (<u64>readWord() << 32);
}

/** Whether all words were used and the state is the one every encoder begins with. */
export function endChunkDecoding(): bool {
  return state === STATE_MIN && next === end;
}

function readWord(): u32 {
  if (next + 4 > end) return 0;
  const word = load<u32>(next);
  next += 4;
  return word;
}

/** For decoders that keep the state to themselves for a while, as a local: the kernel's own lies in memory. */
// @ts-ignore: decorator
@inline
export function takeState(): u64 {
  return state;
}

// @ts-ignore: decorator
@inline
export function putState(x: u64): void {
  state = x;
}

/** {@link peek} of a state taken. */
// @ts-ignore: decorator
@inline
export function numberOf(x: u64): u32 {
  return <u32>(x & MASK);
}

/** {@link consume} of a state taken. @returns The next one. */
// @ts-ignore: decorator
@inline
export function advance(x: u64, from: u32, frequency: u32): u64 {
  const next = <u64>frequency * (x >> PROBABILITY_BITS) + ((x & MASK) - <u64>from);
  return next < STATE_MIN ? (next << 32) | <u64>readWord() : next;
}

/** The number that says which symbol is next, below `TOTAL`. */
// @ts-ignore: decorator
@inline
export function peek(): u32 {
  return <u32>(state & MASK);
}

// @ts-ignore: decorator
@inline
export function consume(from: u32, frequency: u32): void {
  state = advance(state, from, frequency);
}

/** Symbols are listed from an address on, 4 bytes each. */
export function beginChunkEncoding(list: usize): void {
  symbols = list;
  listed = list;
}

// @ts-ignore: decorator
@inline
export function list(from: u32, frequency: u32): void {
  store<u32>(listed, from | (frequency << 16));
  listed += 4;
}

/** Write the words of all symbols listed so that they end at `outputEnd`. @returns Where they begin. */
export function writeChunk(outputEnd: usize): usize {
  let x: u64 = STATE_MIN;
  let at = outputEnd;
  for (let entry = listed; entry > symbols; ) {
    entry -= 4;
    const symbol = load<u32>(entry);
    const frequency = <u64>(symbol >> 16);
    if (x >= frequency << 48) {
      at -= 4;
      store<u32>(at, <u32>x);
      x >>= 32;
    }
    // One division: engines do not see that the remainder is at hand.
    const quotient = x / frequency;
    x = (quotient << PROBABILITY_BITS) + (x - quotient * frequency) + <u64>(symbol & 0xffff);
  }
  at -= 8;
  store<u64>(at, x);
  return at;
}

/** Where the next symbol will be listed. */
export function listEnd(): usize {
  return listed;
}

/** Forget the symbols listed from an address on. */
export function unlist(address: usize): void {
  listed = address;
}
