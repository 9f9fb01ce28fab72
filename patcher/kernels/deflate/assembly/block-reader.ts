/**
 * Takes a deflate stream apart into what its encoder decided: blocks, tokens, headers. Used where a stream is
 * described, on untrusted bytes.
 * @see RFC 1951
 */
import { beginReadingBits, dropBits, overrun, peekBits, readBits, refill, skipToByte, takeBytes } from './bit-reader';
import {
  appendRun,
  DISTANCE_COUNT,
  LENGTH_COUNT,
  LENGTH_LENGTHS,
  LENGTH_SYMBOLS,
  LITERAL_COUNT,
  ORDER,
  REPEAT,
  RUN_COUNT,
  RUNS_MAX,
  runExtraBits,
  runLength,
  RUNS,
} from './header';
import { reverseBits } from './huffman';
import {
  DISTANCE_SYMBOLS,
  distanceBase,
  distanceExtraBits,
  END_OF_BLOCK,
  LITERAL_SYMBOLS,
  lengthBase,
  lengthExtraBits,
} from './symbols';
import { TOKENS, TOKENS_MAX } from './tokens';

export const STORED: u32 = 0;
export const STATIC: u32 = 1;
export const DYNAMIC: u32 = 2;

const literalTable = memory.data(2 << 15);
const distanceTable = memory.data(2 << 15);
const runTable = memory.data(2 << 7);
const counts = memory.data(4 * 16);

let literalMask: u32 = 0;
let distanceMask: u32 = 0;

export let blockKind: u32 = 0;
export let blockIsLast: u32 = 0;
/** New bytes of the block. */
export let blockBytes: u32 = 0;
export let blockTokens: u32 = 0;

export function beginReadingBlocks(input: usize, length: u32): void {
  beginReadingBits(input, length);
}

/**
 * @param header Where a dynamic block's header goes.
 * @param lengths 320 bytes, where its code lengths go: literals, then distances from 288 on.
 * @param position How many bytes earlier blocks gave.
 * @param end How many bytes the stream gives.
 */
export function readBlock(header: usize, lengths: usize, position: u32, end: u32): bool {
  blockTokens = 0;
  blockBytes = 0;
  if (!openBlock(header, lengths)) return false;
  if (blockKind !== STORED) return readTokens(position, end);
  const isStored = takeStored(end - position) !== 0;
  blockBytes = storedBytes;
  return isStored;
}

/** Read what stands before a block's tokens or bytes: see {@link readBlock}. */
export function openBlock(header: usize, lengths: usize): bool {
  blockIsLast = readBits(1);
  blockKind = readBits(2);
  if (blockKind === STORED) return true;
  if (blockKind === STATIC) fillStaticLengths(lengths);
  else if (blockKind !== DYNAMIC || !readHeader(header, lengths)) return false;
  const literalBits = buildTable(lengths, 288, literalTable);
  const distanceBits = buildTable(lengths + 288, 32, distanceTable);
  if (literalBits < 0 || distanceBits < 0) return false;
  literalMask = (1 << literalBits) - 1;
  distanceMask = (1 << distanceBits) - 1;
  return true;
}

/** How many bytes the stored block has. */
export let storedBytes: u32 = 0;

/** Go over a stored block's bytes. @returns Where they lie; 0 when there are more than `most`, or not as many. */
export function takeStored(most: u32): usize {
  skipToByte();
  storedBytes = readBits(16);
  if ((readBits(16) ^ storedBytes) !== 0xffff || storedBytes > most || overrun()) return 0;
  return takeBytes(storedBytes);
}

/** What the next bits stand for: symbol << 4 | length of its code; 0 where no code fits. */
// @ts-ignore: decorator
@inline
export function literalEntry(bits: u32): u32 {
  return load<u16>(literalTable + (<usize>(bits & literalMask) << 1));
}

// @ts-ignore: decorator
@inline
export function distanceEntry(bits: u32): u32 {
  return load<u16>(distanceTable + (<usize>(bits & distanceMask) << 1));
}

export function fillStaticLengths(lengths: usize): void {
  memory.fill(lengths, 8, 288);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 288, 5, 32);
}

function readHeader(header: usize, lengths: usize): bool {
  const literals = readBits(5) + 257;
  const distances = readBits(5) + 1;
  const count = readBits(4) + 4;
  if (literals > LITERAL_SYMBOLS || distances > DISTANCE_SYMBOLS) return false;
  memory.fill(header + LENGTH_LENGTHS, 0, LENGTH_SYMBOLS);
  for (let i: u32 = 0; i < count; i++) store<u8>(header + LENGTH_LENGTHS + ORDER[i], readBits(3));
  store<u32>(header, literals, LITERAL_COUNT);
  store<u32>(header, distances, DISTANCE_COUNT);
  store<u32>(header, count, LENGTH_COUNT);
  store<u32>(header, 0, RUN_COUNT);
  const tableBits = buildTable(header + LENGTH_LENGTHS, LENGTH_SYMBOLS, runTable);
  if (tableBits < 0) return false;
  const mask: u32 = (1 << tableBits) - 1;
  let covered: u32 = 0;
  while (covered < literals + distances) {
    refill();
    const entry = <u32>load<u16>(runTable + (<usize>(peekBits() & mask) << 1));
    if (entry === 0) return false;
    dropBits(entry & 15);
    const symbol = entry >> 4;
    const extra = readBits(runExtraBits(symbol));
    appendRun(header, symbol, extra);
    covered += runLength(symbol | (extra << 8));
  }
  return !overrun() && expandRuns(header, lengths);
}

/** Lay the lengths out that a header's runs stand for. @returns False when they are too many. */
export function expandRuns(header: usize, lengths: usize): bool {
  const literals = load<u32>(header, LITERAL_COUNT);
  const total = literals + load<u32>(header, DISTANCE_COUNT);
  const runs = load<u32>(header, RUN_COUNT);
  if (runs > RUNS_MAX) return false;
  memory.fill(lengths, 0, 320);
  let index: u32 = 0;
  let before: u32 = 0;
  for (let i: u32 = 0; i < runs; i++) {
    const run = <u32>load<u16>(header + RUNS + (<usize>i << 1));
    const symbol = run & 0xff;
    const length: u32 = symbol < REPEAT ? symbol : symbol === REPEAT ? before : 0;
    const stop = index + runLength(run);
    if (stop > total) return false;
    for (; index < stop; index++) store<u8>(lengths + <usize>(index < literals ? index : 288 + index - literals), length);
    before = length;
  }
  return index === total;
}

/**
 * A table from the next bits to symbol << 4 | length; 0 where no code fits.
 * @returns Bits of its index, or -1 for lengths that are no code.
 */
function buildTable(lengths: usize, symbols: u32, table: usize): i32 {
  memory.fill(counts, 0, 4 * 16);
  let longest: u32 = 1;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const bits = <u32>load<u8>(lengths + symbol);
    const at = counts + (<usize>bits << 2);
    store<u32>(at, load<u32>(at) + 1);
    longest = max(longest, bits);
  }
  store<u32>(counts, 0);
  let code: u32 = 0;
  for (let bits: u32 = 1; bits <= 15; bits++) {
    const at = counts + (<usize>bits << 2);
    const count = load<u32>(at);
    code <<= 1;
    store<u32>(at, code);
    code += count;
    if (code > <u32>1 << bits) return -1;
  }
  memory.fill(table, 0, 2 << longest);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const bits = <u32>load<u8>(lengths + symbol);
    if (bits === 0) continue;
    const at = counts + (<usize>bits << 2);
    const first = reverseBits(load<u32>(at), bits);
    store<u32>(at, load<u32>(at) + 1);
    for (let index = first; index < <u32>1 << longest; index += <u32>1 << bits) {
      store<u16>(table + (<usize>index << 1), (symbol << 4) | bits);
    }
  }
  return <i32>longest;
}

function readTokens(position: u32, end: u32): bool {
  let at = position;
  for (;;) {
    refill();
    const entry = literalEntry(peekBits());
    if (entry === 0) return false;
    dropBits(entry & 15);
    const symbol = entry >> 4;
    if (symbol === END_OF_BLOCK) break;
    let token: u32 = 1 << 16;
    if (symbol > END_OF_BLOCK) {
      if (symbol >= LITERAL_SYMBOLS) return false;
      const length = lengthBase(symbol) + readBits(lengthExtraBits(symbol));
      refill();
      const slotEntry = distanceEntry(peekBits());
      if (slotEntry === 0) return false;
      dropBits(slotEntry & 15);
      const slot = slotEntry >> 4;
      if (slot >= DISTANCE_SYMBOLS) return false;
      const distance = distanceBase(slot) + readBits(distanceExtraBits(slot));
      if (distance > at) return false;
      token = (length << 16) | distance;
    }
    at += token >> 16;
    if (at > end || blockTokens === TOKENS_MAX) return false;
    store<u32>(TOKENS + (<usize>blockTokens << 2), token);
    blockTokens++;
  }
  blockBytes = at - position;
  return !overrun();
}
