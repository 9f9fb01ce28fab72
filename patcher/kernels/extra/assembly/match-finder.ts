/**
 * Finds earlier occurrences of the bytes ahead: newest first in chains by the hash of 4 bytes and of 8, the newest
 * alone by 2 and by 3. Places are offsets from the window's begin, where nothing lies at 0.
 */
const SHORT_BITS: u32 = 16;
const LONG_BITS: u32 = 18;
const FOUND_MAX: u32 = 64;
/** A copy of 2 bytes from farther away costs more than the bytes. */
const DISTANCE2_MAX: u32 = 1 << 10;
const DISTANCE3_MAX: u32 = 1 << 16;

let window: usize = 0;
let heads2: usize = 0;
let heads3: usize = 0;
let heads4: usize = 0;
let heads8: usize = 0;
let chain4: usize = 0;
let chain8: usize = 0;
let found: usize = 0;
let inserted: u32 = 0;
let readable: u32 = 0;

/** Where the pairs of length and distance of a search are, lengths rising. */
export let foundCount: u32 = 0;

export function finderBytes(windowBytes: u32): usize {
  return (<usize>4 << SHORT_BITS) * 2 + (<usize>4 << LONG_BITS) * 2 + <usize>windowBytes * 8 + <usize>FOUND_MAX * 8;
}

/** @param windowBytes How many bytes lie at `begin`; 8 more are readable. */
export function beginFinding(buffer: usize, begin: usize, windowBytes: u32): void {
  window = begin;
  heads2 = buffer;
  heads3 = heads2 + (<usize>4 << SHORT_BITS);
  heads4 = heads3 + (<usize>4 << SHORT_BITS);
  heads8 = heads4 + (<usize>4 << LONG_BITS);
  found = heads8 + (<usize>4 << LONG_BITS);
  chain4 = found + <usize>FOUND_MAX * 8;
  chain8 = chain4 + <usize>windowBytes * 4;
  memory.fill(heads2, 0, found - heads2);
  inserted = 1;
  readable = windowBytes;
}

// @ts-ignore: decorator
@inline
function head2(at: usize): usize {
  return heads2 + (<usize>load<u16>(at) << 2);
}

// @ts-ignore: decorator
@inline
function head3(at: usize): usize {
  return heads3 + <usize>((((load<u32>(at) << 8) * 0x9e3779b1) >> (32 - SHORT_BITS)) << 2);
}

// @ts-ignore: decorator
@inline
function head4(at: usize): usize {
  return heads4 + <usize>(((load<u32>(at) * 0x9e3779b1) >> (32 - LONG_BITS)) << 2);
}

// @ts-ignore: decorator
@inline
function head8(at: usize): usize {
  return heads8 + ((<usize>((load<u64>(at) * 0x9e3779b97f4a7c15) >> (64 - LONG_BITS))) << 2);
}

/** Make all places before `place` findable. */
export function insertBefore(place: u32): void {
  for (; inserted < place; inserted++) {
    const at = window + <usize>inserted;
    store<u32>(head2(at), inserted);
    store<u32>(head3(at), inserted);
    const first4 = head4(at);
    store<u32>(chain4 + (<usize>inserted << 2), load<u32>(first4));
    store<u32>(first4, inserted);
    const first8 = head8(at);
    store<u32>(chain8 + (<usize>inserted << 2), load<u32>(first8));
    store<u32>(first8, inserted);
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
export function find(place: u32, limit: u32, depth4: u32, depth8: u32, enough: u32): u32 {
  foundCount = 0;
  const at = window + <usize>place;
  let best: u32 = 1;
  if (limit < 2) return 0;
  const candidate2 = load<u32>(head2(at));
  if (candidate2 !== 0 && place - candidate2 <= DISTANCE2_MAX) best = consider(candidate2, place, best, limit);
  if (limit < 3) return best;
  const candidate3 = load<u32>(head3(at));
  if (candidate3 !== 0 && candidate3 !== candidate2 && place - candidate3 <= DISTANCE3_MAX) {
    best = consider(candidate3, place, best, limit);
  }
  best = max<u32>(best, 3);
  best = follow(load<u32>(head4(at)), chain4, place, best, limit, depth4, enough);
  best = max<u32>(best, 7);
  return follow(load<u32>(head8(at)), chain8, place, best, limit, depth8, enough);
}

// @ts-ignore: decorator
@inline
function follow(first: u32, chain: usize, place: u32, atLeast: u32, limit: u32, depth: u32, enough: u32): u32 {
  const at = window + <usize>place;
  let best = atLeast;
  let candidate = first;
  for (; depth > 0 && candidate !== 0 && best < limit && best < enough; depth--) {
    const other = window + <usize>candidate;
    if (load<u32>(other + <usize>best - 3) === load<u32>(at + <usize>best - 3)) best = consider(candidate, place, best, limit);
    candidate = load<u32>(chain + (<usize>candidate << 2));
  }
  return best;
}

function consider(candidate: u32, place: u32, best: u32, limit: u32): u32 {
  const length = commonBytes(window + <usize>candidate, window + <usize>place, limit);
  if (length <= best) return best;
  if (foundCount < FOUND_MAX) {
    store<u32>(found + (<usize>foundCount << 3), length);
    store<u32>(found + (<usize>foundCount << 3), place - candidate, 4);
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
