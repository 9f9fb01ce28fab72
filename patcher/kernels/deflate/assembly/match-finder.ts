/**
 * zlib's search for the longest earlier match: chains of positions whose three bytes have the same hash, the last
 * first, as long as the level says. The whole input lies in memory, so positions are absolute; a window slides only
 * in that older positions are out of reach.
 * @see zlib's doc/algorithm.txt
 */
import { MAX_MATCH, MIN_MATCH } from './symbols';

/** What zlib keeps in reserve at the end of its window, so that a match never leaves it. */
const MIN_LOOKAHEAD: u32 = MAX_MATCH + MIN_MATCH + 1;

/** So many bytes that agree take as long to compare as a candidate takes to look at. */
const COMPARED_SHIFT: u32 = 5;

const heads = memory.data(4 << 16);
const previous = memory.data(4 << 15);

let input: usize = 0;
let end: u32 = 0;
let windowMask: u32 = 0;
let farthest: u32 = 0;
let hashShift: u32 = 0;
let hashMask: u32 = 0;
let hashesFour: bool = false;
let chainMax: u32 = 0;
let goodLength: u32 = 0;
let niceLength: u32 = 0;
/** The first position not in the chains. */
let inserted: u32 = 0;

/** Candidates that may still be looked at, so that no input takes for ever. Bytes that agree count as well. */
export let workLeft: i64 = 0;

/** Set by `findLongest`. */
export let foundLength: u32 = 0;
export let foundDistance: u32 = 0;

/**
 * @param bytes The input, with 8 zeros behind it.
 * @param hashedBytes 3 as in zlib, or 4 as in Chromium's.
 */
export function beginMatching(
  bytes: usize,
  length: u32,
  windowBits: u32,
  hashBits: u32,
  hashedBytes: u32,
  work: i64,
): void {
  input = bytes;
  end = length;
  windowMask = (1 << windowBits) - 1;
  farthest = (1 << windowBits) - MIN_LOOKAHEAD;
  hashShift = (hashBits + MIN_MATCH - 1) / MIN_MATCH;
  hashMask = (1 << hashBits) - 1;
  hashesFour = hashedBytes === 4;
  inserted = 0;
  workLeft = work;
  memory.fill(heads, 0, 4 << hashBits);
}

export function setEffort(good: u32, nice: u32, chain: u32): void {
  goodLength = good;
  niceLength = nice;
  chainMax = chain;
}

/** Leave positions before this one out of the chains, as the quick levels do inside long matches. */
export function skipTo(position: u32): void {
  if (position > inserted) inserted = position;
}

/** Put all positions up to this one into the chains. */
export function insertThrough(position: u32): void {
  const stop = min(position + 1, end >= MIN_MATCH ? end - (MIN_MATCH - 1) : 0);
  while (inserted < stop) {
    const hash = hashAt(load<u32>(input + inserted)) & hashMask;
    const head = heads + (<usize>hash << 2);
    store<u32>(previous + (<usize>(inserted & windowMask) << 2), load<u32>(head));
    store<u32>(head, inserted);
    inserted++;
  }
}

// @ts-ignore: decorator
@inline
function hashAt(four: u32): u32 {
  if (hashesFour) return (four * 66521 + 66521) >> 16;
  return ((four & 0xff) << (hashShift << 1)) ^ (((four >> 8) & 0xff) << hashShift) ^ ((four >> 16) & 0xff);
}

/**
 * The nearest of the longest matches at a position that is in the chains.
 * @param beat A match must be longer than this; `foundLength` stays at it when there is none.
 */
export function findLongest(position: u32, beat: u32): void {
  foundLength = beat;
  const ahead = end - position;
  if (ahead < MIN_MATCH || beat >= ahead) return;
  let candidate = load<u32>(previous + (<usize>(position & windowMask) << 2));
  if (candidate === 0 || position - candidate > farthest) return;
  const limit = position > farthest ? position - farthest : 0;
  const most = min(ahead, MAX_MATCH);
  const nice = min(niceLength, ahead);
  let chain = beat >= goodLength ? chainMax >> 2 : chainMax;
  const allowed = chain;
  let compared: u32 = 0;
  const at = input + position;
  let best = beat;
  // A longer match ends in these four bytes; of one of three bytes only three are known.
  let tail = at + max(best, 3) - 3;
  let mask: u32 = best < 3 ? 0xffffff : 0xffffffff;
  let last = load<u32>(tail);
  do {
    const from = input + candidate;
    if (((load<u32>(from + (tail - at)) ^ last) & mask) === 0) {
      const length = matchLength(from, at, most);
      compared += length >> COMPARED_SHIFT;
      if (length > best) {
        best = length;
        foundDistance = position - candidate;
        if (length >= nice) break;
        tail = at + best - 3;
        mask = 0xffffffff;
        last = load<u32>(tail);
      }
    }
    candidate = load<u32>(previous + (<usize>(candidate & windowMask) << 2));
  } while (candidate > limit && --chain !== 0);
  foundLength = best;
  workLeft -= <i64>(allowed - chain + 1 + compared);
}

/** How far two places agree, at most `most`. */
// @ts-ignore: decorator
@inline
export function matchLength(from: usize, at: usize, most: u32): u32 {
  let length: u32 = 0;
  while (length < most) {
    const differing = load<u64>(from + length) ^ load<u64>(at + length);
    if (differing) {
      length += <u32>(ctz(differing) >> 3);
      break;
    }
    length += 8;
  }
  return min(length, most);
}
