/**
 * Finds the newest earlier occurrence of the bytes ahead, by the hash of 4 bytes and of 8: one look at each. Places
 * are offsets from the window's begin, where nothing lies at 0.
 */
const HASH_BITS: u32 = 17;
const HEADS_BYTES: usize = 4 << HASH_BITS;
/** Of bytes in rows only every so many are kept: a copy of 8 + 3 bytes is found at one of its first places. */
const ROW_STEP: u32 = 4;

let window: usize = 0;
let heads4: usize = 0;
let heads8: usize = 0;
let inserted: u32 = 0;

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
function head4(at: usize): usize {
  return heads4 + (<usize>((load<u32>(at) * 0x9e3779b1) >> (32 - HASH_BITS)) << 2);
}

// @ts-ignore: decorator
@inline
function head8(at: usize): usize {
  return heads8 + (<usize>((load<u64>(at) * 0x9e3779b97f4a7c15) >> (64 - HASH_BITS)) << 2);
}

/** Make places of a row before `place` findable. */
export function insertRow(place: u32): void {
  for (; inserted < place; inserted += ROW_STEP) {
    const at = window + <usize>inserted;
    store<u32>(head4(at), inserted);
    store<u32>(head8(at), inserted);
  }
  inserted = place;
}

/** Look for a place, and make it findable. */
// @ts-ignore: decorator
@inline
export function findNewest(place: u32): void {
  const at = window + <usize>place;
  const near = head4(at);
  const far = head8(at);
  nearPlace = load<u32>(near);
  farPlace = load<u32>(far);
  store<u32>(near, place);
  store<u32>(far, place);
}

/** Make places from one on findable, before another, every second one. */
export function insertCopied(begin: u32, end: u32): void {
  for (let place = begin; place < end; place += 2) {
    const at = window + <usize>place;
    store<u32>(head4(at), place);
    store<u32>(head8(at), place);
  }
  inserted = end;
}
