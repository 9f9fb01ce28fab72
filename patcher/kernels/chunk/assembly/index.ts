/**
 * Finds where content-defined chunks end: a gear hash over the 32 bytes up to and with each byte.
 * As the hash forgets all older bytes, stretches are searched side by side, which keeps the processor from waiting for
 * one step of the hash before the next.
 * @see docs/formats/manifest.md#chunks
 */

/** Bytes the hash depends on: one bit is shifted out of its 32 a byte. */
const WINDOW_BYTES: usize = 32;
/** Bytes of one of the four stretches of a block. */
const LANE_BYTES: usize = 2048;
const BLOCK_BYTES: usize = 4 * LANE_BYTES;
const NOWHERE: usize = 0;
/** Changing the seed moves every boundary, and so makes every old chunk new: never. */
const GEAR_SEED: u32 = 0x67616e74;

/** 256 pseudo-random words. */
const gear = memory.data(256 * 4);

export function heapStart(): usize {
  return __heap_base;
}

/** Fill the gear table by splitmix32: a fixed table, written as its rule. */
export function prepare(): void {
  let state = GEAR_SEED;
  for (let row: usize = 0; row < 256; row++) {
    state += 0x9e3779b9;
    let mixed = (state ^ (state >>> 16)) * 0x21f0aaad;
    mixed = (mixed ^ (mixed >>> 15)) * 0x735a2d97;
    store<u32>(gear + (row << 2), mixed ^ (mixed >>> 15));
  }
}

/**
 * The address behind the first byte of `start` to `end` whose hash is below a limit: `hardLimit` before `middle`,
 * `easyLimit` from there; `end` if there is none. The 32 bytes before `start` must be there.
 */
export function findCut(start: usize, middle: usize, end: usize, hardLimit: u32, easyLimit: u32): usize {
  let cut = search(start, middle, hardLimit);
  if (cut == NOWHERE) cut = search(middle, end, easyLimit);
  return cut == NOWHERE ? end : cut;
}

function search(start: usize, end: usize, limit: u32): usize {
  let at = start;
  for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) {
    const cut = searchBlock(at, limit);
    if (cut != NOWHERE) return cut;
  }
  return searchPlainly(at, end, limit);
}

/** The first cut of a block, from four stretches at once, four bytes of each a turn: the loop's own steps cost a fifth. */
function searchBlock(start: usize, limit: u32): usize {
  let hash0 = hashBefore(start);
  let hash1 = hashBefore(start + LANE_BYTES);
  let hash2 = hashBefore(start + 2 * LANE_BYTES);
  let hash3 = hashBefore(start + 3 * LANE_BYTES);
  const end = start + LANE_BYTES;
  // Whichever stretch has one, there may be an earlier one in what is left of those before it. Cuts are rare.
  const blockEnd = start + BLOCK_BYTES;
  for (let at = start; at < end; at += 4) {
    hash0 = (hash0 << 1) + gearOf(load<u8>(at));
    hash1 = (hash1 << 1) + gearOf(load<u8>(at, LANE_BYTES));
    hash2 = (hash2 << 1) + gearOf(load<u8>(at, 2 * LANE_BYTES));
    hash3 = (hash3 << 1) + gearOf(load<u8>(at, 3 * LANE_BYTES));
    if (hash0 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash1 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash2 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash3 < limit) return searchPlainly(at, blockEnd, limit);

    hash0 = (hash0 << 1) + gearOf(load<u8>(at, 1));
    hash1 = (hash1 << 1) + gearOf(load<u8>(at, LANE_BYTES + 1));
    hash2 = (hash2 << 1) + gearOf(load<u8>(at, 2 * LANE_BYTES + 1));
    hash3 = (hash3 << 1) + gearOf(load<u8>(at, 3 * LANE_BYTES + 1));
    if (hash0 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash1 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash2 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash3 < limit) return searchPlainly(at, blockEnd, limit);

    hash0 = (hash0 << 1) + gearOf(load<u8>(at, 2));
    hash1 = (hash1 << 1) + gearOf(load<u8>(at, LANE_BYTES + 2));
    hash2 = (hash2 << 1) + gearOf(load<u8>(at, 2 * LANE_BYTES + 2));
    hash3 = (hash3 << 1) + gearOf(load<u8>(at, 3 * LANE_BYTES + 2));
    if (hash0 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash1 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash2 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash3 < limit) return searchPlainly(at, blockEnd, limit);

    hash0 = (hash0 << 1) + gearOf(load<u8>(at, 3));
    hash1 = (hash1 << 1) + gearOf(load<u8>(at, LANE_BYTES + 3));
    hash2 = (hash2 << 1) + gearOf(load<u8>(at, 2 * LANE_BYTES + 3));
    hash3 = (hash3 << 1) + gearOf(load<u8>(at, 3 * LANE_BYTES + 3));
    if (hash0 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash1 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash2 < limit) return searchPlainly(at, blockEnd, limit);
    if (hash3 < limit) return searchPlainly(at, blockEnd, limit);
  }
  return NOWHERE;
}

function searchPlainly(start: usize, end: usize, limit: u32): usize {
  let hash = hashBefore(start);
  for (let at = start; at < end; at++) {
    hash = roll(hash, at);
    if (hash < limit) return at + 1;
  }
  return NOWHERE;
}

/** The hash of the window that ends before an address. */
function hashBefore(end: usize): u32 {
  let hash: u32 = 0;
  for (let at = end - WINDOW_BYTES; at < end; at++) hash = roll(hash, at);
  return hash;
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function roll(hash: u32, at: usize): u32 {
  return (hash << 1) + gearOf(load<u8>(at));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function gearOf(byte: u8): u32 {
  return load<u32>(<usize>byte << 2, gear);
}
