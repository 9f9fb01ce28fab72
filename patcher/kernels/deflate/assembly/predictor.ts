/**
 * Which token zlib's deflate would emit at a position, given the true tokens before it. It follows zlib's three
 * loops (greedy at levels 1 to 3, one step of laziness at 4 to 9, runs only for its strategy RLE) token by token, so
 * that it can go on after a token that was not what it said.
 */
import {
  beginMatching,
  findLongest,
  foundDistance,
  foundLength,
  insertThrough,
  matchLength,
  setEffort,
  skipTo,
} from './match-finder';
import { MAX_MATCH, MIN_MATCH } from './symbols';

const FILTERED: u32 = 1;
const HUFFMAN_ONLY: u32 = 2;
const RUNS: u32 = 3;
/** zlib's lazy levels leave matches of three bytes that begin farther back than this. */
const TOO_FAR: u32 = 4096;
/** zlib's table of levels: good length, lazy (or inserted) length, nice length, chain. */
const EFFORTS: StaticArray<u16> = [
  4, 4, 8, 4, 4, 5, 16, 8, 4, 6, 32, 32, 4, 4, 16, 16, 8, 16, 32, 32, 8, 16, 128, 128, 8, 32, 128, 256, 32, 128,
  258, 1024, 32, 258, 258, 4096,
];

let input: usize = 0;
let end: u32 = 0;
let strategy: u32 = 0;
let greedy: bool = false;
let lazyLength: u32 = 0;
/** A match found at the coming position while looking one ahead of the last literal; length 0: not looked yet. */
let carriedLength: u32 = 0;
let carriedDistance: u32 = 0;
let nextLength: u32 = 0;
let nextDistance: u32 = 0;

/** Set by `predict`: length 1 is a literal. */
export let predictedLength: u32 = 0;
export let predictedDistance: u32 = 0;
/** The match that a predicted literal passed over, length 0 if there was none. */
export let alternativeLength: u32 = 0;
export let alternativeDistance: u32 = 0;

export function beginPredicting(
  bytes: usize,
  length: u32,
  level: u32,
  windowBits: u32,
  hashBits: u32,
  hashedBytes: u32,
  usedStrategy: u32,
  work: i64,
): void {
  input = bytes;
  end = length;
  strategy = usedStrategy;
  greedy = level < 4;
  const row = (level - 1) << 2;
  lazyLength = EFFORTS[row + 1];
  carriedLength = 0;
  nextLength = 0;
  beginMatching(bytes, length, windowBits, hashBits, hashedBytes, work);
  setEffort(EFFORTS[row], EFFORTS[row + 2], EFFORTS[row + 3], !greedy);
}

/** Both as length << 16 | distance. */
export function setPrediction(token: u32, alternative: u32): void {
  predictedLength = token >> 16;
  predictedDistance = token & 0xffff;
  alternativeLength = alternative >> 16;
  alternativeDistance = alternative & 0xffff;
}

export function predict(position: u32): void {
  predictedLength = 1;
  predictedDistance = 0;
  alternativeLength = 0;
  nextLength = 0;
  if (strategy === HUFFMAN_ONLY) return;
  if (strategy === RUNS) predictRun(position);
  else if (greedy) predictGreedily(position);
  else predictLazily(position);
}

function predictRun(position: u32): void {
  if (position === 0) return;
  const length = matchLength(input + position - 1, input + position, min(MAX_MATCH, end - position));
  if (length < MIN_MATCH) return;
  predictedLength = length;
  predictedDistance = 1;
}

function predictGreedily(position: u32): void {
  insertThrough(position);
  findLongest(position, MIN_MATCH - 1);
  if (foundLength < MIN_MATCH) return;
  predictedLength = foundLength;
  predictedDistance = foundDistance;
}

function predictLazily(position: u32): void {
  let length = carriedLength;
  let distance = carriedDistance;
  if (length === 0) {
    insertThrough(position);
    findLongest(position, MIN_MATCH - 1);
    length = worthwhile(foundLength, foundDistance);
    distance = foundDistance;
  }
  if (length < MIN_MATCH) return;
  if (length < lazyLength && position + 1 < end) {
    insertThrough(position + 1);
    findLongest(position + 1, length);
    if (foundLength > length) {
      const better = worthwhile(foundLength, foundDistance);
      if (better > length) {
        nextLength = better;
        nextDistance = foundDistance;
        alternativeLength = length;
        alternativeDistance = distance;
        return;
      }
    }
  }
  predictedLength = length;
  predictedDistance = distance;
}

function worthwhile(length: u32, distance: u32): u32 {
  if (length > 5) return length;
  if (strategy === FILTERED) return MIN_MATCH - 1;
  return length === MIN_MATCH && distance > TOO_FAR ? MIN_MATCH - 1 : length;
}

/** Go on behind the true token at a position, which need not be the one predicted. */
export function advance(position: u32, length: u32): void {
  const carries = length === 1 && nextLength !== 0;
  carriedLength = carries ? nextLength : 0;
  carriedDistance = nextDistance;
  if (greedy && length > lazyLength) skipTo(position + length);
}
