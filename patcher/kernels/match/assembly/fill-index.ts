import {
  BUCKET_BYTES,
  bucketNumberOf,
  buckets,
  hashAt,
  oldBytes,
  oldStart,
  positionBits,
  slotsWith,
  step,
  table,
  tagOf,
  windowBytes,
} from './old-index';

/**
 * Fill the table of old bytes. Hashes scatter over a table much larger than the processor's caches, and each slot would wait
 * for its page and its bucket. So slots wait together until many fall into the same part of the table, in the order of
 * their positions: what the table holds is the same as if they had been put there at once.
 */

/** Buckets of a part: 1 MiB. */
const PART_BITS: u32 = 15;
/** A slot that waits: number of its bucket, slot. */
const WAITING_BYTES: usize = 8;
/** Buckets brought near at a time: the loads wait for memory together instead of one after the other. */
const TOUCHED_BYTES: usize = 32 * WAITING_BYTES;
/** A string more frequent than this is found where it occurred first. */
const EQUAL_TAGS_MAX: u32 = 4;

/** Bytes of the area in which slots wait: with 3 GiB of old bytes and table still some eighty for each part. */
export const FILL_BYTES: usize = 2 * 1024 * 1024;

/** Of each part: where its next slot waits. */
let ends: usize = 0;
/** The slots of all parts, in stretches of equal size. */
let waiting: usize = 0;
let stretchBytes: usize = 0;
let parts: usize = 0;
/** Never read: it keeps loads whose only use is to bring memory near. */
export let touchedToFill: u32 = 0;

/** Empty the table. @param area Of {@link FILL_BYTES}, in use until the end. */
export function beginFill(area: usize): void {
  memory.fill(table, 0, <usize>buckets * BUCKET_BYTES);
  parts = (<usize>buckets >> PART_BITS) + 1;
  ends = area;
  waiting = area + parts * sizeof<usize>();
  const slots = (FILL_BYTES - parts * sizeof<usize>()) / parts / WAITING_BYTES;
  stretchBytes = slots * WAITING_BYTES;
  for (let part: usize = 0; part < parts; part++) store<usize>(endOf(part), stretchOf(part));
}

/** Take in the windows that begin in a stretch of old bytes; stretches follow one another. */
export function fillUpTo(from: usize, to: usize): void {
  if (oldBytes < windowBytes) return;
  const last = min(oldStart + to, oldStart + oldBytes - windowBytes + 1);
  let entry = <u32>((from + step - 1) / step);
  let previous: u64 = 0;
  for (let at = oldStart + <usize>entry * step; at < last; at += step) {
    entry++;
    const hash = hashAt(at);
    // A run of one byte has one hash everywhere: its first position is enough, the rest would flood its bucket.
    if (hash === previous) continue;
    previous = hash;
    addSlot(bucketNumberOf(hash), (tagOf(hash) << positionBits) | entry);
  }
}

/** Put what still waits into the table. */
export function endFill(): void {
  for (let part: usize = 0; part < parts; part++) insertStretch(part);
}

// @ts-ignore: decorator
@inline
function endOf(part: usize): usize {
  return ends + part * sizeof<usize>();
}

// @ts-ignore: decorator
@inline
function stretchOf(part: usize): usize {
  return waiting + part * stretchBytes;
}

// @ts-ignore: decorator
@inline
function addSlot(bucketNumber: u32, slot: u32): void {
  const part = <usize>(bucketNumber >> PART_BITS);
  const at = load<usize>(endOf(part));
  store<u32>(at, bucketNumber);
  store<u32>(at, slot, 4);
  store<usize>(endOf(part), at + WAITING_BYTES);
  if (at + WAITING_BYTES === stretchOf(part + 1)) insertStretch(part);
}

function insertStretch(part: usize): void {
  const end = load<usize>(endOf(part));
  for (let at = stretchOf(part); at < end; ) {
    const next = min(at + TOUCHED_BYTES, end);
    let sum: u32 = 0;
    for (let near = at; near < next; near += WAITING_BYTES) sum ^= load<u32>(bucketAt(near));
    touchedToFill = sum;
    for (; at < next; at += WAITING_BYTES) insert(bucketAt(at), load<u32>(at, 4));
  }
  store<usize>(endOf(part), stretchOf(part));
}

/** Address of the bucket that a slot waits for. */
// @ts-ignore: decorator
@inline
function bucketAt(at: usize): usize {
  return table + <usize>load<u32>(at) * BUCKET_BYTES;
}

// @ts-ignore: decorator
@inline
function insert(bucket: usize, slot: u32): void {
  const empty = slotsWith(bucket, 0, 0);
  // Without an empty slot the bucket is full.
  if (empty === 0) return;
  const tag = slot >>> positionBits;
  if (popcnt<u32>(slotsWith(bucket, tag, positionBits) & ~empty) >= EQUAL_TAGS_MAX) return;
  store<u32>(bucket + (<usize>ctz<u32>(empty) << 2), slot);
}
