import { emitCopy, emitLiteral, newKind } from './emitter';
import { commonBytes, find, foundCount, foundDistance, foundLength, insertBefore } from './match-finder';
import { recentAt } from './recent';
import { KIND_BYTE, KIND_NEW_TO_END, KIND_RECENT, KIND_RECENT_TO_END } from './token-models';

/** Takes the best copy at each place unless the next place has a clearly better one. */
let bestKind: u32 = 0;
let bestLength: u32 = 0;
let bestDistance: u32 = 0;

/** How many literals' bytes a copy saves, roughly, in quarters. */
// @ts-ignore: decorator
@inline
function gainOfNew(length: u32, distance: u32): i32 {
  return <i32>(length << 2) - 3 - <i32>((32 - clz(distance)) >> 1);
}

/** @returns The gain of the best copy at a place, ≤ 0 for none. */
function search(window: usize, place: u32, limit: u32): i32 {
  const at = window + <usize>place;
  let best: i32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const distance = recentAt(i);
    if (distance >= place) continue;
    const length = commonBytes(at - <usize>distance, at, limit);
    if (length < 2) continue;
    const gain = <i32>(length << 2) - 2 - <i32>(i > 0);
    if (gain > best) {
      best = gain;
      bestKind = KIND_RECENT + i;
      bestLength = length;
      bestDistance = distance;
    }
  }
  find(place, limit, 2, 48);
  for (let i: u32 = 0; i < foundCount; i++) {
    const length = foundLength(i);
    const gain = gainOfNew(length, foundDistance(i));
    if (gain > best) {
      best = gain;
      bestKind = newKind(length);
      bestLength = length;
      bestDistance = foundDistance(i);
    }
  }
  return best;
}

/** Encode a stretch. @param window Where places are counted from. */
export function parseQuickly(window: usize, begin: u32, end: u32): void {
  let place = begin;
  while (place < end) {
    insertBefore(place);
    let gain = search(window, place, end - place);
    while (gain > 0 && place + 1 < end && bestLength < 32) {
      const kind = bestKind;
      const length = bestLength;
      const distance = bestDistance;
      insertBefore(place + 1);
      const nextGain = search(window, place + 1, end - place - 1);
      if (nextGain <= gain + 3) {
        bestKind = kind;
        bestLength = length;
        bestDistance = distance;
        break;
      }
      emitLiteral(window + <usize>place);
      place++;
      gain = nextGain;
    }
    const at = window + <usize>place;
    if (gain > 0) {
      if (place + bestLength === end) {
        if (bestKind === KIND_RECENT) bestKind = KIND_RECENT_TO_END;
        else if (bestKind > KIND_RECENT + 3) bestKind = KIND_NEW_TO_END;
      }
      emitCopy(at, bestKind, bestLength, bestDistance);
      place += bestLength;
    } else if (recentAt(0) < place && load<u8>(at) === load<u8>(at - <usize>recentAt(0))) {
      emitCopy(at, KIND_BYTE, 1, 0);
      place++;
    } else {
      emitLiteral(at);
      place++;
    }
  }
}
