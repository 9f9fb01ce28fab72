import { emitCopy, emitLiteral, newKind } from './emitter';
import { commonBytes } from './match-finder';
import { farPlace, findNewest, insertCopied, insertRow, nearPlace } from './newest-finder';
import { recentAt } from './recent';
import { KIND_BYTE, KIND_NEW, KIND_NEW_TO_END, KIND_RECENT, KIND_RECENT_TO_END } from './token-models';

/** Takes the best copy at each place unless the next place has a clearly better one. */
let bestKind: u32 = 0;
let bestLength: u32 = 0;
let bestDistance: u32 = 0;
/** A copy this long is taken without a look at the next place. */
const ENOUGH: u32 = 16;
/** The next place must be better by a literal. */
const LATER_MIN: i32 = 5;

/** For each 2^3 places in a row without a copy, one more is left out between two that are searched, up to so many. */
const MISSES_LOG2: u32 = 3;
const SKIPPED_MAX: u32 = 3;

let misses: u32 = 0;

/** What a copy saves, roughly, in quarters of a literal. */
// @ts-ignore: decorator
@inline
function gainOfNew(length: u32, distance: u32): i32 {
  return <i32>(length << 2) - 6 - <i32>((32 - clz(distance)) >> 1);
}

// @ts-ignore: decorator
@inline
function considerNew(window: usize, place: u32, other: u32, limit: u32, best: i32): i32 {
  if (other === 0) return best;
  const length = commonBytes(window + <usize>other, window + <usize>place, limit);
  if (length < 3) return best;
  const gain = gainOfNew(length, place - other);
  if (gain <= best) return best;
  bestKind = newKind(length);
  bestLength = length;
  bestDistance = place - other;
  return gain;
}

/** @returns The gain of the best copy at a place, ≤ 0 for none. The place becomes findable. */
function search(window: usize, place: u32, limit: u32): i32 {
  const at = window + <usize>place;
  let best: i32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const distance = recentAt(i);
    if (distance >= place || load<u16>(at) !== load<u16>(at - <usize>distance)) continue;
    const length = commonBytes(at - <usize>distance, at, limit);
    const gain = <i32>(length << 2) - 4 - <i32>i;
    if (length < 2 || gain <= best) continue;
    best = gain;
    bestKind = KIND_RECENT + i;
    bestLength = length;
    bestDistance = distance;
  }
  findNewest(place);
  const far = farPlace;
  if (nearPlace !== far) best = considerNew(window, place, nearPlace, limit, best);
  return considerNew(window, place, far, limit, best);
}

/** Encode a stretch. @param window Where places are counted from. */
export function parseQuickly(window: usize, begin: u32, end: u32): void {
  misses = 0;
  insertRow(begin);
  for (let place = begin; place < end; ) {
    let gain = search(window, place, end - place);
    if (gain <= 0) {
      emitSingle(window, place);
      place++;
      misses++;
      const next = min<u32>(end, place + min<u32>(SKIPPED_MAX, misses >> MISSES_LOG2));
      for (; place < next; place++) emitSingle(window, place);
      continue;
    }
    misses = 0;
    let searched = place;
    while (bestLength < ENOUGH && place + 1 < end) {
      const kind = bestKind;
      const length = bestLength;
      const distance = bestDistance;
      searched = place + 1;
      const later = search(window, searched, end - searched);
      if (later < gain + LATER_MIN) {
        bestKind = kind;
        bestLength = length;
        bestDistance = distance;
        break;
      }
      emitLiteral(window + <usize>place);
      place++;
      gain = later;
    }
    emitBest(window, place, end);
    place += bestLength;
    insertCopied(searched + 1, place);
  }
  insertCopied(end, end);
}

function emitSingle(window: usize, place: u32): void {
  const at = window + <usize>place;
  const distance = recentAt(0);
  const isRecent = distance < place && load<u8>(at) === load<u8>(at - <usize>distance);
  if (isRecent) emitCopy(at, KIND_BYTE, 1, distance);
  else emitLiteral(at);
}

function emitBest(window: usize, place: u32, end: u32): void {
  let kind = bestKind;
  if (place + bestLength === end) {
    if (kind === KIND_RECENT) kind = KIND_RECENT_TO_END;
    else if (kind >= KIND_NEW) kind = KIND_NEW_TO_END;
  }
  emitCopy(window + <usize>place, kind, bestLength, bestDistance);
}
