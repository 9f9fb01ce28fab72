/**
 * Codes the rows of a segment: which new bytes resemble which old bytes.
 * @see docs/formats/patch.md#rows
 */
import { beginDecoding, beginEncoding, endEncoding } from '../../assembly/binary-coder';
import {
  decodeAdaptive,
  encodeAdaptive,
  prepareAdaptiveBits,
  resetAdaptiveBits,
} from '../../assembly/adaptive-bit';

/** Bytes of one row in memory: u32 each, new start, old start, length. */
const ROW_BYTES: usize = 12;
/** Shifts (old start minus new start) that a row may return to, last used first. */
const RECENT: i32 = 16;
/** How many decisions an estimate averages over at most. */
const LIMIT: u32 = 255;

/** What a row was, as context for the next: it returned to a recent shift, stayed near, or went far. */
const RETURNED: u32 = 0;
const NEAR: u32 = 1;
const FAR: u32 = 2;
const NEAR_BYTES: u32 = 4096;

/** A number's models: a tree over its length in bits, then the two bits after the leading one for each length. */
const NUMBER_MODELS: u32 = 64 + 32 * 4 + 32 * 32;

const GAP_FLAGS: u32 = 0;
const KIND_FLAGS: u32 = GAP_FLAGS + 6;
const SIGN_FLAGS: u32 = KIND_FLAGS + 6;
const GAP_NUMBERS: u32 = SIGN_FLAGS + 6;
const RECENT_NUMBERS: u32 = GAP_NUMBERS + 3 * NUMBER_MODELS;
const SEEK_NUMBERS: u32 = RECENT_NUMBERS + 2 * NUMBER_MODELS;
const LENGTH_NUMBERS: u32 = SEEK_NUMBERS + 4 * NUMBER_MODELS;
const MODEL_COUNT: u32 = LENGTH_NUMBERS + 6 * NUMBER_MODELS;

const models = memory.data(4 * MODEL_COUNT);
const recent = memory.data(4 * RECENT);

/** Where a caller's buffers may begin. */
export function heapStart(): usize {
  return __heap_base;
}

let lastKind: u32 = FAR;
let newEnd: u32 = 0;
let oldEnd: u32 = 0;

function begin(): void {
  prepareAdaptiveBits();
  resetAdaptiveBits(models, MODEL_COUNT);
  memory.fill(recent, 0, 4 * RECENT);
  lastKind = FAR;
  newEnd = 0;
  oldEnd = 0;
}

/**
 * @param rows Rows in memory, sorted by new start, not overlapping there, none empty.
 * @param output Room for 16 bytes a row and 16 more.
 * @returns Bytes written.
 */
export function encodeRows(rows: usize, rowCount: u32, output: usize): usize {
  begin();
  beginEncoding(output);
  for (let row: u32 = 0; row < rowCount; row++, rows += ROW_BYTES) {
    encodeRow(load<u32>(rows), load<u32>(rows, 4), load<u32>(rows, 8));
  }
  return endEncoding();
}

function encodeRow(newStart: u32, oldStart: u32, length: u32): void {
  const gap = newStart - newEnd;
  const gapped = <u32>(gap > 0);
  encodeAdaptive(at(GAP_FLAGS + lastKind * 2), gapped, LIMIT);
  if (gapped) encodeNumber(GAP_NUMBERS + lastKind * NUMBER_MODELS, gap);
  const shift = <i32>(oldStart - newStart);
  const place = findRecent(shift);
  const returned = <u32>(place < RECENT);
  encodeAdaptive(at(KIND_FLAGS + lastKind * 2 + gapped), returned, LIMIT);
  let kind = RETURNED;
  if (returned) {
    encodeNumber(RECENT_NUMBERS + gapped * NUMBER_MODELS, place + 1);
  } else {
    const seek = <i32>(oldStart - oldEnd);
    const backward = <u32>(seek < 0);
    const distance = <u32>(backward ? -seek : seek);
    encodeAdaptive(at(SIGN_FLAGS + lastKind * 2 + gapped), backward, LIMIT);
    encodeNumber(SEEK_NUMBERS + (gapped * 2 + backward) * NUMBER_MODELS, distance + 1);
    kind = distance < NEAR_BYTES ? NEAR : FAR;
  }
  encodeNumber(LENGTH_NUMBERS + (kind * 2 + gapped) * NUMBER_MODELS, length);
  end(kind, place, shift, newStart + length, oldStart + length);
}

/**
 * @param rows Room for `rowCount` rows.
 * @returns Whether all rows lie inside both sides; nothing else about the input is trusted.
 */
export function decodeRows(
  coded: usize,
  codedBytes: usize,
  rows: usize,
  rowCount: u32,
  newBytes: u32,
  oldBytes: u32,
): bool {
  begin();
  beginDecoding(coded, codedBytes);
  for (let row: u32 = 0; row < rowCount; row++, rows += ROW_BYTES) {
    if (!decodeRow(rows, newBytes, oldBytes)) return false;
  }
  return true;
}

function decodeRow(row: usize, newBytes: u32, oldBytes: u32): bool {
  const gapped = decodeAdaptive(at(GAP_FLAGS + lastKind * 2), LIMIT);
  let newStart = <u64>newEnd;
  if (gapped) newStart += decodeNumber(GAP_NUMBERS + lastKind * NUMBER_MODELS);
  let kind = RETURNED;
  let place: i32 = RECENT;
  let oldStart: i64;
  if (decodeAdaptive(at(KIND_FLAGS + lastKind * 2 + gapped), LIMIT)) {
    const number = decodeNumber(RECENT_NUMBERS + gapped * NUMBER_MODELS);
    if (number > <u32>RECENT) return false;
    place = <i32>number - 1;
    oldStart = <i64>newStart + <i64>load<i32>(recent + (<usize>place << 2));
  } else {
    const backward = decodeAdaptive(at(SIGN_FLAGS + lastKind * 2 + gapped), LIMIT);
    const distance = decodeNumber(SEEK_NUMBERS + (gapped * 2 + backward) * NUMBER_MODELS) - 1;
    oldStart = <i64>oldEnd + (backward ? -(<i64>distance) : <i64>distance);
    kind = distance < NEAR_BYTES ? NEAR : FAR;
  }
  const length = decodeNumber(LENGTH_NUMBERS + (kind * 2 + gapped) * NUMBER_MODELS);
  if (oldStart < 0 || oldStart + <i64>length > <i64>oldBytes || newStart + length > <u64>newBytes) return false;
  store<u32>(row, <u32>newStart);
  store<u32>(row, <u32>oldStart, 4);
  store<u32>(row, length, 8);
  end(kind, place, <i32>(<u32>oldStart - <u32>newStart), <u32>newStart + length, <u32>oldStart + length);
  return true;
}

/** Remember what the next row is compared with. */
function end(kind: u32, place: i32, shift: i32, newRowEnd: u32, oldRowEnd: u32): void {
  for (let i = min<i32>(place, RECENT - 1); i > 0; i--) {
    store<i32>(recent + (<usize>i << 2), load<i32>(recent + (<usize>(i - 1) << 2)));
  }
  store<i32>(recent, shift);
  lastKind = kind;
  newEnd = newRowEnd;
  oldEnd = oldRowEnd;
}

function findRecent(shift: i32): i32 {
  for (let place = 0; place < RECENT; place++) {
    if (load<i32>(recent + (<usize>place << 2)) === shift) return place;
  }
  return RECENT;
}

// @ts-ignore: decorator
@inline
function at(model: u32): usize {
  return models + (<usize>model << 2);
}

/** Code 1 to 2^32 - 1: how many bits follow the leading one, then those bits, the highest first. */
function encodeNumber(model: u32, value: u32): void {
  const bits = 31 - clz<u32>(value);
  let node: u32 = 1;
  for (let i = 4; i >= 0; i--) {
    const bit = (bits >> i) & 1;
    encodeAdaptive(at(model + node), bit, LIMIT);
    node = (node << 1) | bit;
  }
  let prefix: u32 = 1;
  for (let i = <i32>bits - 1; i >= 0; i--) {
    const bit = (value >> i) & 1;
    encodeAdaptive(at(modelOfBit(model, bits, prefix, i)), bit, LIMIT);
    prefix = (prefix << 1) | bit;
  }
}

/** @returns At least 1. */
function decodeNumber(model: u32): u32 {
  let node: u32 = 1;
  for (let i = 0; i < 5; i++) node = (node << 1) | decodeAdaptive(at(model + node), LIMIT);
  const bits = node & 31;
  let value: u32 = 1;
  for (let i = <i32>bits - 1; i >= 0; i--) {
    value = (value << 1) | decodeAdaptive(at(modelOfBit(model, bits, value, i)), LIMIT);
  }
  return value;
}

/** The two bits after the leading one know what came before them; the rest only their place. */
// @ts-ignore: decorator
@inline
function modelOfBit(model: u32, bits: u32, prefix: u32, place: i32): u32 {
  return prefix < 4 ? model + 64 + bits * 4 + prefix : model + 64 + 128 + bits * 32 + place;
}
