/**
 * The way of nibbles: which blocks, words and bytes differ is coded in masks, so that few symbols are needed. Bytes are
 * replaced where they lie, by encoder and decoder alike: what lies behind the place under way is old, all before it new.
 * @see docs/formats/differences-coding.md#nibbles
 */
import { beginChunkDecoding, beginChunkEncoding, openWords, writeChunk } from '../../assembly/ans';
import { isEncoding } from '../../assembly/direction';
import { fieldDelta, fieldOld, fieldOpen, fieldStart, fieldTrust, resetFields } from './fields';
import { codeValue, resetValues } from './nibble-values';
import { codeByOne, codeByTwo, codeUnknown, plainSlot, resetNibbles, slotAt } from './nibbles';

const BLOCK_BITS: usize = 6;
/** Differing blocks of one chunk. */
const CHUNK_BLOCKS: u32 = 2048;
/** At most 215 symbols for each block of a chunk, of 4 bytes in the list and 15 bits when written. */
const LIST_BYTES: usize = 4 * 220 * 2048;
const WORDS_BYTES: usize = 2 * 220 * 2048;
/** What encoding needs behind its output. */
export const SCRATCH_BYTES: usize = LIST_BYTES + WORDS_BYTES + 64;

/** More equal blocks than this are told in steps of as many. */
const GAP_STEP: u32 = 1 << 14;

let bytesAt: usize = 0;
let targetAt: usize = 0;
let marksAt: usize = 0;
/** Of the last differing block. */
let wordMask: u32 = 0;
/** Of the last differing words, the latest lowest. */
let byteMasks: u32 = 0;
let lastWord: usize = 0;
/** Classes of the last gaps, the latest lowest. */
let gapClasses: u32 = 0;

/**
 * Turn old bytes into new ones where they lie, coding what that takes.
 * @param target When encoding, the new bytes.
 * @param coded Where coded bytes lie, or go to; behind them, when encoding, `SCRATCH_BYTES` are free.
 * @returns When encoding, how many bytes were written; -1 if they do not fit.
 */
export function codeNibbles<Direction>(
  bytes: usize,
  target: usize,
  marks: usize,
  length: usize,
  coded: usize,
  codedEnd: usize,
): i32 {
  bytesAt = bytes;
  targetAt = target;
  marksAt = marks;
  reset();
  openWords(coded, codedEnd);
  // Contexts of the first byte are zeros, whatever lies before it.
  const before = load<u64>(bytes - 8);
  store<u64>(bytes - 8, 0);
  const written = codeBlocks<Direction>(<u32>((length + 63) >> BLOCK_BITS), coded, codedEnd);
  store<u64>(bytes - 8, before);
  return written === 0 ? -1 : <i32>(written - coded);
}

/** @returns When encoding, the end of what was written, 0 if that does not fit. */
function codeBlocks<Direction>(blocks: u32, coded: usize, codedEnd: usize): usize {
  const symbols = (codedEnd + 15) & ~15;
  let written = coded;
  beginChunk<Direction>(symbols);
  let left = CHUNK_BLOCKS;
  for (let block: u32 = 0; block < blocks; block++) {
    if (left === 0) {
      if (isEncoding<Direction>()) written = appendChunk(symbols, written, codedEnd);
      if (written === 0) return 0;
      beginChunk<Direction>(symbols);
      left = CHUNK_BLOCKS;
    }
    const next = skipEqual<Direction>(block, blocks);
    if (next >= blocks) break;
    codeBlock<Direction>(<usize>next << BLOCK_BITS, next === block);
    block = next;
    left--;
  }
  return isEncoding<Direction>() ? appendChunk(symbols, written, codedEnd) : written;
}

// @ts-ignore: decorator
@inline
function beginChunk<Direction>(symbols: usize): void {
  if (isEncoding<Direction>()) beginChunkEncoding(symbols);
  else beginChunkDecoding();
}

function reset(): void {
  resetNibbles();
  resetFields();
  resetValues();
  wordMask = 0;
  byteMasks = 0;
  lastWord = 0;
  gapClasses = 0;
}

/** @returns Where the next chunk goes, 0 if there was no room for this one. */
function appendChunk(symbols: usize, written: usize, codedEnd: usize): usize {
  const wordsEnd = symbols + LIST_BYTES + WORDS_BYTES;
  const words = writeChunk(wordsEnd);
  const size = wordsEnd - words;
  if (written + size > codedEnd) return 0;
  memory.copy(written, words, size);
  return written + size;
}

/** @returns The next block that differs, or any number behind the last. */
function skipEqual<Direction>(block: u32, blocks: u32): u32 {
  let gap: u32 = isEncoding<Direction>() ? countEqual(block, blocks) : 0;
  let step: u32;
  do {
    const pending = u32(fieldOpen && <usize>block << BLOCK_BITS < fieldStart + 4);
    step = min<u32>(gap, GAP_STEP);
    const kind = codeByTwo<Direction>(
      32 - clz(step),
      plainSlot(gapClasses),
      slotAt(2, 0x5000000 | wordMask | ((gapClasses & 15) << 8) | (pending << 12)),
    );
    gapClasses = ((gapClasses << 4) | kind) & 255;
    step = kind > 1 ? codeRest<Direction>(step, kind) : kind;
    block += step;
    gap -= step;
  } while (step === GAP_STEP && block < blocks);
  return block;
}

function countEqual(block: u32, blocks: u32): u32 {
  let next = block;
  while (next < blocks && isEqual(bytesAt + (<usize>next << BLOCK_BITS), targetAt + (<usize>next << BLOCK_BITS))) next++;
  return next - block;
}

// @ts-ignore: decorator
@inline
function isEqual(a: usize, b: usize): bool {
  const first = v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16)));
  const second = v128.or(v128.xor(v128.load(a, 32), v128.load(b, 32)), v128.xor(v128.load(a, 48), v128.load(b, 48)));
  return !v128.any_true(v128.or(first, second));
}

/** The bits below the highest of a number of `kind` bits, 2 to 15: three that are learned, then any. */
function codeRest<Direction>(value: u32, kind: u32): u32 {
  let bits = kind - 1;
  const learned = min<u32>(bits, 3);
  const mask = (1 << learned) - 1;
  bits -= learned;
  let made = (1 << learned) | (codeByOne<Direction>((value >> bits) & mask, plainSlot(256 + kind)) & mask);
  while (bits > 0) {
    const step = min<u32>(bits, 4);
    bits -= step;
    made = (made << step) | (codeUnknown<Direction>(((value >> bits) << (4 - step)) & 15) >> (4 - step));
  }
  return made;
}

/** @param adjacent Whether the block before it differs, too. */
function codeBlock<Direction>(at: usize, adjacent: bool): void {
  let mask: u32 = 0;
  if (isEncoding<Direction>()) {
    for (let word: u32 = 0; word < 8; word++) {
      const place = at + (word << 3);
      mask |= u32(load<u64>(bytesAt + place) !== load<u64>(targetAt + place)) << word;
    }
  }
  const before: u32 = adjacent ? wordMask : 0;
  const low = codeByTwo<Direction>(
    mask & 15,
    slotAt(0, before | 0x10000),
    slotAt(1, 0x10000 | (byteMasks & 255) | ((before & 0xc0) << 4)),
  );
  const high = codeByTwo<Direction>(
    mask >> 4,
    slotAt(0, before | (low << 8) | 0x20000),
    slotAt(1, 0x20000 | ((byteMasks >> 8) & 255) | (low << 8)),
  );
  mask = low | (high << 4);
  wordMask = mask;
  for (; mask !== 0; mask &= mask - 1) {
    const word = ctz(mask);
    codeWord<Direction>(at + (word << 3));
  }
}

function codeWord<Direction>(at: usize): void {
  const gap = min<u32>(3, <u32>((at - lastWord) >> 3) - 1);
  const low = codeHalf<Direction>(at, 0x10000 | (gap << 8), 0);
  const high = codeHalf<Direction>(at + 4, 0x20000 | (low << 8), low ? 2 : 1);
  byteMasks = (byteMasks << 8) | low | (high << 4);
  lastWord = at;
}

/** Code which of four bytes differ, then what they become. @param half 0; for the second: 1 if the first is equal, else 2. */
function codeHalf<Direction>(at: usize, history: u32, half: u32): u32 {
  const current = isEncoding<Direction>() ? nonzeroBytes(load<u32>(bytesAt + at) ^ load<u32>(targetAt + at)) : 0;
  const marks = marksAt ? (load<u32>(marksAt + at) >> 1) & 0x47474747 : 0;
  const coded = codeByTwo<Direction>(
    current,
    slotAt(2, (byteMasks & 255) | history),
    slotAt(3, (marks | (half << 28)) * 0x2c1b3c6d + knownOf(at) * 0x85ebca6b),
  );
  for (let mask = coded; mask !== 0; mask &= mask - 1) {
    const place = at + ctz(mask);
    codeValue<Direction>(
      bytesAt,
      place,
      isEncoding<Direction>() ? <u32>load<u8>(targetAt + place) : 0,
      marksAt ? <u32>load<u8>(marksAt + place) : 0,
    );
  }
  return coded;
}

/** What is known of four bytes: which of those that the open field reaches are thought to change; without any, the first byte. */
// @ts-ignore: decorator
@inline
function knownOf(at: usize): u32 {
  if (!fieldOpen || at >= fieldStart + 4) return <u32>load<u8>(bytesAt + at);
  const index = <u32>(at - fieldStart);
  const changing = nonzeroBytes((fieldOld ^ (fieldOld + fieldDelta)) >> (index << 3));
  return 0x100 | changing | (fieldTrust << 4) | (index << 6);
}

/** One bit for each of four bytes: whether it is not 0. */
// @ts-ignore: decorator
@inline
function nonzeroBytes(value: u32): u32 {
  return i8x16.bitmask(i8x16.ne(i32x4.splat(value), i32x4.splat(0))) & 15;
}
