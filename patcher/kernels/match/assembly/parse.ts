import { countEqual } from './bytes';
import {
  bucketOf,
  candidatesIn,
  hashAt,
  oldBytes,
  oldStart,
  positionOf,
  tagOf,
  touchBuckets,
  windowBytes,
} from './old-index';
import {
  differencePriceOf,
  equalAfterDifferencePrice,
  equalPrice,
  learnDifferences,
  learnExtra,
  PRICES_BYTES,
  resetPrices,
  rowPrice,
  rowPriceMin,
  takeLiteral,
} from './prices';
import { addRow, closeRow, countRows, openRows, ROW_BYTES } from './rows';

/**
 * Choose rows by what they cost. While the present alignment is right, its bytes are only compared. Where it is not, a
 * *region* begins: for every byte it is kept what the cheapest way to that byte costs through each of a few *lanes*
 * (alignments that were found so far) or through storing bytes as they are (*extra*). When the cheapest lane has been
 * right for a while, or the region is full, the way that led there is written out as rows.
 */

/** Bytes of a region. */
const REGION_BYTES: usize = 32768;
/** What is kept for each byte: cost so far, lane (0: extra), its shift, and which lanes were entered there. */
const TRACE_BYTES: usize = 16;
/** Lanes of a region, dead ones included; each has a shift, a slot, where it was found, and where it is entered. */
const LANES_MAX: usize = 16384;
const LANE_BYTES: usize = 16;
/** Lanes alive: shift, cost, score, whether its last byte was right, bytes right in a row, slot, lane. */
const SLOTS: usize = 16;
const SLOT_BYTES: usize = 32;
/** Bit of a trace's entries that says extra was entered. */
const EXTRA_ENTERED: u32 = 0x80000000;
/** A lane's score rises with right bytes up to this; below 0 it dies. */
const SCORE_MAX: i32 = 32;
const SCORE_NEW: i32 = 12;
/** A found lane is followed backwards until it is this much dearer than at its best. */
const BACKWARD_PRICE: i32 = 640;

const ROWS_MAX: usize = 65536;

export const PARSE_BYTES: usize =
  (REGION_BYTES + 1) * TRACE_BYTES +
  LANES_MAX * LANE_BYTES +
  SLOTS * SLOT_BYTES +
  REGION_BYTES * ROW_BYTES +
  ROWS_MAX * ROW_BYTES +
  PRICES_BYTES;

let traces: usize = 0;
let lanes: usize = 0;
let slots: usize = 0;
let backRows: usize = 0;
let rows: usize = 0;

let first: usize = 0;
let end: usize = 0;
let at: usize = 0;
/** Bytes a lane must be right in a row to end a region. */
let settledBytes: u32 = 48;
let candidatesMax: i32 = 4;
/** While the cheapest lane's score is above this, its wrong bytes are taken for scattered differences. */
let trustedScore: i32 = 32;

let inRegion: bool = false;
let hasCurrent: bool = false;
let current: usize = 0;

let regionStart: usize = 0;
let laneCount: u32 = 0;
let aliveCount: u32 = 0;
let freeSlots: u32 = 0;
let bestCost: i32 = 0;
let bestLane: u32 = 0;
let bestShift: usize = 0;
let bestStreak: u32 = 0;
let bestScore: i32 = 0;
let extraCost: i32 = 0;
let extraShift: usize = 0;
let lastHash: u64 = 0;
/** Buckets for windows before this address are near. */
let nearTo: usize = 0;

export function setSearch(settled: u32, candidates: i32, trusted: i32): void {
  trustedScore = trusted;
  settledBytes = settled;
  candidatesMax = candidates;
}

/** Begin with a stretch of new bytes; there are 32 readable bytes behind it. */
export function beginParse(area: usize, firstNew: usize, from: usize, to: usize): usize {
  traces = area;
  lanes = traces + (REGION_BYTES + 1) * TRACE_BYTES;
  slots = lanes + LANES_MAX * LANE_BYTES;
  backRows = slots + SLOTS * SLOT_BYTES;
  rows = backRows + REGION_BYTES * ROW_BYTES;
  resetPrices(rows + ROWS_MAX * ROW_BYTES);
  openRows(rows, firstNew, oldStart);
  first = firstNew;
  at = from;
  end = to;
  nearTo = 0;
  inRegion = false;
  hasCurrent = false;
  // The first seek counts from the beginning of both sides, whatever was matched before and wherever that lay.
  current = oldStart - firstNew;
  lastHash = 0;
  return rows;
}

/** Go on up to an address. @returns False when the rows found so far have to be taken before it can go on. */
export function parseUpTo(until: usize): bool {
  while (at < until) {
    if (<usize>countRows() > ROWS_MAX - REGION_BYTES) return false;
    if (!inRegion) {
      skipEqual(until);
      if (at === until) return true;
      beginRegion();
    }
    parseByte();
    at++;
    if (bestLane !== 0 && bestStreak >= settledBytes) {
      settle();
    } else if (at - regionStart === REGION_BYTES || <usize>laneCount >= LANES_MAX - 64) {
      settle();
    }
  }
  return true;
}

/** Consider old bytes for those from here on. */
export function proposeOld(old: usize): void {
  if (!inRegion) beginRegion();
  traceBest();
  const shift = old - at;
  if (!isAlive(shift)) insertLane(shift);
}

/** Decide what is left. */
export function endParse(): void {
  if (inRegion) settle();
  closeRow();
}

function skipEqual(until: usize): void {
  if (!hasCurrent) return;
  const offset = at + current - oldStart;
  if (offset >= oldBytes) return;
  const count = countEqual(at, at + current, min(until - at, oldBytes - offset));
  addRow(at, at + count, current);
  at += count;
}

function beginRegion(): void {
  inRegion = true;
  regionStart = at;
  laneCount = 1;
  aliveCount = 0;
  freeSlots = (<u32>1 << <u32>SLOTS) - 1;
  bestCost = 0;
  bestLane = 0;
  bestShift = current;
  bestStreak = 0;
  extraCost = 0;
  extraShift = current;
  if (!hasCurrent) return;
  bestLane = openLane(current, SCORE_MAX, 0, at);
  bestScore = SCORE_MAX;
}

/** @param cost Of the way to here through the lane, which is entered at `entry`. */
function openLane(shift: usize, score: i32, cost: i32, entry: usize): u32 {
  if (freeSlots === 0) closeWorst();
  const slotNumber = <u32>ctz<u32>(freeSlots);
  freeSlots &= ~(<u32>1 << slotNumber);
  const lane = laneCount++;
  const info = lanes + <usize>lane * LANE_BYTES;
  store<usize>(info, shift);
  store<u32>(info, slotNumber, 4);
  store<usize>(info, at, 8);
  store<usize>(info, entry, 12);
  const slot = slots + <usize>aliveCount * SLOT_BYTES;
  aliveCount++;
  store<usize>(slot, shift);
  store<i32>(slot, cost, 4);
  store<i32>(slot, score, 8);
  store<u32>(slot, 1, 12);
  store<u32>(slot, 0, 16);
  store<u32>(slot, slotNumber, 20);
  store<u32>(slot, lane, 24);
  return lane;
}

function closeWorst(): void {
  let worst = slots;
  let worstCost = i32.MIN_VALUE;
  const stop = slots + <usize>aliveCount * SLOT_BYTES;
  for (let slot = slots; slot < stop; slot += SLOT_BYTES) {
    const cost = load<i32>(slot, 4);
    if (cost > worstCost && load<u32>(slot, 24) !== bestLane) {
      worstCost = cost;
      worst = slot;
    }
  }
  closeSlot(worst);
}

function closeSlot(slot: usize): void {
  freeSlots |= <u32>1 << load<u32>(slot, 20);
  aliveCount--;
  const last = slots + <usize>aliveCount * SLOT_BYTES;
  if (slot !== last) memory.copy(slot, last, SLOT_BYTES);
}

// @ts-ignore: decorator
@inline
function traceBest(): void {
  const trace = traces + (at - regionStart) * TRACE_BYTES;
  store<i32>(trace, bestCost);
  store<u32>(trace, bestLane, 4);
  store<usize>(trace, bestShift, 8);
}

function parseByte(): void {
  traceBest();
  const here = at + bestShift;
  if (bestLane === 0 || here - oldStart >= oldBytes) lookUp();
  else if (load<u8>(here) !== load<u8>(at) && bestScore <= trustedScore) lookUp();
  advance();
}

/** Take the next byte in every lane and in extra. */
function advance(): void {
  const value = load<u8>(at);
  const enterMin = bestCost + rowPriceMin;
  let entries: u32 = 0;
  if (bestLane !== 0 && bestCost < extraCost) {
    extraCost = bestCost;
    extraShift = bestShift;
    entries = EXTRA_ENTERED;
  }
  extraCost += takeLiteral(at, first);
  let cheapest = extraCost;
  let cheapestLane: u32 = 0;
  let cheapestShift = extraShift;
  let cheapestStreak: u32 = 0;
  let cheapestScore: i32 = 0;
  let slot = slots;
  let stop = slots + <usize>aliveCount * SLOT_BYTES;
  while (slot < stop) {
    const shift = load<usize>(slot);
    const here = at + shift;
    let cost = load<i32>(slot, 4);
    const lastEqual = load<u32>(slot, 12);
    let streak: u32 = 0;
    if (here - oldStart < oldBytes && load<u8>(here) === value) {
      if (cost > enterMin) {
        const entered = bestCost + rowPrice(bestLane === 0, bestShift, shift);
        if (entered < cost) {
          cost = entered;
          entries |= <u32>1 << load<u32>(slot, 20);
        }
      }
      cost += lastEqual ? equalPrice : equalAfterDifferencePrice;
      streak = load<u32>(slot, 16) + 1;
      store<i32>(slot, min(load<i32>(slot, 8) + 1, SCORE_MAX), 8);
      store<u32>(slot, 1, 12);
    } else {
      const score = load<i32>(slot, 8) - 2;
      if (here - oldStart >= oldBytes || (score < 0 && load<u32>(slot, 24) !== bestLane)) {
        closeSlot(slot);
        stop -= SLOT_BYTES;
        continue;
      }
      cost += differencePriceOf(at, here, lastEqual !== 0);
      store<i32>(slot, max(score, 0), 8);
      store<u32>(slot, 0, 12);
    }
    store<i32>(slot, cost, 4);
    store<u32>(slot, streak, 16);
    if (cost < cheapest) {
      cheapest = cost;
      cheapestLane = load<u32>(slot, 24);
      cheapestShift = shift;
      cheapestStreak = streak;
      cheapestScore = load<i32>(slot, 8);
    }
    slot += SLOT_BYTES;
  }
  store<u32>(traces + (at - regionStart) * TRACE_BYTES, entries, 12);
  bestCost = cheapest;
  bestLane = cheapestLane;
  bestShift = cheapestShift;
  bestStreak = cheapestStreak;
  bestScore = cheapestScore;
}

/** Ask the index for old bytes like those from here on. */
function lookUp(): void {
  if (at + windowBytes > end) return;
  // Among bytes that nothing resembles, all of the next ones will be asked for.
  if (bestLane === 0 && at >= nearTo) nearTo = touchBuckets(at, 1, end - windowBytes + 1);
  const hash = hashAt(at);
  if (hash === lastHash) return;
  lastHash = hash;
  const tag = tagOf(hash);
  let found = 0;
  const bucket = bucketOf(hash);
  for (let candidates = candidatesIn(bucket, tag); candidates !== 0; candidates &= candidates - 1) {
    const old = positionOf(bucket + (<usize>ctz<u32>(candidates) << 2));
    if (isAlive(old - at) || !windowEquals(old)) continue;
    insertLane(old - at);
    if (++found === candidatesMax) return;
  }
}

// @ts-ignore: decorator
@inline
function windowEquals(old: usize): bool {
  const tail = windowBytes - 8;
  return load<u64>(old) === load<u64>(at) && load<u64>(old + tail) === load<u64>(at + tail);
}

function isAlive(shift: usize): bool {
  const stop = slots + <usize>aliveCount * SLOT_BYTES;
  for (let slot = slots; slot < stop; slot += SLOT_BYTES) {
    if (load<usize>(slot) === shift) return true;
  }
  return false;
}

/** Open a lane where it is cheapest to enter: here, or at an earlier byte of the region. */
function insertLane(shift: usize): void {
  let cheapest = bestCost + rowPrice(bestLane === 0, bestShift, shift);
  let entry = at;
  let behind = 0;
  let lowest = bestCost;
  let lastEqual = true;
  for (let back = at; back > regionStart; ) {
    back--;
    const here = back + shift;
    if (here - oldStart >= oldBytes) break;
    const trace = traces + (back - regionStart) * TRACE_BYTES;
    const cost = load<i32>(trace);
    if (load<u8>(here) === load<u8>(back)) {
      behind += lastEqual ? equalPrice : equalAfterDifferencePrice;
      lastEqual = true;
      const sum = cost + behind;
      if (sum + rowPriceMin < cheapest) {
        const entered = sum + rowPrice(load<u32>(trace, 4) === 0, load<usize>(trace, 8), shift);
        if (entered < cheapest) {
          cheapest = entered;
          entry = back;
        }
      }
      if (sum < lowest) lowest = sum;
    } else {
      behind += differencePriceOf(back, here, lastEqual);
      lastEqual = false;
      if (cost + behind > lowest + BACKWARD_PRICE) break;
    }
  }
  const lane = openLane(shift, SCORE_NEW, cheapest, entry);
  if (cheapest < bestCost) {
    bestCost = cheapest;
    bestLane = lane;
    bestShift = shift;
    bestScore = SCORE_NEW;
    traceBest();
  }
}

/** Write out the cheapest way to here. */
function settle(): void {
  writeRows();
  inRegion = false;
  hasCurrent = bestLane !== 0;
  current = bestShift;
  if (!hasCurrent && at < end) beginRegion();
}

/** Walk back along the cheapest way, then add its rows in order. */
function writeRows(): void {
  let back = at;
  let lane = bestLane;
  let row = backRows;
  while (back > regionStart) {
    if (lane === 0) {
      back--;
      const trace = traces + (back - regionStart) * TRACE_BYTES;
      if (load<u32>(trace, 12) & EXTRA_ENTERED) lane = load<u32>(trace, 4);
      continue;
    }
    const rowEnd = back;
    back = findEntry(lane, back);
    store<usize>(row, back);
    store<usize>(row, rowEnd, 4);
    store<usize>(row, load<usize>(lanes + <usize>lane * LANE_BYTES), 8);
    row += ROW_BYTES;
    lane = load<u32>(traces + (back - regionStart) * TRACE_BYTES, 4);
  }
  let extraBytes = at - regionStart;
  while (row > backRows) {
    row -= ROW_BYTES;
    const from = load<usize>(row);
    const to = load<usize>(row, 4);
    const shift = load<usize>(row, 8);
    learnDifferences(from, to, shift);
    addRow(from, to, shift);
    extraBytes -= to - from;
  }
  learnExtra(<u32>extraBytes);
}

/** Where the way that has gone through a lane up to an address entered it. */
function findEntry(lane: u32, to: usize): usize {
  const info = lanes + <usize>lane * LANE_BYTES;
  const bit = <u32>1 << load<u32>(info, 4);
  const found = load<usize>(info, 8);
  let back = to;
  while (back > found) {
    back--;
    if (load<u32>(traces + (back - regionStart) * TRACE_BYTES, 12) & bit) return back;
  }
  return load<usize>(info, 12);
}
