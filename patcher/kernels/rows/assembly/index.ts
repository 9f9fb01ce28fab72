/**
 * Codes the rows of a segment: which new bytes resemble which old bytes.
 * @see docs/formats/patch.md#rows
 */
import { beginChunkDecoding, beginChunkEncoding, openWords, writeChunk } from '../../assembly/ans';
import { Decoding, Encoding, isEncoding } from '../../assembly/direction';
import { prepareNibbleSlots, resetNibbleSlots, SLOT_BYTES } from '../../assembly/nibble-slots';
import { codeNibble, codeNumber, COUNT_MAX, NUMBER_SLOTS } from './numbers';

/** Bytes of one row in memory: u32 each, new start, old start, length. */
const ROW_BYTES: usize = 12;
/** Shifts (old start minus new start) that a row may return to, last used first. */
const RECENT: u32 = 16;

/** What a row was, as context for the next: it returned to a recent shift, stayed near, or went far. */
const RETURNED: u32 = 0;
const NEAR: u32 = 1;
const FAR: u32 = 2;
/** Far is a distance of more bits than these. */
const FAR_BITS: u32 = 12;

// A row's head: whether a gap comes before it, and which shift it returned to, below 3, that this follows, or how it left:
// near or far, forward or backward.
const HEAD_PLACE: u32 = 3;
const HEAD_LEFT: u32 = 4;
const HEAD_GAPPED: u32 = 8;

// Slots.
const HEADS: u32 = 0; // by what the row before was and whether it was gapped
const PLACES: u32 = HEADS + 6; // by gapped
const GAPS: u32 = PLACES + 2; // numbers, by what the row before was
const SEEKS: u32 = GAPS + 3 * NUMBER_SLOTS; // numbers, by how it left and gapped
const LENGTHS: u32 = SEEKS + 8 * NUMBER_SLOTS; // numbers, by what the row is and gapped
const SLOTS: u32 = LENGTHS + 6 * NUMBER_SLOTS;

/** A row's symbols at most: a head, a place or a seek of five, a gap and a length of five each. */
const ROW_SYMBOLS: usize = 16;
const SYMBOL_BYTES: usize = 4;
/** Each symbol makes 15 bits at most; beside them, the state. */
const CODED_ROW_BYTES: usize = 2 * ROW_SYMBOLS;
const STATE_BYTES: usize = 16;

const slots = memory.data(32 * SLOTS, 16);
const recent = memory.data(4 * 16, 16);

/** Of the row before. */
let lastKind: u32 = FAR;
let lastGapped: u32 = 0;
let newEnd: u32 = 0;
let oldEnd: u32 = 0;

/** Where a caller's buffers may begin. */
export function heapStart(): usize {
  return __heap_base;
}

function begin(): void {
  prepareNibbleSlots(COUNT_MAX);
  resetNibbleSlots(slots, slots + <usize>SLOTS * SLOT_BYTES);
  memory.fill(recent, 0, 4 * RECENT);
  lastKind = FAR;
  lastGapped = 0;
  newEnd = 0;
  oldEnd = 0;
}

/** The room that {@link encodeRows} needs. */
export function encodingBytes(rowCount: u32): usize {
  return <usize>rowCount * (ROW_SYMBOLS * SYMBOL_BYTES + CODED_ROW_BYTES) + STATE_BYTES;
}

/**
 * @param rows Rows in memory, sorted by new start, not overlapping there, none empty.
 * @param room `encodingBytes`.
 * @returns Where in this room the coded bytes begin; they reach to its end.
 */
export function encodeRows(rows: usize, rowCount: u32, room: usize): usize {
  const end = room + encodingBytes(rowCount);
  if (rowCount === 0) return end;
  begin();
  beginChunkEncoding(room);
  for (let row: u32 = 0; row < rowCount; row++, rows += ROW_BYTES) {
    codeRow<Encoding>(rows, u32.MAX_VALUE, u32.MAX_VALUE);
  }
  return writeChunk(end);
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
  openWords(coded, coded + codedBytes);
  beginChunkDecoding();
  for (let row: u32 = 0; row < rowCount; row++, rows += ROW_BYTES) {
    if (!codeRow<Decoding>(rows, newBytes, oldBytes)) return false;
  }
  return true;
}

/** Code a row that lies, or will, at an address. @returns Whether it lies inside both sides. */
function codeRow<Direction>(row: usize, newBytes: u32, oldBytes: u32): bool {
  let newStart = newEnd;
  let oldStart: i64 = 0;
  let length: u32 = 0;
  let place: u32 = 0;
  let head: u32 = 0;
  if (isEncoding<Direction>()) {
    newStart = load<u32>(row);
    oldStart = <i64>load<u32>(row, 4);
    length = load<u32>(row, 8);
    place = findRecent(<u32>oldStart - newStart);
    head = headOf(newStart, <u32>oldStart, place);
  }
  head = codeNibble<Direction>(slotAt(HEADS + lastKind * 2 + lastGapped), head);
  const gapped = head >> 3;
  if (gapped) {
    newStart = newEnd + codeNumber<Direction>(slotAt(GAPS + lastKind * NUMBER_SLOTS), 0, newStart - newEnd);
  }
  const way = head & 7;
  let kind = RETURNED;
  if (way < HEAD_LEFT) {
    if (way < HEAD_PLACE) place = way;
    else place = HEAD_PLACE + codeNibble<Direction>(slotAt(PLACES + gapped), place - HEAD_PLACE);
    if (place >= RECENT) return false;
    oldStart = <i64>newStart + <i64>load<i32>(recent + (<usize>place << 2));
  } else {
    const isFar = way & 2;
    kind = isFar ? FAR : NEAR;
    oldStart = codeSeek<Direction>(way & 3, gapped, oldStart);
    place = RECENT - 1;
  }
  length = codeNumber<Direction>(slotAt(LENGTHS + (kind * 2 + gapped) * NUMBER_SLOTS), 0, length);
  const isInside = oldStart >= 0 && oldStart + length <= <i64>oldBytes && <u64>newStart + length <= <u64>newBytes;
  if (!isInside) return false;
  if (!isEncoding<Direction>()) {
    store<u32>(row, newStart);
    store<u32>(row, <u32>oldStart, 4);
    store<u32>(row, length, 8);
  }
  lastKind = kind;
  lastGapped = gapped;
  remember(place, <u32>oldStart - newStart);
  newEnd = newStart + length;
  oldEnd = <u32>oldStart + length;
  return true;
}

/** @param place Of its shift among the recent ones. */
function headOf(newStart: u32, oldStart: u32, place: u32): u32 {
  const gapped = newStart > newEnd ? HEAD_GAPPED : 0;
  if (place < RECENT) return gapped | min<u32>(place, HEAD_PLACE);
  const isBackward = oldStart < oldEnd;
  const distance = isBackward ? oldEnd - oldStart : oldStart - oldEnd;
  return gapped | HEAD_LEFT | (u32(distance >= <u32>1 << FAR_BITS) << 1) | u32(isBackward);
}

/** Code how far a row begins from the end of the one before. @param way 0 forward or 1 backward, 2 more for far. */
function codeSeek<Direction>(way: u32, gapped: u32, oldStart: i64): i64 {
  const seek = <u32>(way & 1 ? <i64>oldEnd - oldStart : oldStart - <i64>oldEnd);
  const numbers = slotAt(SEEKS + (way * 2 + gapped) * NUMBER_SLOTS);
  const distance = <i64>codeNumber<Direction>(numbers, way & 2 ? FAR_BITS : 0, seek + 1) - 1;
  return <i64>oldEnd + (way & 1 ? -distance : distance);
}

/** Move a shift to the front of the recent ones, from its place or instead of the last. */
function remember(place: u32, shift: u32): void {
  for (let i = place; i > 0; i--) {
    store<u32>(recent + (<usize>i << 2), load<u32>(recent + (<usize>(i - 1) << 2)));
  }
  store<u32>(recent, shift);
}

/** @returns `RECENT` for a shift that is not among them. */
function findRecent(shift: u32): u32 {
  for (let place: u32 = 0; place < RECENT; place++) {
    if (load<u32>(recent + (<usize>place << 2)) === shift) return place;
  }
  return RECENT;
}

// @ts-ignore: decorator
@inline
function slotAt(index: u32): usize {
  return slots + <usize>index * SLOT_BYTES;
}
