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

/** By hash: the last position that has it, 0 for none. */
const heads = memory.data(4 << 16);
/** By hash: how many positions had it. Never cleared, since only differences matter. */
const counts = memory.data(2 << 16);
/** By position within the window: how far back the one before it in its chain is, at most `NOWHERE`. */
const distances = memory.data(2 << 15);
/** By position within the window: what its hash's count was then. */
const numbers = memory.data(2 << 15);

/** Farther than any window reaches. */
const NOWHERE: u32 = 0xffff;

/** Another chain is looked for only where this many candidates may be left. */
const CHAIN_WORTH: u32 = 48;
/** Places behind a position whose chains are compared, at most. */
const CHAINS_MAX: u32 = 8;
/** Elements of such a chain that are passed over because they were looked at already. */
const SKIPS_MAX: u32 = 4;
/** What comparing the chains takes, in candidates. */
const LOOKUP_WORK: i64 = 16;

let input: usize = 0;
let end: u32 = 0;
let windowMask: u32 = 0;
let farthest: u32 = 0;
let hashShift: u32 = 0;
let hashMask: u32 = 0;
let hashesFour: bool = false;
let chainMax: u32 = 0;
/** Whether chains are long enough that another may be looked for: elements are counted then. */
let isCounted: bool = false;
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

/** @param all Whether all positions come into the chains: none will be skipped. */
export function setEffort(good: u32, longEnough: u32, chain: u32, all: bool): void {
  goodLength = good;
  niceLength = longEnough;
  chainMax = chain;
  isCounted = all && chain > CHAIN_WORTH;
}

/** Leave positions before this one out of the chains, as the quick levels do inside long matches. */
export function skipTo(position: u32): void {
  if (position > inserted) inserted = position;
}

/** Put all positions up to this one into the chains. */
export function insertThrough(position: u32): void {
  const stop = min(position + 1, end >= MIN_MATCH ? end - (MIN_MATCH - 1) : 0);
  const from = input;
  const mask = windowMask;
  const counted = isCounted;
  let at = inserted;
  for (; at < stop; at++) {
    const hash = <usize>(hashAt(load<u32>(from + at)) & hashMask);
    const head = heads + (hash << 2);
    const slot = <usize>(at & mask) << 1;
    store<u16>(distances + slot, <u16>min(at - load<u32>(head), NOWHERE));
    store<u32>(head, at);
    if (counted) {
      const count = load<u16>(counts + (hash << 1)) + 1;
      store<u16>(numbers + slot, count);
      store<u16>(counts + (hash << 1), count);
    }
  }
  inserted = at;
}

// @ts-ignore: decorator
@inline
function hashAt(four: u32): u32 {
  if (hashesFour) return (four * 66521 + 66521) >> 16;
  return ((four & 0xff) << (hashShift << 1)) ^ (((four >> 8) & 0xff) << hashShift) ^ ((four >> 16) & 0xff);
}

/** How far back the position before this one in its chain is. */
// @ts-ignore: decorator
@inline
function stepFrom(position: u32): u32 {
  return <u32>load<u16>(distances + (<usize>(position & windowMask) << 1));
}

// @ts-ignore: decorator
@inline
function numberOf(position: u32): u32 {
  return <u32>load<u16>(numbers + (<usize>(position & windowMask) << 1));
}

/** The longest match so far of the search under way. */
let best: u32 = 0;
/** Of the position searched for: how many of its chain may be looked at. */
let allowed: u32 = 0;
/** Of the search under way: positions must be beyond this one, and matches of so many bytes end it. */
let limit: u32 = 0;
let nice: u32 = 0;
let longest: u32 = 0;

/**
 * The nearest of the longest matches at a position that is in the chains.
 * @param beat A match must be longer than this; `foundLength` stays at it when there is none.
 */
export function findLongest(position: u32, beat: u32): void {
  foundLength = beat;
  const ahead = end - position;
  if (ahead < MIN_MATCH || beat >= ahead) return;
  const distance = stepFrom(position);
  if (distance > farthest || distance === position) return;
  limit = position > farthest ? position - farthest : 0;
  longest = min(ahead, MAX_MATCH);
  nice = min(niceLength, ahead);
  allowed = beat >= goodLength ? chainMax >> 2 : chainMax;
  best = beat;
  if (!isCounted) {
    walkShortChain(position, position - distance);
    foundLength = best;
    return;
  }
  let next = walkChain(position, position - distance, allowed, true);
  // Where another chain is no shorter, the own one goes on.
  while (next !== 0 && !walkBeside(position, next)) next = walkChain(position, next, chainLeft, false);
  foundLength = best;
}

/** Where to leave a position's own chain: candidates before this one may be looked for by the chains of all places. */
// @ts-ignore: decorator
@inline
function leavingAt(position: u32, chain: u32): u32 {
  return best > 3 && chain > CHAIN_WORTH && best <= position ? position - best : 0;
}

/** Look at all candidates of a position's chain, where none is long. */
function walkShortChain(position: u32, first: u32): void {
  const at = input + position;
  const mask = windowMask;
  const stop = limit;
  let chain = allowed;
  let candidate = first;
  let compared: u32 = 0;
  let length = best;
  // See `walkChain`.
  let tail = at + max(length, 3) - 3;
  let known: u32 = length < 3 ? 0xffffff : 0xffffffff;
  let last = load<u32>(tail);
  do {
    if (((load<u32>(tail - (position - candidate)) ^ last) & known) === 0) {
      const agreeing = matchLength(input + candidate, at, longest);
      compared += agreeing >> COMPARED_SHIFT;
      if (agreeing > length) {
        length = agreeing;
        foundDistance = position - candidate;
        if (length >= nice) break;
        tail = at + length - 3;
        known = 0xffffffff;
        last = load<u32>(tail);
      }
    }
    candidate -= load<u16>(distances + (<usize>(candidate & mask) << 1));
  } while (candidate > stop && --chain !== 0);
  best = length;
  workLeft -= <i64>(allowed - chain + 1 + compared);
}

/** How many candidates are left of the chain that `walkChain` left. */
let chainLeft: u32 = 0;

/**
 * Look at the candidates of a position's own chain.
 * @param chain How many of them there may be.
 * @param mayLeave Whether to leave it before a longer match is found.
 * @returns The next one, where other chains may be sparser; 0 when the search is over.
 */
function walkChain(position: u32, first: u32, chain: u32, mayLeave: bool): u32 {
  const at = input + position;
  const most = chain;
  let candidate = first;
  let compared: u32 = 0;
  // A longer match ends in these four bytes; of one of three bytes only three are known.
  let tail = at + max(best, 3) - 3;
  let mask: u32 = best < 3 ? 0xffffff : 0xffffffff;
  let last = load<u32>(tail);
  let leaveAt: u32 = mayLeave ? leavingAt(position, chain) : 0;
  let next: u32 = 0;
  for (;;) {
    const from = input + candidate;
    if (((load<u32>(from + (tail - at)) ^ last) & mask) === 0) {
      const length = matchLength(from, at, longest);
      compared += length >> COMPARED_SHIFT;
      if (length > best) {
        best = length;
        foundDistance = position - candidate;
        if (length >= nice) break;
        tail = at + best - 3;
        mask = 0xffffffff;
        last = load<u32>(tail);
        leaveAt = leavingAt(position, chain);
      }
    }
    candidate -= stepFrom(candidate);
    if (candidate <= limit || --chain === 0) break;
    if (candidate < leaveAt) {
      next = candidate;
      break;
    }
  }
  chainLeft = chain;
  workLeft -= <i64>(most - chain + 1 + compared);
  return next;
}

/** The place behind the position whose chain is walked; set by `findSparsest` to the one whose elements seem fewest. */
let besideOffset: u32 = 0;

/**
 * Choose a chain to find longer matches by: such a match is in the chain of each place within it.
 * @param next The next candidate by the chain that is walked.
 * @returns The next one by the chain chosen; 0 when there is none.
 */
function findSparsest(position: u32, next: u32): u32 {
  const hashed: u32 = hashesFour ? 4 : 3;
  // Of places that matches overlap, not all are in the chains yet.
  const farthestPlace = min(best + 1 - hashed, position - next);
  const nearestPlace = farthestPlace > CHAINS_MAX ? farthestPlace - CHAINS_MAX : 0;
  let sparsest = next;
  let second = <i32>next - <i32>stepFrom(next + besideOffset);
  for (let place = farthestPlace; place > nearestPlace; place--) {
    const hash = hashAt(load<u32>(input + position + place)) & hashMask;
    let element = load<u32>(heads + (<usize>hash << 2));
    for (let skipped: u32 = 0; skipped < SKIPS_MAX && element > next + place; skipped++) element -= stepFrom(element);
    if (element < place + limit + 1) {
      workLeft -= LOOKUP_WORK;
      return 0;
    }
    if (element > next + place) continue;
    const behind = <i32>(element - place) - <i32>stepFrom(element);
    if (behind < second) {
      sparsest = element - place;
      second = behind;
      besideOffset = place;
    }
  }
  workLeft -= LOOKUP_WORK;
  return sparsest;
}

/**
 * Look at the candidates that are left, by the chain that has the fewest; zlib would have looked at those whose number
 * is near enough. zlib-ng's slow search goes by the chain whose last element is farthest back, without keeping to them.
 * @returns Whether there was such a chain, and the search is over.
 */
function walkBeside(position: u32, first: u32): bool {
  const at = input + position;
  const start = load<u32>(at);
  const number = numberOf(position);
  besideOffset = 0;
  let candidate = findSparsest(position, first);
  let offset = besideOffset;
  let tail = best - 3;
  let last = load<u32>(at + tail);
  let steps: u32 = 0;
  let compared: u32 = 0;
  while (candidate > limit) {
    if (offset === 0 || steps === chainLeft) break;
    steps++;
    const from = input + candidate;
    let next = candidate - min(stepFrom(candidate + offset), candidate);
    if (load<u32>(from + tail) === last && load<u32>(from) === start) {
      if (((number - numberOf(candidate)) & 0xffff) > allowed) next = 0;
      else {
        const length = matchLength(from, at, longest);
        compared += length >> COMPARED_SHIFT;
        if (length > best) {
          best = length;
          foundDistance = position - candidate;
          if (length >= nice) next = 0;
          tail = best - 3;
          last = load<u32>(at + tail);
          if (next > limit) next = findSparsest(position, next);
          offset = besideOffset;
        }
      }
    }
    candidate = next;
  }
  workLeft -= <i64>(steps + compared);
  return candidate <= limit;
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
