import { countEqual, countEqual32 } from './bytes';
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
import { addRow, closeRow, countRows, openRows } from './rows';

/**
 * Choose rows greedily, at a fraction of what prices cost: an alignment is followed over scattered differences for as
 * long as half of its bytes are right. Where it is doubtful the index is asked for a better one, and where there is
 * none every byte is asked for, ever fewer while nothing is found.
 */

/** With so many of 32 bytes right, an alignment is not doubted. */
const TRUSTED_BYTES: i32 = 22;
/** With fewer, it is left. */
const KEPT_BYTES: i32 = 18;
/** Another one must make so many more of 32 bytes right. */
const BETTER_BYTES: i32 = 8;
/** Bytes of a doubtful alignment that are followed before the index is asked again. */
const DOUBT_BYTES: usize = 160;
/** Places from the first doubtful byte on that the index is asked for: as many as its positions are apart. */
const PROBED: usize = 16;
/** A row elsewhere has to make so many bytes right: shorter ones save hardly a byte, and cost more time than the bytes in them. */
const ROW_BYTES_MIN: usize = 40;
/** Of several candidates, the one is taken that is right longest, up to here. */
const COMPARED_BYTES: usize = 256;
/**
 * The more places in a row where nothing was found, the more bytes are left out between two batches of them: one for
 * each 2^3, up to so many. A batch is no shorter than the index's positions are apart, or it might miss all of them.
 */
const MISSES_LOG2: u32 = 3;
const SKIPPED_MAX: usize = 144;
/** A row reaches back until this many more bytes were wrong than right. */
const BACKWARD_SLACK: i32 = 16;

const ROWS_MAX: usize = 65536;

let at: usize = 0;
let end: usize = 0;
let oldEnd: usize = 0;
let following: bool = false;
/** Old address minus new address, modulo 2^32: of the alignment followed, or of the one before. */
let shift: usize = 0;
/** Where the row that is followed began; all before it is decided. */
let rowFrom: usize = 0;
let doubtFrom: usize = 0;
let misses: u32 = 0;
/** Buckets for windows before this address are near. */
let nearTo: usize = 0;
let foundShift: usize = 0;
let foundBytes: usize = 0;

/** Begin with a stretch of new bytes; there are 32 readable bytes behind it. @returns Where rows will lie. */
export function beginWalk(area: usize, firstNew: usize, from: usize, to: usize): usize {
  openRows(area, firstNew, oldStart);
  at = from;
  end = to;
  oldEnd = oldStart + oldBytes;
  following = false;
  shift = oldStart - firstNew;
  rowFrom = from;
  doubtFrom = 0;
  misses = 0;
  nearTo = 0;
  return area;
}

/** Go on up to an address. @returns False when the rows found so far have to be taken before it can go on. */
export function walkUpTo(until: usize): bool {
  while (at < until) {
    if (<usize>countRows() >= ROWS_MAX - 1) return false;
    if (following) follow(until);
    else search(until);
  }
  return true;
}

/** Consider old bytes for those from here on. */
export function proposeWalk(old: usize): void {
  if (at + 32 > end || old + 32 > oldEnd) return;
  const right = countEqual32(at, old);
  if (right < KEPT_BYTES || (following && isInside(32) && countEqual32(at, at + shift) >= right)) return;
  leave();
  enter(at, old - at);
}

/** Decide what is left. */
export function endWalk(): void {
  leave();
  closeRow();
}

// @ts-ignore: decorator
@inline
function isInside(bytes: usize): bool {
  return at + bytes <= end && at + shift + bytes <= oldEnd;
}

function follow(until: usize): void {
  while (at < until) {
    at += countEqual(at, at + shift, min(until - at, oldEnd - at - shift));
    if (at >= until) return;
    if (!isInside(32)) return stop(until);
    const right = countEqual32(at, at + shift);
    if (right < TRUSTED_BYTES && at >= doubtFrom) {
      if (change(right, until)) continue;
      doubtFrom = at + DOUBT_BYTES;
    }
    if (right < KEPT_BYTES) return stop(until);
    at = min(at + 16, until);
  }
}

/** Leave the alignment where it is wrong more often than right. */
function stop(until: usize): void {
  const last = min(until - at, min(32, oldEnd - at - shift));
  let best: usize = 0;
  let score: i32 = 0;
  let bestScore: i32 = 0;
  for (let ahead: usize = 0; ahead < last; ahead++) {
    score += load<u8>(at + ahead) === load<u8>(at + ahead + shift) ? 1 : -1;
    if (score > bestScore) {
      bestScore = score;
      best = ahead + 1;
    }
  }
  at += best;
  leave();
}

function leave(): void {
  if (!following) return;
  addRow(rowFrom, at, shift);
  rowFrom = at;
  following = false;
  misses = 0;
}

function enter(from: usize, withShift: usize): void {
  rowFrom = from;
  shift = withShift;
  following = true;
  doubtFrom = 0;
}

/** Take a better alignment than the one followed, if the index knows one. */
function change(right: i32, until: usize): bool {
  const last = min(at + PROBED, min(until, end - 32));
  touchBuckets(at, 1, last);
  for (let probe = at; probe < last; probe++) {
    if (!find(probe) || foundShift === shift) continue;
    if (probe + foundShift + 32 > oldEnd) continue;
    if (countEqual32(probe, probe + foundShift) < right + BETTER_BYTES) continue;
    const from = betterFrom(probe, foundShift);
    addRow(rowFrom, from, shift);
    at = probe;
    enter(from, foundShift);
    return true;
  }
  return false;
}

/** Where another alignment becomes better than the one followed. */
function betterFrom(probe: usize, other: usize): usize {
  let from = probe;
  let score: i32 = 0;
  let bestScore: i32 = 0;
  for (let back = probe; back > rowFrom; ) {
    back--;
    if (back + other - oldStart >= oldBytes) break;
    const value = load<u8>(back);
    score += i32(load<u8>(back + other) === value) - i32(load<u8>(back + shift) === value);
    if (score > bestScore) {
      bestScore = score;
      from = back;
    } else if (score < bestScore - BACKWARD_SLACK) break;
    else if (score < bestScore && back + 64 < from) break;
  }
  return from;
}

function search(until: usize): void {
  const last = end - at >= 32 ? end - 32 : at;
  while (at < until) {
    if (at >= nearTo) at = min(at + min<usize>(misses >> MISSES_LOG2, SKIPPED_MAX), until);
    if (at >= last) {
      at = until;
      return;
    }
    if (at >= nearTo) nearTo = touchBuckets(at, 1, last);
    if (continuesAt(at)) return enterAt(shift);
    if (find(at)) {
      const from = startOf(at, foundShift);
      if (at - from + foundBytes >= ROW_BYTES_MIN) return enterAt(foundShift);
    }
    misses++;
    at++;
  }
}

/** Whether the alignment left last is right again. */
// @ts-ignore: decorator
@inline
function continuesAt(from: usize): bool {
  const here = from + shift;
  return here - oldStart < oldBytes && load<u64>(here) === load<u64>(from) && here + 32 <= oldEnd;
}

function enterAt(withShift: usize): void {
  enter(startOf(at, withShift), withShift);
}

/** How far back an alignment is right more often than wrong. */
function startOf(found: usize, withShift: usize): usize {
  let from = found;
  let score: i32 = 0;
  let bestScore: i32 = 0;
  for (let back = found; back > rowFrom; ) {
    back--;
    const here = back + withShift;
    if (here - oldStart >= oldBytes) break;
    score += load<u8>(here) === load<u8>(back) ? 1 : -1;
    if (score > bestScore) {
      bestScore = score;
      from = back;
    } else if (score < bestScore - BACKWARD_SLACK) break;
  }
  return from;
}

/** Ask the index for the old bytes that equal those from an address on the longest: `foundShift`, `foundBytes`. */
function find(probe: usize): bool {
  const hash = hashAt(probe);
  const tag = tagOf(hash);
  foundBytes = 0;
  const bucket = bucketOf(hash);
  for (let candidates = candidatesIn(bucket, tag); candidates !== 0; candidates &= candidates - 1) {
    const old = positionOf(bucket + (<usize>ctz<u32>(candidates) << 2));
    const bytes = countEqual(probe, old, min(COMPARED_BYTES, min(end - probe, oldEnd - old)));
    if (bytes <= foundBytes || bytes < windowBytes) continue;
    foundBytes = bytes;
    foundShift = old - probe;
  }
  return foundBytes > 0;
}
