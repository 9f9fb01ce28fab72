import { beginDecoding, beginEncoding, decodeBit, encodeBit, endEncoding } from '../../assembly/binary-coder';
import { buildHistoryTables } from './bit-history';
import {
  beginNibble,
  hashContexts,
  learnByte,
  predictFirst,
  predictSecond,
  resetContexts,
  updateContexts,
} from './contexts';
import { COSTS, TABLES_END } from './layout';
import { prepareMixing, squash } from '../../assembly/mixing';
import { mix, resetMixers, selectWeights, trainMixers } from './mixer';
import {
  AFTER,
  BEFORE,
  LONG,
  SHORT,
  beginByte,
  endByte,
  expectedBit,
  forgetMatches,
  lookUpMatches,
  predictPointers,
  remember,
  resetPointers,
  setPointer,
  skipBytes,
  trustOf,
  updatePointers,
} from './pointers';
import { measureStride, resetStride } from './stride';
import { expectTarget, keepTargets, resetTargets } from './targets';
import { resetX86, stepX86, x86Place } from './x86';
import { refine, refinementAt, resetRefinements, updateRefinement } from './refinement';

let oldStart: usize = 0;
let oldEnd: usize = 0;
let newStart: usize = 0;
let newEnd: usize = 0;
let rows: usize = 0;
let rowCount: u32 = 0;
let decoding: bool = false;
let gapStart: usize = 0;
let gapEnd: usize = 0;
let oldStep: usize = 4;
let modes: usize = 0;
let raw: usize = 0;
let costs: usize = 0;
let cost: u32 = 0;
let blockAt: usize = 0;
let blockLeft: usize = 0;
let isRaw: bool = false;
/** So many bytes of a row just before a gap are learnt by the contexts; all would cost far more than they save. */
const LEARNT_BYTES: usize = 8;
/** From so many bytes before a gap on, instructions are followed. */
const FOLLOWED_BYTES: usize = 32;
/** Extra bytes that are coded or left raw together. */
const BLOCK_BYTES: usize = 16384;

export function tablesEnd(): usize {
  return TABLES_END;
}

/**
 * Begin anew, with tables that know nothing.
 * @param old Address of the old bytes; 4 KiB before them are zeros, the new bytes follow at once, and then zeros again.
 * @param rowsAt Triples of u32: start in the new bytes, start in the old ones, length.
 * @param extraBytes Bytes in no row.
 */
export function prepare(
  old: usize,
  oldBytes: usize,
  neu: usize,
  newBytes: usize,
  rowsAt: usize,
  count: u32,
  extraBytes: usize,
): void {
  oldStart = old;
  oldEnd = old + oldBytes;
  newStart = neu;
  newEnd = neu + newBytes;
  rows = rowsAt;
  rowCount = count;
  prepareMixing();
  buildHistoryTables();
  buildCosts();
  resetContexts();
  resetPointers(old, oldBytes);
  resetRefinements();
  resetX86();
  resetStride();
  resetTargets(neu);
  resetMixers();
  oldStep = 4;
  while (oldStep < 64 && oldBytes / oldStep > 16 * extraBytes + 65536) oldStep *= 2;
}

/** What a bit costs, in 2^-8 bits, by the upper 12 bits of its probability. For the encoder's choices only. */
function buildCosts(): void {
  for (let i: usize = 0; i < 4096; i++) {
    store<u16>(COSTS + (i << 1), <u16>(-256.0 * Math.log2((<f64>i + 0.5) / 4096.0)));
  }
}

// @ts-ignore: decorator
@inline
function codeBit(bit: u32, probability: u32): u32 {
  if (decoding) return decodeBit(probability);
  encodeBit(bit, probability);
  cost += load<u16>(COSTS + ((<usize>(bit ? probability : 65536 - probability) >> 4) << 1));
  return bit;
}

function codeByte(at: usize): void {
  const given = <u32>load<u8>(at);
  const left = <u32>(gapEnd - at);
  const last = <u32>load<u8>(at - 1);
  const beforeLast = <u32>load<u8>(at - 2);
  lookUpMatches(at);
  remember(at);
  beginByte();
  expectTarget(at);
  hashContexts(at, left);
  const trusts = (trustOf(LONG) << 4) | trustOf(SHORT);
  const place = x86Place();
  const hashed = (((last << 8) | beforeLast) * 0x9e3779b1) >> 17;
  let partial: u32 = 1;
  beginNibble(1);
  for (let bitsLeft: u32 = 8; bitsLeft > 4; bitsLeft--) {
    partial =
      (partial << 1) |
      codeOne((given >> (bitsLeft - 1)) & 1, bitsLeft, partial, partial, trusts, last, place, hashed);
  }
  beginNibble(partial);
  let node: u32 = 1;
  for (let bitsLeft: u32 = 4; bitsLeft > 0; bitsLeft--) {
    const bit = codeOne((given >> (bitsLeft - 1)) & 1, bitsLeft, partial, node, trusts, last, place, hashed);
    partial = (partial << 1) | bit;
    node = (node << 1) | bit;
  }
  const byte = partial & 0xff;
  if (decoding) store<u8>(at, <u8>byte);
  endByte(byte);
  stepX86(byte);
}

function codeOne(
  given: u32,
  bitsLeft: u32,
  partial: u32,
  node: u32,
  trusts: u32,
  last: u32,
  place: u32,
  hashed: u32,
): u32 {
  const first = predictFirst(node);
  const second = predictSecond(node);
  const third = predictPointers(partial, bitsLeft);
  const expected = expectedBit(LONG, partial, bitsLeft);
  selectWeights(0, (trusts << 3) | (bitsLeft - 1));
  selectWeights(1, (expected << 8) | partial);
  selectWeights(2, (last << 3) | (bitsLeft - 1));
  selectWeights(3, (place << 3) | (bitsLeft - 1));
  const logit = mix(partial, first, second, third);
  const one = refinementAt(0, partial, logit);
  const two = refinementAt(1, (hashed ^ (partial * 0x1f3d)) & 0xfff, logit);
  const mixed = squash(logit);
  const probability = max(16, min(65520, (mixed * 2 + refine(one, logit) + refine(two, logit)) >> 2));
  const bit = codeBit(given, probability);
  updateContexts(bit);
  updatePointers(bit);
  trainMixers(bit, first, second, third);
  updateRefinement(one, logit, bit);
  updateRefinement(two, logit, bit);
  return bit;
}

/** Fill a gap, block by block of the extra bytes. */
function codeGap(start: usize, end: usize, oldAfter: usize, oldBefore: usize): void {
  gapStart = start;
  gapEnd = end;
  forgetMatches();
  setPointer(AFTER, oldAfter, 0);
  setPointer(BEFORE, oldBefore - (end - start), 0);
  let at = start;
  while (at < end) {
    if (blockLeft === 0) beginBlock();
    const length = min(end - at, blockLeft);
    if (isRaw) copyRaw(at, length);
    else codeRun(at, at + length);
    at += length;
    blockLeft -= length;
  }
}

function beginBlock(): void {
  if (blockAt > 0) store<u32>(costs + ((blockAt - 1) << 2), cost);
  isRaw = load<u8>(modes + blockAt) !== 0;
  blockAt++;
  blockLeft = BLOCK_BYTES;
  cost = 0;
}

function codeRun(start: usize, end: usize): void {
  for (let at = start; at < end; at++) {
    measureStride(at, newStart);
    codeByte(at);
  }
}

/** Bytes that no model can tell pass beside the coder, and the contexts never see them. */
function copyRaw(at: usize, length: usize): void {
  if (decoding) memory.copy(at, raw, length);
  else memory.copy(raw, at, length);
  raw += length;
  skipBytes(length);
  for (let i: usize = 8; i < length; i += 8) remember(at + i);
}

/** Learn from a row what is worth its time. */
function passRow(start: usize, end: usize): void {
  keepTargets(start, end);
  const learnFrom = end - min(end - start, LEARNT_BYTES);
  for (let at = end - min(end - start, FOLLOWED_BYTES); at < learnFrom; at++) stepX86(load<u8>(at));
  for (let at = learnFrom; at < end; at++) {
    beginByte();
    learnByte(at);
    stepX86(load<u8>(at));
    remember(at);
  }
}

/** Code all gaps in ascending order. */
function codeGaps(): void {
  blockAt = 0;
  blockLeft = 0;
  for (let at = oldStart + 16; at < oldEnd; at += oldStep) remember(at);
  let at = newStart;
  let oldAt: usize = oldStart;
  for (let i: u32 = 0; i < rowCount; i++) {
    const row = rows + <usize>i * 12;
    const start = newStart + load<u32>(row);
    const old = oldStart + load<u32>(row, 4);
    const length = <usize>load<u32>(row, 8);
    if (length === 0) continue;
    if (start > at) codeGap(at, start, oldAt, old);
    passRow(start, start + length);
    at = start + length;
    oldAt = old + length;
  }
  if (at < newEnd) codeGap(at, newEnd, oldAt, oldEnd);
  if (blockAt > 0) store<u32>(costs + ((blockAt - 1) << 2), cost);
}

/**
 * Code the gaps of the new bytes.
 * @param blockModes For each block of extra bytes: 0 to code it, 1 to leave it raw.
 * @param rawAt Where the bytes of raw blocks go.
 * @param costsAt For each block, u32: what it took, in 2^-8 bits.
 * @returns Length of the coded bytes.
 */
export function encode(blockModes: usize, rawAt: usize, costsAt: usize, output: usize): usize {
  decoding = false;
  modes = blockModes;
  raw = rawAt;
  costs = costsAt;
  beginEncoding(output);
  codeGaps();
  return endEncoding();
}

/** Fill the gaps of the new bytes; the costs stay as they are. */
export function decode(blockModes: usize, rawAt: usize, costsAt: usize, input: usize, length: usize): void {
  decoding = true;
  modes = blockModes;
  raw = rawAt;
  costs = costsAt;
  beginDecoding(input, length);
  codeGaps();
}
