/**
 * Where strings of the old bytes lie: buckets of 8 slots, chosen by the hash of a window of 8 to 16 bytes at every
 * `step`-th old position. A slot is `tag << positionBits | position / step + 1`; 0 is empty, and only at a bucket's end.
 * Old bytes and table lie in shared memory: one thread fills the table, all may then ask it.
 */

export const BUCKET_BYTES: usize = 32;
/** Buckets brought near at a time: the loads wait for memory together instead of one after the other. */
const TOUCHED: usize = 32;

export let oldStart: usize = 0;
export let oldBytes: usize = 0;
export let windowBytes: usize = 12;
export let table: usize = 0;
export let buckets: u64 = 0;
export let step: usize = 1;
export let positionBits: u32 = 0;
let positionMask: u32 = 0;
/** Never read: it keeps loads whose only use is to bring memory near. */
export let touched: u32 = 0;

/** Old bytes have 16 readable bytes behind them; the table has `buckets × 32` bytes. */
export function openIndex(
  old: usize,
  sizeBytes: usize,
  tableStart: usize,
  bucketCount: u32,
  indexStep: u32,
  hashedBytes: u32,
): void {
  oldStart = old;
  oldBytes = sizeBytes;
  table = tableStart;
  buckets = bucketCount;
  step = indexStep;
  windowBytes = hashedBytes;
  positionBits = 32 - clz<u32>(<u32>(sizeBytes / step) + 1);
  positionMask = (<u32>1 << positionBits) - 1;
}

/** Bring the buckets of the next windows near. @returns The first address that is not among them. */
export function touchBuckets(from: usize, stride: usize, end: usize): usize {
  const to = min(from + TOUCHED * stride, end);
  let sum: u32 = 0;
  for (let at = from; at < to; at += stride) sum ^= load<u32>(bucketOf(hashAt(at)));
  touched = sum;
  return from + TOUCHED * stride;
}

/** Which slots of a bucket have these bits above the lowest `shift`, the first slot lowest. */
// @ts-ignore: decorator
@inline
export function slotsWith(bucket: usize, high: u32, shift: u32): u32 {
  const wanted = i32x4.splat(high);
  const first = i32x4.eq(i32x4.shr_u(v128.load(bucket), shift), wanted);
  const second = i32x4.eq(i32x4.shr_u(v128.load(bucket, 16), shift), wanted);
  return i32x4.bitmask(first) | (i32x4.bitmask(second) << 4);
}

/** Which slots of a bucket may hold the old bytes sought, the first slot lowest. */
// @ts-ignore: decorator
@inline
export function candidatesIn(bucket: usize, tag: u32): u32 {
  const found = slotsWith(bucket, tag, positionBits);
  // An empty slot has a tag, too.
  return tag === 0 && found !== 0 ? found & ~slotsWith(bucket, 0, 0) : found;
}

/** The address of the old bytes of a slot: of a candidate, where its tag is the one sought. */
// @ts-ignore: decorator
@inline
export function positionOf(slot: usize): usize {
  return oldStart + (<usize>(load<u32>(slot) & positionMask) - 1) * step;
}

/** Hash of the window at an address; both halves overlap for windows under 16 bytes. */
// @ts-ignore: decorator
@inline
export function hashAt(at: usize): u64 {
  const head = load<u64>(at) * 0x9e3779b97f4a7c15;
  const tail = load<u64>(at + windowBytes - 8) * 0xc2b2ae3d27d4eb4f;
  const mixed = (head ^ rotl<u64>(tail, 31)) * 0xd6e8feb86659fd93;
  return mixed ^ (mixed >>> 32);
}

/** Address of the bucket a hash falls into. */
// @ts-ignore: decorator
@inline
export function bucketOf(hash: u64): usize {
  return table + <usize>bucketNumberOf(hash) * BUCKET_BYTES;
}

// @ts-ignore: decorator
@inline
export function bucketNumberOf(hash: u64): u32 {
  return <u32>(((hash & 0xffffffff) * buckets) >>> 32);
}

// @ts-ignore: decorator
@inline
export function tagOf(hash: u64): u32 {
  return <u32>(hash >>> 32) & (0xffffffff >>> positionBits);
}
