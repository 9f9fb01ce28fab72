/**
 * Finds earlier occurrences of the bytes ahead. Two tables hold rows of the 15 newest places, by the hash of 4 bytes
 * and of 8; a byte of tag for each place saves most looks at bytes that differ. The newest place alone is kept by 2
 * bytes and by the hash of 3. Places are offsets from the window's begin, where nothing lies at 0.
 */
const SHORT_BITS: u32 = 16;
const ROW_BITS4: u32 = 15;
const ROW_BITS8: u32 = 16;
const FOUND_MAX: u32 = 64;
/** A copy of 2 or 3 bytes from farther away costs more than the bytes. */
const DISTANCE2_MAX: u32 = 1 << 10;
const DISTANCE3_MAX: u32 = 1 << 16;

/** What a gap copies is often close by. */
const ROW_END_BYTES: u32 = 512;

let window: usize = 0;
let heads2: usize = 0;
let heads3: usize = 0;
let tags4: usize = 0;
let places4: usize = 0;
let tags8: usize = 0;
let places8: usize = 0;
let found: usize = 0;
let inserted: u32 = 0;

/** How many pairs of length and distance the last search found, lengths rising. */
export let foundCount: u32 = 0;

const HEADS_BYTES: usize = 4 << SHORT_BITS;
const FINDER_BYTES: usize =
  HEADS_BYTES * 2 + (<usize>80 << ROW_BITS4) + (<usize>80 << ROW_BITS8) + <usize>FOUND_MAX * 8;

export function finderBytes(): usize {
  return FINDER_BYTES;
}

/** Bytes up to 8 behind the last place are read. */
export function beginFinding(buffer: usize, windowBegin: usize): void {
  window = windowBegin;
  heads2 = buffer;
  heads3 = heads2 + HEADS_BYTES;
  tags4 = heads3 + HEADS_BYTES;
  places4 = tags4 + (<usize>16 << ROW_BITS4);
  tags8 = places4 + (<usize>64 << ROW_BITS4);
  places8 = tags8 + (<usize>16 << ROW_BITS8);
  found = places8 + (<usize>64 << ROW_BITS8);
  memory.fill(buffer, 0, FINDER_BYTES);
  inserted = 1;
}

// @ts-ignore: decorator
@inline
function head2(at: usize): usize {
  return heads2 + (<usize>load<u16>(at) << 2);
}

// @ts-ignore: decorator
@inline
function head3(at: usize): usize {
  return heads3 + ((<usize>((load<u32>(at) << 8) * 0x9e3779b1) >> (32 - SHORT_BITS)) << 2);
}

// @ts-ignore: decorator
@inline
function hash4(at: usize): u32 {
  return (load<u32>(at) * 0x9e3779b1) >> (32 - 8 - ROW_BITS4);
}

// @ts-ignore: decorator
@inline
function hash8(at: usize): u32 {
  return <u32>((load<u64>(at) * 0x9e3779b97f4a7c15) >> (64 - 8 - ROW_BITS8));
}

/** A hash's low byte is the tag, the others the row. A row's first byte says where its newest place is, 1–15. */
// @ts-ignore: decorator
@inline
function insertInto(tags: usize, places: usize, hash: u32, place: u32): void {
  const row = tags + ((<usize>hash >> 8) << 4);
  const newest = <u32>load<u8>(row);
  const at = newest < 2 ? 15 : newest - 1;
  store<u8>(row, <u8>at);
  store<u8>(row + <usize>at, <u8>hash);
  store<u32>(places + ((<usize>hash >> 8) << 6) + (<usize>at << 2), place);
}

/** Make the places of a row, from where insertion stands, findable: one in `step`, but all close to its end. */
export function insertRow(place: u32, step: u32): void {
  if (place - inserted > ROW_END_BYTES && inserted < place) insert(place - ROW_END_BYTES, step);
  insert(place, 1);
}

/** Make all places before `place` findable. */
export function insertBefore(place: u32): void {
  insert(place, 1);
}

// @ts-ignore: decorator
@inline
function insert(place: u32, step: u32): void {
  for (; inserted < place; inserted += step) {
    const at = window + <usize>inserted;
    store<u32>(head2(at), inserted);
    store<u32>(head3(at), inserted);
    insertInto(tags4, places4, hash4(at), inserted);
    insertInto(tags8, places8, hash8(at), inserted);
  }
}

/** How many bytes two places have in common, at most `limit`. Reads up to 7 bytes behind. */
// @ts-ignore: decorator
@inline
export function commonBytes(one: usize, other: usize, limit: u32): u32 {
  let length: u32 = 0;
  while (length < limit) {
    const difference = load<u64>(one + <usize>length) ^ load<u64>(other + <usize>length);
    if (difference !== 0) return min<u32>(limit, length + <u32>(ctz(difference) >> 3));
    length += 8;
  }
  return limit;
}

/** Find copies for the bytes at a place, at most `limit` long, each longer than all nearer ones. */
export function find(place: u32, limit: u32, looks: u32, enough: u32): void {
  foundCount = 0;
  if (limit < 2) return;
  const at = window + <usize>place;
  let best: u32 = 1;
  const candidate2 = load<u32>(head2(at));
  if (candidate2 !== 0 && place - candidate2 <= DISTANCE2_MAX) best = consider(candidate2, place, best, limit);
  if (limit < 3) return;
  const candidate3 = load<u32>(head3(at));
  if (candidate3 !== 0 && candidate3 !== candidate2 && place - candidate3 <= DISTANCE3_MAX) {
    best = consider(candidate3, place, best, limit);
  }
  best = lookIn(tags4, places4, hash4(at), place, max<u32>(best, 3), limit, looks, enough);
  lookIn(tags8, places8, hash8(at), place, max<u32>(best, 7), limit, looks, enough);
}

// @ts-ignore: decorator
@inline
function lookIn(
  tags: usize,
  places: usize,
  hash: u32,
  place: u32,
  atLeast: u32,
  limit: u32,
  looksMax: u32,
  enough: u32,
): u32 {
  const at = window + <usize>place;
  const row = tags + ((<usize>hash >> 8) << 4);
  const newest = <u32>load<u8>(row);
  const entries = places + ((<usize>hash >> 8) << 6);
  const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(row), i8x16.splat(<i8>hash))) & 0xfffe;
  // Newest first: those from `newest` up, then those before.
  const split = <u32>0xffff << newest;
  let mask = same & split;
  let rest = same & ~split;
  let best = atLeast;
  for (let looks = looksMax; looks > 0 && best < limit && best < enough; looks--) {
    if (mask === 0) {
      mask = rest;
      rest = 0;
      if (mask === 0) break;
    }
    const candidate = load<u32>(entries + (<usize>ctz(mask) << 2));
    mask &= mask - 1;
    if (candidate === 0) continue;
    const other = window + <usize>candidate + <usize>best - 3;
    if (load<u32>(other) === load<u32>(at + <usize>best - 3)) best = consider(candidate, place, best, limit);
  }
  return best;
}

function consider(candidate: u32, place: u32, best: u32, limit: u32): u32 {
  const length = commonBytes(window + <usize>candidate, window + <usize>place, limit);
  if (length <= best) return best;
  if (foundCount < FOUND_MAX) {
    const pair = found + (<usize>foundCount << 3);
    store<u32>(pair, length);
    store<u32>(pair, place - candidate, 4);
    foundCount++;
  }
  return length;
}

// @ts-ignore: decorator
@inline
export function foundLength(index: u32): u32 {
  return load<u32>(found + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
export function foundDistance(index: u32): u32 {
  return load<u32>(found + (<usize>index << 3), 4);
}
