import { beginChunkEncoding, listEnd, unlist, writeChunk } from '../../assembly/ans';
import { beginParsing, parseWell } from './best-parser';
import { beginEmitting, beginStretch } from './emitter';
import { BLOCK_BYTES, CHUNK_BYTES, CODED_BLOCK, MODELS, MODELS_END, RAW_BLOCK } from './layout';
import { beginFinding } from './match-finder';
import { resetModels } from './models';
import { beginFindingNewest, countKnown, insertRow, setRowStep } from './newest-finder';
import { buildPrices, priceOf } from './nibble-model';
import { parseQuickly } from './quick-parser';
import { recent0, recent1, recent2, recent3, resetRecent, setRecent } from './recent';

/**
 * Codes the bytes of gaps, chunk by chunk.
 * @see docs/formats/extra-coding.md
 */
let window: usize = 0;
let newBegin: usize = 0;
let gaps: usize = 0;
let gapCount: u32 = 0;
let symbols: usize = 0;
let copyOfModels: usize = 0;
let output: usize = 0;
let outputEnd: usize = 0;
let level: u32 = 0;

// Where the encoder is: a gap, and how much of it is done.
let gap: u32 = 0;
let gapDone: u32 = 0;

export const LEVEL_DEFAULT: u32 = 1;
/** Rows of more than so many times the extra bytes are not worth a look at each byte. */
const ROW_SHARE: u32 = 8;
/** The quick level looks at some of them only, from fewer rows on at fewer. */
const QUICK_ROW_SHARE: u32 = 4;
const QUICK_ROW_STEP: u32 = 4;
const ROW_STEP_MAX: u32 = 16;
/** No token takes more than 4 symbols for a byte, of 4 bytes each in the list; the words grow from the list's end. */
export const SYMBOLS_BYTES: usize = <usize>CHUNK_BYTES * 16;
export const WORDS_BYTES: usize = <usize>CHUNK_BYTES * 8 + 64;
export const MODELS_COPY_BYTES: usize = MODELS_END - MODELS;

export function beginEncoding(
  newBytesBegin: usize,
  gapList: usize,
  gapListCount: u32,
  finder: usize,
  parser: usize,
  symbolList: usize,
  modelsCopy: usize,
  effort: u32,
  rowBytes: u32,
  extraBytes: u32,
): void {
  resetModels();
  buildPrices();
  resetRecent();
  newBegin = newBytesBegin;
  // Places count from 1, so that 0 can mean none.
  window = newBegin - 1;
  gaps = gapList;
  gapCount = gapListCount;
  symbols = symbolList;
  copyOfModels = modelsCopy;
  level = effort;
  gap = 0;
  gapDone = 0;
  if (level === LEVEL_DEFAULT) beginFinding(finder, window);
  else beginFindingNewest(finder, window);
  setRowStep(QUICK_ROW_STEP * min<u32>(ROW_STEP_MAX, 1 + rowBytes / (QUICK_ROW_SHARE * extraBytes)));
  beginParsing(parser, min<u32>(ROW_STEP_MAX, 1 + rowBytes / (ROW_SHARE * extraBytes)));
  beginEmitting(newBegin);
}

/** @returns How many bytes were written; 0 when there was no room. */
export function encodeGaps(to: usize, toEnd: usize, extraBytes: u32): u32 {
  output = to;
  outputEnd = toEnd;
  for (let done: u32 = 0; done < extraBytes; done += CHUNK_BYTES) {
    if (!encodeChunk(min<u32>(CHUNK_BYTES, extraBytes - done), done === 0)) return 0;
  }
  return <u32>(output - to);
}

function encodeChunk(chunkBytes: u32, first: bool): bool {
  const headers = output;
  const blocks = (chunkBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  if (output + <usize>(blocks + chunkBytes) > outputEnd) return false;
  output += <usize>blocks;
  // Raw bytes wait behind the words.
  let raw = symbols + SYMBOLS_BYTES + WORDS_BYTES;
  const rawBegin = raw;
  beginChunkEncoding(symbols);
  for (let i: u32 = 0; i < blocks; i++) {
    const blockBytes = min<u32>(BLOCK_BYTES, chunkBytes - i * BLOCK_BYTES);
    // The raw bytes are kept in any case: they are what the block is judged by.
    gatherBlock(raw, blockBytes);
    const header = encodeBlock(raw, blockBytes);
    store<u8>(headers + <usize>i, <u8>header);
    if (header === RAW_BLOCK) raw += <usize>blockBytes;
  }
  if (listEnd() !== symbols) {
    const wordsEnd = symbols + SYMBOLS_BYTES + WORDS_BYTES;
    const words = writeChunk(wordsEnd);
    const length = wordsEnd - words;
    if (output + 3 + length > outputEnd) return false;
    store<u16>(output, <u16>length);
    store<u8>(output, <u8>(length >> 16), 2);
    memory.copy(output + 3, words, length);
    output += 3 + length;
  }
  if (output + (raw - rawBegin) > outputEnd) return false;
  memory.copy(output, rawBegin, raw - rawBegin);
  output += raw - rawBegin;
  return true;
}

function gatherBlock(to: usize, blockBytes: u32): void {
  let index = gap;
  let done = gapDone;
  let at = to;
  const end = to + <usize>blockBytes;
  while (at < end) {
    const part = min<u32>(load<u32>(gaps + <usize>index * 8, 4) - done, <u32>(end - at));
    memory.copy(at, newBegin + <usize>load<u32>(gaps + <usize>index * 8) + <usize>done, <usize>part);
    at += <usize>part;
    index++;
    done = 0;
  }
}

/** @returns The block's header. */
function encodeBlock(bytes: usize, blockBytes: u32): u32 {
  const listBefore = listEnd();
  const bits = entropyOf(bytes, blockBytes);
  if (level !== LEVEL_DEFAULT && bits > blockBytes * HOPELESS_BITS && isUnknown(bytes, blockBytes)) {
    advance(blockBytes);
    return RAW_BLOCK;
  }
  const doubtful = blockBytes < SHORT_BYTES || bits > blockBytes * DOUBTFUL_BITS;
  const recentBefore = i32x4(recent0, recent1, recent2, recent3);
  if (doubtful) memory.copy(copyOfModels, MODELS, MODELS_COPY_BYTES);
  encodeStretches(blockBytes);
  if (!doubtful || costOf(listBefore) < blockBytes) return CODED_BLOCK;
  memory.copy(MODELS, copyOfModels, MODELS_COPY_BYTES);
  setRecent(
    i32x4.extract_lane(recentBefore, 0),
    i32x4.extract_lane(recentBefore, 1),
    i32x4.extract_lane(recentBefore, 2),
    i32x4.extract_lane(recentBefore, 3),
  );
  unlist(listBefore);
  return RAW_BLOCK;
}

function encodeStretches(blockBytes: u32): void {
  let left = blockBytes;
  while (left > 0) {
    const length = load<u32>(gaps + <usize>gap * 8, 4);
    const begin = newBegin + <usize>load<u32>(gaps + <usize>gap * 8) + <usize>gapDone;
    const part = min<u32>(length - gapDone, left);
    if (part > 0) {
      const place = <u32>(begin - window);
      beginStretch(begin + <usize>part);
      if (level === LEVEL_DEFAULT) parseWell(window, place, place + part);
      else parseQuickly(window, place, place + part);
    }
    left -= part;
    gapDone += part;
    if (gapDone === length) {
      gap++;
      gapDone = 0;
    }
  }
}

const histogram = memory.data(256 * 4);

/** In 1/64 bit a byte: more evenly spread, a block may be larger coded than raw. */
const DOUBTFUL_BITS: u32 = 480;
/** More evenly spread, only copies of earlier bytes make it smaller. */
const HOPELESS_BITS: u32 = 504;
/** Shorter blocks are always doubtful. */
const SHORT_BYTES: u32 = 1024;

/** In 1/64 bit, what bytes take by how often each value occurs among them. */
function entropyOf(bytes: usize, blockBytes: u32): u32 {
  memory.fill(histogram, 0, 1024);
  for (let i: u32 = 0; i < blockBytes; i++) {
    const count = histogram + (<usize>load<u8>(bytes + <usize>i) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let bits: u32 = 0;
  for (let value: u32 = 0; value < 256; value++) {
    const count = load<u32>(histogram + (<usize>value << 2));
    if (count > 0) bits += count * priceOf(min<u32>((count << 15) / blockBytes, 0x7fff));
  }
  return bits;
}

/** Of the places in a block, one in so many is looked up. */
const SAMPLE_STEP: u32 = 4;
/** A block is worth coding when one sample in so many is known. */
const KNOWN_SHARE: u32 = 64;

/** Whether hardly any of a block occurred before. */
function isUnknown(bytes: usize, blockBytes: u32): bool {
  insertRow(<u32>(newBegin - window) + load<u32>(gaps + <usize>gap * 8) + gapDone);
  return countKnown(bytes, blockBytes, SAMPLE_STEP) * SAMPLE_STEP * KNOWN_SHARE < blockBytes;
}

/** Bytes the symbols listed from an address on will take, and half a header. */
function costOf(listBefore: usize): u32 {
  let price: u64 = 0;
  for (let at = listBefore; at < listEnd(); at += 4) price += <u64>priceOf(load<u32>(at) >> 16);
  return <u32>(price >> 9) + 12;
}

/** Every block raw: what is left when coding makes bytes larger. @returns How many bytes were written. */
export function storeGaps(to: usize, extraBytes: u32): u32 {
  gap = 0;
  gapDone = 0;
  output = to;
  for (let done: u32 = 0; done < extraBytes; done += CHUNK_BYTES) {
    const chunkBytes = min<u32>(CHUNK_BYTES, extraBytes - done);
    const blocks = (chunkBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    memory.fill(output, <u8>RAW_BLOCK, <usize>blocks);
    output += <usize>blocks;
    gatherBlock(output, chunkBytes);
    advance(chunkBytes);
    output += <usize>chunkBytes;
  }
  return <u32>(output - to);
}

/** Go on in the gaps without coding. */
function advance(bytes: u32): void {
  for (let left = bytes; left > 0; ) {
    const length = load<u32>(gaps + <usize>gap * 8, 4);
    const part = min<u32>(length - gapDone, left);
    left -= part;
    gapDone += part;
    if (gapDone === length) {
      gap++;
      gapDone = 0;
    }
  }
}
