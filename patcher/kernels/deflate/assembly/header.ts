/**
 * The header of a block with codes of its own: the lengths of the codes of both alphabets, run-length coded in
 * symbols that have a code themselves.
 * @see RFC 1951, 3.2.7
 */
import { assignCodes, assignLengths } from './huffman';
import { DISTANCE_SYMBOLS, LITERAL_SYMBOLS } from './symbols';
import { writeBits } from './bit-writer';

export const LENGTH_SYMBOLS: u32 = 19;
export const REPEAT: u32 = 16;
export const ZEROS_SHORT: u32 = 17;
export const ZEROS_LONG: u32 = 18;

/** A header in memory: counts, then the code lengths of the length symbols, then the runs. */
export const LITERAL_COUNT: usize = 0;
export const DISTANCE_COUNT: usize = 4;
export const LENGTH_COUNT: usize = 8;
export const RUN_COUNT: usize = 12;
export const LENGTH_LENGTHS: usize = 16;
/** u16 each: the symbol, and from bit 8 on its extra bits. */
export const RUNS: usize = 40;
export const RUNS_MAX: u32 = LITERAL_SYMBOLS + DISTANCE_SYMBOLS + 8;
export const HEADER_BYTES: usize = RUNS + 2 * (<usize>RUNS_MAX);

/** In what order the lengths of the length symbols are written. */
export const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const runFrequencies = memory.data(4 * 19);
const runCodes = memory.data(2 * 19);

// @ts-ignore: decorator
@inline
export function runExtraBits(symbol: u32): u32 {
  return symbol < REPEAT ? 0 : symbol === REPEAT ? 2 : symbol === ZEROS_SHORT ? 3 : 7;
}

/** How many code lengths a run stands for. */
export function runLength(run: u32): u32 {
  const symbol = run & 0xff;
  if (symbol < REPEAT) return 1;
  return (run >> 8) + (symbol === ZEROS_LONG ? 11 : 3);
}

/** Write the header zlib gives to these lengths. */
export function composeHeader(
  header: usize,
  literalLengths: usize,
  literals: u32,
  distanceLengths: usize,
  distances: u32,
): void {
  store<u32>(header, literals, LITERAL_COUNT);
  store<u32>(header, distances, DISTANCE_COUNT);
  store<u32>(header, 0, RUN_COUNT);
  memory.fill(runFrequencies, 0, 4 * LENGTH_SYMBOLS);
  appendRuns(header, literalLengths, literals);
  appendRuns(header, distanceLengths, distances);
  assignLengths(runFrequencies, LENGTH_SYMBOLS, 7, header + LENGTH_LENGTHS);
  let count = LENGTH_SYMBOLS;
  while (count > 4 && load<u8>(header + LENGTH_LENGTHS + ORDER[count - 1]) === 0) count--;
  store<u32>(header, count, LENGTH_COUNT);
}

function appendRuns(header: usize, lengths: usize, symbols: u32): void {
  let before: u32 = 0xffff;
  let index: u32 = 0;
  while (index < symbols) {
    const length = <u32>load<u8>(lengths + index);
    const longest: u32 = length === 0 ? 138 : length === before ? 6 : 7;
    let count: u32 = 1;
    while (count < longest && index + count < symbols && <u32>load<u8>(lengths + index + count) === length) count++;
    index += count;
    if (length === 0) {
      if (count > 10) appendRun(header, ZEROS_LONG, count - 11);
      else if (count > 2) appendRun(header, ZEROS_SHORT, count - 3);
      else appendSingles(header, 0, count);
    } else if (length === before) {
      if (count > 2) appendRun(header, REPEAT, count - 3);
      else appendSingles(header, length, count);
    } else if (count > 3) {
      appendRun(header, length, 0);
      appendRun(header, REPEAT, count - 4);
    } else {
      appendSingles(header, length, count);
    }
    before = length;
  }
}

function appendSingles(header: usize, length: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) appendRun(header, length, 0);
}

export function appendRun(header: usize, symbol: u32, extra: u32): void {
  const count = load<u32>(header, RUN_COUNT);
  store<u16>(header + RUNS + (<usize>count << 1), symbol | (extra << 8));
  store<u32>(header, count + 1, RUN_COUNT);
  const at = runFrequencies + (<usize>symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

export function headerBits(header: usize): u32 {
  let bits: u32 = 14 + 3 * load<u32>(header, LENGTH_COUNT);
  const count = load<u32>(header, RUN_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const symbol = <u32>load<u16>(header + RUNS + (<usize>i << 1)) & 0xff;
    bits += <u32>load<u8>(header + LENGTH_LENGTHS + symbol) + runExtraBits(symbol);
  }
  return bits;
}

export function writeHeader(header: usize): void {
  const lengths = load<u32>(header, LENGTH_COUNT);
  writeBits(load<u32>(header, LITERAL_COUNT) - 257, 5);
  writeBits(load<u32>(header, DISTANCE_COUNT) - 1, 5);
  writeBits(lengths - 4, 4);
  for (let i: u32 = 0; i < lengths; i++) writeBits(load<u8>(header + LENGTH_LENGTHS + ORDER[i]), 3);
  assignCodes(header + LENGTH_LENGTHS, LENGTH_SYMBOLS, runCodes);
  const count = load<u32>(header, RUN_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const run = <u32>load<u16>(header + RUNS + (<usize>i << 1));
    const symbol = run & 0xff;
    writeBits(load<u16>(runCodes + (<usize>symbol << 1)), load<u8>(header + LENGTH_LENGTHS + symbol));
    writeBits(run >> 8, runExtraBits(symbol));
  }
}
