/**
 * Describes a deflate stream as what zlib would have made of the same bytes, plus corrections; and makes the stream
 * from the bytes and the corrections again.
 * @see docs/formats/containers.md
 */
import { bytesRead } from './bit-reader';
import { alignToByte, beginBits, bytesAfter, writeBits, writeBytes } from './bit-writer';
import {
  beginReadingBlocks,
  blockBytes,
  blockIsLast,
  blockKind,
  blockTokens,
  DYNAMIC,
  fillStaticLengths,
  readBlock,
  STATIC,
  STORED,
} from './block-reader';
import { codeHeader } from './code-header';
import { codeToken, mistakes, resetMistakes } from './code-token';
import {
  beginReading,
  beginWriting,
  BLOCK_FLAGS,
  codeFlag,
  codeNumber,
  COUNT_NUMBERS,
  endWriting,
  isDecoding,
  writtenBytes,
} from './corrections';
import { composeHeader, headerBits, writeHeader } from './header';
import { assignCodes, assignLengths } from './huffman';
import { inflateBlocks } from './inflate';
import { workLeft } from './match-finder';
import { advance, beginPredicting, predict, predictedLength } from './predictor';
import { beginRecalling, beginTracing, endTracing, isRecalling, recall, trace } from './trace';
import { bitsOf, countTokens, distanceFrequencies, literalFrequencies, writeTokens } from './block-tokens';
import { DISTANCE_SYMBOLS, LITERAL_SYMBOLS } from './symbols';
import { TOKENS, TOKENS_MAX, tokenAt } from './tokens';

const DAMAGED: i32 = -1;
const TOO_LONG: i32 = -2;
const TOO_SLOW: i32 = -3;

/** What a block costs at least in time, in candidates looked at: empty ones are not free. */
const BLOCK_WORK: i64 = 1024;

const actualHeader = memory.data(1024);
const predictedHeader = memory.data(1024);
const actualLengths = memory.data(320);
const predictedLengths = memory.data(320);
const staticLengths = memory.data(320);
const literalCodes = memory.data(2 * 288);
const distanceCodes = memory.data(2 * 32);

let input: usize = 0;
let inputLength: u32 = 0;
let position: u32 = 0;
/** Tokens at which zlib ends a block. */
let tokensPerBlock: u32 = 0;
let outputMost: u32 = 0;
let correctionsMost: u32 = 0;
let trialEnd: u32 = 0;
let blockWork: i64 = 0;
let workAllowed: i64 = 0;
/** Whether all of the stream was described. */
let whole: bool = false;
/** Tokens of the first block, which tell the size of the buffer of its encoder. */
let firstBlockTokens: u32 = 0;
let firstBlockBytes: u32 = 0;

/** Where a caller's buffers may begin. */
export function heapStart(): usize {
  return (__heap_base + 63) & ~63;
}

/** How many bytes the stream described last takes. */
export function packedBytes(): u32 {
  return bytesRead();
}

/** How many predictions were wrong. */
export function mistakeCount(): u32 {
  return mistakes;
}

/** How many tokens the first block of the stream described last has. */
export function firstBlockTokenCount(): u32 {
  return firstBlockTokens;
}

/** How much content it gives. */
export function firstBlockByteCount(): u32 {
  return firstBlockBytes;
}

/** What the last call took, in candidates looked at; at most what was allowed, if it did not fail. */
export function workDone(): f64 {
  return <f64>(workAllowed - workLeft + blockWork);
}

/** Whether the last description got to the end of its stream. */
export function isWhole(): bool {
  return whole;
}

/** Set what the simulated encoder is; must come before `describe` and `rebuild`. */
export function configure(
  bytes: usize,
  length: u32,
  level: u32,
  windowBits: u32,
  hashBits: u32,
  hashedBytes: u32,
  blockBits: u32,
  strategy: u32,
  work: f64,
): void {
  input = bytes;
  inputLength = length;
  tokensPerBlock = (1 << blockBits) - 1;
  blockWork = 0;
  workAllowed = <i64>work;
  firstBlockTokens = 0;
  firstBlockBytes = 0;
  fillStaticLengths(staticLengths);
  beginPredicting(bytes, length, level, windowBits, hashBits, hashedBytes, strategy, <i64>work);
}

/**
 * @param trial Stop once this many bytes are described, to compare settings.
 * @param predictions Where to note what was predicted for each token: 8 bytes for each byte of content are enough.
 * @returns How many bytes of corrections were written at `output`, or what is wrong.
 */
export function describe(
  packed: usize,
  packedLength: u32,
  output: usize,
  most: u32,
  trial: u32,
  predictions: usize,
): i32 {
  correctionsMost = most;
  trialEnd = trial;
  beginTracing(predictions);
  beginReadingBlocks(packed, packedLength);
  beginWriting(output);
  const result = codeBlocks();
  if (result < 0) return result;
  const bytes = endWriting();
  return bytes > most ? TOO_LONG : <i32>bytes;
}

/**
 * @param predictions What `describe` noted with the same settings and content, not to search again; 0 to search.
 * @returns How many bytes of the stream were written at `output`, or what is wrong.
 */
export function rebuild(
  corrections: usize,
  correctionsLength: u32,
  output: usize,
  most: u32,
  predictions: usize,
): i32 {
  outputMost = most;
  if (predictions) beginRecalling(predictions);
  else endTracing();
  beginReading(corrections, correctionsLength);
  beginBits(output);
  const result = codeBlocks();
  if (result < 0) return result;
  alignToByte();
  return <i32>bytesAfter(0);
}

/**
 * Make the content of the stream that these bytes begin with.
 * @param most How long it may be.
 * @returns How long it is, or -1; {@link packedBytes} says how long the stream is.
 */
export function inflate(packed: usize, packedLength: u32, output: usize, most: u32): i32 {
  beginReadingBlocks(packed, packedLength);
  return inflateBlocks(actualHeader, actualLengths, output, most);
}

const LAST: i32 = 2;
const MORE: i32 = 1;

function codeBlocks(): i32 {
  position = 0;
  whole = false;
  resetMistakes();
  let result = MORE;
  while (result === MORE) {
    result = codeBlock();
    if (result < 0) return result;
    if (!isDecoding() && result === MORE && position >= trialEnd) return 0;
    blockWork += BLOCK_WORK;
    if (workLeft < blockWork) return TOO_SLOW;
  }
  whole = position === inputLength;
  return whole ? 0 : DAMAGED;
}

function codeBlock(): i32 {
  if (!isDecoding() && !readBlock(actualHeader, actualLengths, position, inputLength)) return DAMAGED;
  const stored = codeFlag(BLOCK_FLAGS, <u32>(blockKind !== STORED)) === 0;
  return stored ? codeStored() : codeCompressed();
}

function codeLast(): u32 {
  const expected = <u32>(position === inputLength);
  return codeFlag(BLOCK_FLAGS + 1, <u32>(blockIsLast === expected)) ? expected : 1 - expected;
}

function codeStored(): i32 {
  const count = codeNumber(COUNT_NUMBERS, blockBytes);
  if (count > 0xffff || count > inputLength - position) return DAMAGED;
  const from = input + position;
  const stop = position + count;
  if (isRecalling()) position = stop;
  while (position < stop) {
    predict(position);
    const length = min(predictedLength, stop - position);
    advance(position, length);
    position += length;
    if (workLeft < 0) return TOO_SLOW;
  }
  const last = codeLast();
  if (isDecoding()) {
    if (bytesAfter(3) + 4 + count > outputMost) return TOO_LONG;
    writeBits(last, 3);
    alignToByte();
    writeBits(count, 16);
    writeBits(count ^ 0xffff, 16);
    writeBytes(from, count);
  }
  return last ? LAST : MORE;
}

/** A block ends where zlib's buffer is full or the input ends; otherwise its count is stated. */
function codeTokenCount(): u32 {
  const usual = blockTokens === tokensPerBlock || (blockTokens < tokensPerBlock && position + blockBytes === inputLength);
  if (codeFlag(BLOCK_FLAGS + 2, <u32>usual)) return tokensPerBlock;
  return codeNumber(COUNT_NUMBERS + 32, blockTokens);
}

function codeCompressed(): i32 {
  const start = position;
  const actualCount = blockTokens;
  const most = codeTokenCount();
  if (most > TOKENS_MAX) return DAMAGED;
  let count: u32 = 0;
  while (count < most && position < inputLength) {
    if (!isDecoding() && count === actualCount) return DAMAGED;
    if (isRecalling()) {
      recall();
    } else {
      predict(position);
      trace();
    }
    const token = codeToken(position, inputLength - position, tokenAt(count));
    store<u32>(TOKENS + (<usize>count << 2), token);
    const length = token >> 16;
    if (length === 0) return DAMAGED;
    if (!isRecalling()) advance(position, length);
    position += length;
    count++;
    if (workLeft < 0) return TOO_SLOW;
    if (!isDecoding() && writtenBytes() > correctionsMost) return TOO_LONG;
  }
  if (!isDecoding() && count !== actualCount) return DAMAGED;
  if (start === 0) {
    firstBlockTokens = count;
    firstBlockBytes = position;
  }
  return finishBlock(start, count);
}

function finishBlock(start: u32, count: u32): i32 {
  countTokens(input + start, count);
  const literals = assignLengths(literalFrequencies, LITERAL_SYMBOLS, 15, predictedLengths) + 1;
  const distances = assignLengths(distanceFrequencies, DISTANCE_SYMBOLS, 15, predictedLengths + 288) + 1;
  composeHeader(predictedHeader, predictedLengths, literals, predictedLengths + 288, distances);
  const dynamicBytes = (headerBits(predictedHeader) + bitsOf(predictedLengths) + 10) >> 3;
  const staticBytes = (bitsOf(staticLengths) + 10) >> 3;
  const expected = staticBytes <= dynamicBytes ? STATIC : DYNAMIC;
  const other = STATIC + DYNAMIC - expected;
  const kind = codeFlag(BLOCK_FLAGS + 2 + expected, <u32>(blockKind === expected)) ? expected : other;
  if (kind === DYNAMIC && !codeHeader(actualHeader, actualLengths, predictedHeader, predictedLengths)) return DAMAGED;
  const last = codeLast();
  if (isDecoding() && !writeBlock(start, count, kind, last)) return TOO_LONG;
  return last ? LAST : MORE;
}

function writeBlock(start: u32, count: u32, kind: u32, last: u32): bool {
  const lengths = kind === STATIC ? staticLengths : actualLengths;
  const bits = bitsOf(lengths) + (kind === STATIC ? 0 : headerBits(actualHeader));
  if (bytesAfter(3 + bits) > outputMost) return false;
  writeBits(last | (kind << 1), 3);
  if (kind === DYNAMIC) writeHeader(actualHeader);
  assignCodes(lengths, 288, literalCodes);
  assignCodes(lengths + 288, 32, distanceCodes);
  writeTokens(input + start, count, lengths, literalCodes, distanceCodes);
  return true;
}
