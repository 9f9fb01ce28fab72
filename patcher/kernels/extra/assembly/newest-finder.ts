/**
 * Finds the newest earlier occurrence of the bytes ahead, by the hash of 4 bytes and of 8: one look at each. Places
 * are offsets from the window's begin, below 2^24, where nothing lies at 0.
 */
const HASH_BITS: u32 = 16;
const HEADS_BYTES: usize = 4 << HASH_BITS;
/** Of bytes in rows only every so many are kept: a copy of 8 + 3 bytes is found at one of its first places. */
const ROW_STEP: u32 = 4;
/** What a gap copies is often close by: here they are kept so whatever the step elsewhere. */
const ROW_END_BYTES: u32 = 1024;

let window: usize = 0;
let heads4: usize = 0;
let heads8: usize = 0;
let inserted: u32 = 0;
let rowStep: u32 = ROW_STEP;

export let nearPlace: u32 = 0;
export let farPlace: u32 = 0;

export function newestFinderBytes(): usize {
  return HEADS_BYTES * 2;
}

/** Bytes up to 8 behind the last place are read. */
export function beginFindingNewest(buffer: usize, windowBegin: usize): void {
  window = windowBegin;
  heads4 = buffer;
  heads8 = heads4 + HEADS_BYTES;
  memory.fill(buffer, 0, HEADS_BYTES * 2);
  inserted = 1;
}

// @ts-ignore: decorator
@inline
function hash4(at: usize): u32 {
  return load<u32>(at) * 0x9e3779b1;
}

// @ts-ignore: decorator
@inline
function hash8(at: usize): u32 {
  return <u32>((load<u64>(at) * 0x9e3779b97f4a7c15) >> 32);
}

// @ts-ignore: decorator
@inline
function headOf(heads: usize, hash: u32): usize {
  return heads + (<usize>(hash >> (32 - HASH_BITS)) << 2);
}

/** A head holds a place, and above it bits of the hash: most that is not sought is known by them, without a look at its bytes. */
const TAG_MASK: u32 = 0xff << 24;

// @ts-ignore: decorator
@inline
function tagOf(hash: u32): u32 {
  return (hash << HASH_BITS) & TAG_MASK;
}

// @ts-ignore: decorator
@inline
function insert(heads: usize, hash: u32, place: u32): void {
  store<u32>(headOf(heads, hash), place | tagOf(hash));
}

/** The place that a head holds, 0 for none that may be sought. */
// @ts-ignore: decorator
@inline
function placeIn(head: u32, hash: u32): u32 {
  return (head & TAG_MASK) === tagOf(hash) ? head & ~TAG_MASK : 0;
}

/** @param newStep Of the places in rows, one in so many is findable. */
export function setRowStep(newStep: u32): void {
  rowStep = newStep;
}

/** Make places of a row before `place` findable: some, but more of those close to its end, which gaps often copy. */
export function insertRow(place: u32): void {
  if (place > inserted + ROW_END_BYTES) insertEvery(place - ROW_END_BYTES, rowStep);
  insertEvery(place, ROW_STEP);
  inserted = place;
}

// @ts-ignore: decorator
@inline
function insertEvery(place: u32, step: u32): void {
  for (; inserted < place; inserted += step) {
    const at = window + <usize>inserted;
    insert(heads4, hash4(at), inserted);
    insert(heads8, hash8(at), inserted);
  }
}

/** How many of the bytes at every `step`-th address occurred before, eight at a time. */
export function countKnown(from: usize, length: u32, step: usize): u32 {
  if (length < 8) return 0;
  const last = from + <usize>length - 8;
  let known: u32 = 0;
  for (let at = from; at <= last; at += step) {
    const hash = hash8(at);
    const place = placeIn(load<u32>(headOf(heads8, hash)), hash);
    known += u32(place !== 0 && load<u64>(window + <usize>place) === load<u64>(at));
  }
  return known;
}

/** Look for a place, and make it findable. */
// @ts-ignore: decorator
@inline
export function findNewest(place: u32): void {
  const at = window + <usize>place;
  const nearHash = hash4(at);
  const farHash = hash8(at);
  const near = headOf(heads4, nearHash);
  const far = headOf(heads8, farHash);
  nearPlace = placeIn(load<u32>(near), nearHash);
  farPlace = placeIn(load<u32>(far), farHash);
  store<u32>(near, place | tagOf(nearHash));
  store<u32>(far, place | tagOf(farHash));
}

/** Make places from one on findable, before another, every second one. */
export function insertCopied(begin: u32, end: u32): void {
  for (let place = begin; place < end; place += 2) {
    const at = window + <usize>place;
    insert(heads4, hash4(at), place);
    insert(heads8, hash8(at), place);
  }
  inserted = end;
}
