import { emitCopy, emitLiteral, newKind, positionOf, state, stretchEnd } from './emitter';
import { priceFlag } from './flag-model';
import { priceLiteral, copyContext } from './literal-model';
import { commonBytes, find, foundCount, foundDistance, foundLength, insertBefore, insertRow } from './match-finder';
import { priceNibble } from './nibble-model';
import { recent0, recent1, recent2, recent3, recentIndex } from './recent';
import {
  flagModel,
  KIND_BYTE,
  KIND_NEW_LONG,
  KIND_NEW_TO_END,
  KIND_RECENT,
  KIND_RECENT_TO_END,
  kindSlot,
  lengthClass,
  priceDistance,
  priceNewLength,
  priceRecentLength,
  stateAfterCopy,
  stateAfterLiteral,
} from './token-models';

/**
 * Finds the cheapest way through a stretch, as the models are now: a node for each place holds the cheapest
 * way known to it. Places that only become dear are never the start of a token that another place starts as well.
 */
const NODES_MAX: u32 = 1024;
const NODE_BYTES: usize = 32;
/** A copy this long is taken at once. */
const ENOUGH: u32 = 32;
const LOOKS: u32 = 4;
/** Prices of lengths are computed anew after this many bytes. */
const PRICES_KEPT_BYTES: u32 = 1024;
const PRICE_NONE: u32 = u32.MAX_VALUE;

let nodes: usize = 0;
let recentPrices: usize = 0;
let newPrices: usize = 0;
let priceAge: u32 = 0;
let rowStep: u32 = 1;

export function parserBytes(): usize {
  return <usize>(NODES_MAX + 2) * NODE_BYTES + (ENOUGH + 1) * 3 * 4;
}

/** @param newStep Of the places in rows, one in so many is findable. */
export function beginParsing(buffer: usize, newStep: u32): void {
  rowStep = newStep;
  nodes = buffer;
  recentPrices = nodes + <usize>(NODES_MAX + 2) * NODE_BYTES;
  newPrices = recentPrices + (ENOUGH + 1) * 2 * 4;
  priceAge = PRICES_KEPT_BYTES;
}

// A node: price, length of the token that leads here, its distance, its kind, and the recent distances after it.

// @ts-ignore: decorator
@inline
function nodeAt(index: u32): usize {
  return nodes + <usize>index * NODE_BYTES;
}

// @ts-ignore: decorator
@inline
function relax(index: u32, price: u32, kind: u32, length: u32, distance: u32): void {
  const node = nodeAt(index);
  if (price >= load<u32>(node)) return;
  store<u32>(node, price);
  store<u16>(node, <u16>length, 4);
  store<u8>(node, <u8>kind, 6);
  store<u32>(node, distance, 8);
}

const KIND_LITERAL: u32 = 255;

/** Encode a stretch. @param window Where places are counted from. */
export function parseWell(window: usize, begin: u32, end: u32): void {
  let place = begin;
  insertRow(begin, rowStep);
  while (place < end) {
    if (priceAge >= PRICES_KEPT_BYTES) computePrices();
    const advanced = parsePart(window, place, end);
    priceAge += advanced;
    place += advanced;
  }
}

function computePrices(): void {
  priceAge = 0;
  for (let length: u32 = 2; length <= ENOUGH; length++) {
    const at = <usize>length << 2;
    store<u32>(recentPrices + at, priceRecentLength(KIND_RECENT, length));
    store<u32>(recentPrices + (ENOUGH + 1) * 4 + at, priceRecentLength(KIND_RECENT + 1, length));
    store<u32>(newPrices + at, length < 10 ? 0 : priceNewLength(length));
  }
}

let pendingKind: u32 = 0;
let pendingLength: u32 = 0;
let pendingDistance: u32 = 0;

/** @returns How many bytes were encoded. */
function parsePart(window: usize, begin: u32, end: u32): u32 {
  const count = min<u32>(end - begin, NODES_MAX);
  pendingLength = 0;
  let i: u32 = 0;
  for (let n: u32 = 0; n <= count; n++) store<u32>(nodeAt(n), PRICE_NONE);
  openFirst();
  for (; i < count; i++) {
    const node = nodeAt(i);
    if (i > 0) closeNode(i);
    if (expand(window, begin + i, node, i, count)) break;
  }
  emitPath(window, begin, i);
  if (pendingLength === 0) return i;
  emitPending(window, begin + i);
  return i + pendingLength;
}

function openFirst(): void {
  const node = nodeAt(0);
  store<u32>(node, 0);
  store<u8>(node, <u8>state, 7);
  store<u32>(node, recent0, 12);
  store<u32>(node, recent1, 16);
  store<u32>(node, recent2, 20);
  store<u32>(node, recent3, 24);
}

/** Now that the way to a node is sure: the state and the recent distances after it. */
function closeNode(index: u32): void {
  const node = nodeAt(index);
  const from = nodeAt(index - <u32>load<u16>(node, 4));
  const kind = <u32>load<u8>(node, 6);
  const recents = v128.load(from, 12);
  v128.store(node, recents, 12);
  if (kind === KIND_LITERAL) {
    store<u8>(node, <u8>stateAfterLiteral(<u32>load<u8>(from, 7)), 7);
    return;
  }
  store<u8>(node, <u8>stateAfterCopy(kind), 7);
  const at = recentIndex(kind);
  if (at === 0) return;
  store<u32>(node, at < 4 ? load<u32>(from + (<usize>at << 2), 12) : load<u32>(node, 8), 12);
  store<u32>(node, i32x4.extract_lane(recents, 0), 16);
  if (at > 1) store<u32>(node, i32x4.extract_lane(recents, 1), 20);
  if (at > 2) store<u32>(node, i32x4.extract_lane(recents, 2), 24);
}

function literalPriceAt(at: usize, node: usize, nodeState: u32): u32 {
  return priceLiteral(at, copyContext(at, positionOf(at), load<u32>(node, 12), nodeState));
}

/** Relax all tokens that begin at a place. @returns Whether a copy was found that is long enough to take at once. */
function expand(window: usize, place: u32, node: usize, index: u32, count: u32): bool {
  const at = window + <usize>place;
  const price = load<u32>(node);
  const nodeState = <u32>load<u8>(node, 7);
  const remaining = <u32>(stretchEnd - at);
  const room = count - index;
  const flag = flagModel(nodeState, positionOf(at), remaining);
  const literalPrice = price + priceFlag(flag, false) + literalPriceAt(at, node, nodeState);
  relax(index + 1, literalPrice, KIND_LITERAL, 1, 0);
  const copyPrice = price + priceFlag(flag, true);
  const kinds = kindSlot(nodeState, remaining);
  let longest: u32 = 1;
  for (let k: u32 = 0; k < 4; k++) {
    const distance = load<u32>(node + (<usize>k << 2), 12);
    if (distance >= place) continue;
    const length = commonBytes(at - <usize>distance, at, remaining);
    if (length === 0) continue;
    if (k === 0) relax(index + 1, copyPrice + priceNibble(kinds, KIND_BYTE), KIND_BYTE, 1, distance);
    if (length < 2) continue;
    const toEnd = k === 0 && length === remaining;
    if (length >= ENOUGH) return setPending(toEnd ? KIND_RECENT_TO_END : KIND_RECENT + k, length, distance);
    const kindPrice = copyPrice + priceNibble(kinds, KIND_RECENT + k);
    const prices = recentPrices + (k === 0 ? 0 : (ENOUGH + 1) * 4);
    const last = min<u32>(length, room);
    for (let l: u32 = 2; l <= last; l++) {
      relax(index + l, kindPrice + load<u32>(prices + (<usize>l << 2)), KIND_RECENT + k, l, distance);
    }
    if (toEnd && length <= room) {
      relax(index + length, copyPrice + priceNibble(kinds, KIND_RECENT_TO_END), KIND_RECENT_TO_END, length, distance);
    }
    longest = max<u32>(longest, length);
  }
  insertBefore(place);
  find(place, remaining, LOOKS, ENOUGH);
  let length: u32 = 2;
  for (let f: u32 = 0; f < foundCount; f++) {
    const found = foundLength(f);
    const distance = foundDistance(f);
    const toEnd = found === remaining;
    if (found >= ENOUGH) return setPending(toEnd ? KIND_NEW_TO_END : KIND_NEW_LONG, found, distance);
    const last = min<u32>(found, room);
    let group: u32 = 99;
    let distancePrice: u32 = 0;
    for (; length <= last; length++) {
      if (lengthClass(length) !== group) {
        group = lengthClass(length);
        distancePrice = copyPrice + priceDistance(length, distance);
      }
      const kind = newKind(length);
      relax(
        index + length,
        distancePrice + priceNibble(kinds, kind) + load<u32>(newPrices + (<usize>length << 2)),
        kind,
        length,
        distance,
      );
    }
    if (toEnd && found <= room) {
      relax(
        index + found,
        copyPrice + priceNibble(kinds, KIND_NEW_TO_END) + priceDistance(found, distance),
        KIND_NEW_TO_END,
        found,
        distance,
      );
    }
  }
  return false;
}

function setPending(kind: u32, length: u32, distance: u32): bool {
  pendingKind = kind;
  pendingLength = length;
  pendingDistance = distance;
  return true;
}

function emitPending(window: usize, place: u32): void {
  emitCopy(window + <usize>place, pendingKind, pendingLength, pendingDistance);
}

/** Encode the tokens on the way to a node. */
function emitPath(window: usize, begin: u32, last: u32): void {
  // Turn the way around: each node on it learns where the token that begins there leads.
  let index = last;
  let after: u32 = 0;
  while (index > 0) {
    const node = nodeAt(index);
    const previous = index - <u32>load<u16>(node, 4);
    store<u32>(node, after, 28);
    after = index;
    index = previous;
  }
  store<u32>(nodeAt(0), after, 28);
  for (let at: u32 = 0; at < last; ) {
    const next = load<u32>(nodeAt(at), 28);
    const node = nodeAt(next);
    const kind = <u32>load<u8>(node, 6);
    if (kind === KIND_LITERAL) emitLiteral(window + <usize>(begin + at));
    else emitCopy(window + <usize>(begin + at), kind, next - at, load<u32>(node, 8));
    at = next;
  }
}
