import { advance, beginChunkDecoding, endChunkDecoding, numberOf, openWords, putState, takeState, TOTAL } from '../../assembly/ans';
import { frequencyOfYes, learnNo, learnYes } from './flag-model';
import { BLOCK_BYTES, CHUNK_BYTES, CODED_BLOCK, RAW_BLOCK } from './layout';
import { decodeLiteral, literal, copyContext } from './literal-model';
import { resetModels } from './models';
import { decodeNibble } from './nibble-model';
import { promote, recent0, recentAt, recentIndex, resetRecent } from './recent';
import {
  decodeDistance,
  decodeNewLength,
  decodeRecentLength,
  flagModel,
  KIND_BYTE,
  KIND_NEW,
  KIND_NEW_LONG,
  KIND_RECENT_TO_END,
  kindSlot,
  STATE_START,
  stateAfterCopy,
  stateAfterLiteral,
} from './token-models';

/**
 * Fills the gaps of a segment's new bytes.
 * @see docs/formats/extra-coding.md
 */
let input: usize = 0;
let inputEnd: usize = 0;
let raw: usize = 0;
let headers: usize = 0;
let origin: usize = 0;
let hasWords: bool = false;
/** Of a chunk's words. */
const LENGTH_BYTES: usize = 3;

/**
 * @param newBegin Where the new bytes begin: the first byte copies may reach.
 * @param gaps Pairs of start and length, ascending, within the new bytes.
 * @returns Whether the coded bytes were as an encoder writes them; if not, the rest of the gaps is unfilled.
 */
export function decodeGaps(
  newBegin: usize,
  gaps: usize,
  gapCount: u32,
  extraBytes: u32,
  coded: usize,
  codedBytes: u32,
): bool {
  resetModels();
  resetRecent();
  origin = newBegin;
  input = coded;
  inputEnd = coded + codedBytes;
  let done: u32 = 0;
  for (let i: u32 = 0; i < gapCount; i++) {
    let at = newBegin + <usize>load<u32>(gaps + <usize>i * 8);
    const gapEnd = at + <usize>load<u32>(gaps + <usize>i * 8, 4);
    while (at < gapEnd) {
      if (done % CHUNK_BYTES === 0 && !beginChunk(done, extraBytes)) return false;
      const blockLeft = BLOCK_BYTES - (done % BLOCK_BYTES);
      const stretchEnd = min<usize>(gapEnd, at + <usize>blockLeft);
      const header = <u32>load<u8>(headers + <usize>((done % CHUNK_BYTES) / BLOCK_BYTES));
      const filled = header === RAW_BLOCK ? fillRaw(at, stretchEnd) : fillCoded(at, stretchEnd);
      if (!filled) return false;
      done += <u32>(stretchEnd - at);
      at = stretchEnd;
      if ((done % CHUNK_BYTES === 0 || done === extraBytes) && !endChunk()) return false;
    }
  }
  return input === inputEnd;
}

/** A chunk: a header for each block, the length of its words if any block is coded, the words, then raw blocks. */
function beginChunk(done: u32, extraBytes: u32): bool {
  const blocks = (min<u32>(CHUNK_BYTES, extraBytes - done) + BLOCK_BYTES - 1) / BLOCK_BYTES;
  headers = input;
  input += <usize>blocks;
  if (input > inputEnd) return false;
  hasWords = false;
  for (let i: u32 = 0; i < blocks; i++) {
    const header = <u32>load<u8>(headers + <usize>i);
    if (header !== RAW_BLOCK && header !== CODED_BLOCK) return false;
    hasWords = hasWords || header === CODED_BLOCK;
  }
  if (hasWords) {
    if (input + LENGTH_BYTES > inputEnd) return false;
    // The caller keeps room behind its bytes.
    const wordsBytes = <usize>(load<u32>(input) & 0xffffff);
    input += LENGTH_BYTES;
    if (wordsBytes > inputEnd - input) return false;
    openWords(input, input + wordsBytes);
    beginChunkDecoding();
    input += wordsBytes;
  }
  raw = input;
  return true;
}

function endChunk(): bool {
  input = raw;
  return !hasWords || endChunkDecoding();
}

function fillRaw(at: usize, end: usize): bool {
  const length = end - at;
  if (length > inputEnd - raw) return false;
  memory.copy(at, raw, length);
  raw += length;
  return true;
}

function fillCoded(begin: usize, end: usize): bool {
  let at = begin;
  stateBefore = STATE_START;
  while (true) {
    at = decodeLiterals(at, end);
    if (at === end) return true;
    const remaining = <u32>(end - at);
    const kind = decodeNibble(kindSlot(stateBefore, remaining));
    const length = min<u32>(decodeCopy(kind, remaining), remaining);
    const distance = <usize>recent0;
    if (distance > at - origin) return false;
    copy(at, distance, <usize>length);
    at += <usize>length;
    stateBefore = stateAfterCopy(kind);
  }
}

/** Of the token that comes next. */
let stateBefore: u32 = STATE_START;

/** Decode literals up to the next copy. @returns Where that begins, or the end. */
function decodeLiterals(begin: usize, end: usize): usize {
  let at = begin;
  let x = takeState();
  let state = stateBefore;
  // Kept, as to load bytes together that were stored one by one would wait for them.
  let before = load<u32>(at - 4);
  while (at < end) {
    const position = <u32>(at - origin);
    const flag = flagModel(state, position, <u32>(end - at));
    const yes = frequencyOfYes(flag);
    if (numberOf(x) < yes) {
      x = advance(x, 0, yes);
      learnYes(flag, yes);
      break;
    }
    x = advance(x, yes, TOTAL - yes);
    learnNo(flag, yes);
    x = decodeLiteral(x, before, copyContext(at, position, recent0, state));
    store<u8>(at, <u8>literal);
    before = (before >> 8) | (literal << 24);
    at++;
    state = stateAfterLiteral(state);
  }
  stateBefore = state;
  putState(x);
  return at;
}

/** @returns The copy's length, its distance being the latest one then. */
// @ts-ignore: decorator
@inline
function decodeCopy(kind: u32, remaining: u32): u32 {
  const index = recentIndex(kind);
  if (index < 4) {
    promote(index, recentAt(index));
    if (kind === KIND_BYTE) return 1;
    return kind === KIND_RECENT_TO_END ? remaining : decodeRecentLength(kind);
  }
  let length = remaining;
  if (kind < KIND_NEW_LONG) length = kind - KIND_NEW + 2;
  else if (kind === KIND_NEW_LONG) length = decodeNewLength();
  promote(4, decodeDistance(length));
  return length;
}

/** Copy from `distance` bytes back. Nothing behind the copy changes; up to 15 bytes behind it are read. */
function copy(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  let at = to;
  if (distance >= 16) {
    for (; at + 16 <= end; at += 16) v128.store(at, v128.load(at - distance));
    if (at < end) {
      const kept = v128.load(at);
      const copied = v128.load(at - distance);
      const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      const mask = i8x16.lt_u(lanes, i8x16.splat(<i8>(end - at)));
      v128.store(at, v128.bitselect(copied, kept, mask));
    }
    return;
  }
  for (; at < end; at++) store<u8>(at, load<u8>(at - distance));
}
