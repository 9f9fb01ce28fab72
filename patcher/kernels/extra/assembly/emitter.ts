import { encodeFlag } from './flag-model';
import { encodeLiteral, copyContext } from './literal-model';
import { encodeNibble } from './nibble-model';
import { promote, recent0, recentAt, recentIndex } from './recent';
import {
  encodeDistance,
  encodeNewLength,
  encodeRecentLength,
  flagModel,
  KIND_BYTE,
  KIND_NEW,
  KIND_NEW_LONG,
  KIND_RECENT_TO_END,
  kindSlot,
  STATE_START,
  stateAfterCopy,
  stateAfterLiteral,
} from './token-models';

/** Encodes tokens one after the other, as the decoder will meet them. */
export let state: u32 = STATE_START;
let origin: usize = 0;
export let stretchEnd: usize = 0;

export function beginEmitting(newBegin: usize): void {
  origin = newBegin;
}

export function beginStretch(end: usize): void {
  stretchEnd = end;
  state = STATE_START;
}

export function positionOf(at: usize): u32 {
  return <u32>(at - origin);
}

export function emitLiteral(at: usize): void {
  encodeFlag(flagModel(state, positionOf(at), <u32>(stretchEnd - at)), false);
  encodeLiteral(at, copyContext(at, positionOf(at), recent0, state));
  state = stateAfterLiteral(state);
}

export function emitCopy(at: usize, kind: u32, length: u32, distance: u32): void {
  const remaining = <u32>(stretchEnd - at);
  encodeFlag(flagModel(state, positionOf(at), remaining), true);
  encodeNibble(kindSlot(state, remaining), kind);
  const index = recentIndex(kind);
  if (index < 4) {
    promote(index, recentAt(index));
    if (kind !== KIND_BYTE && kind !== KIND_RECENT_TO_END) encodeRecentLength(kind, length);
  } else {
    if (kind === KIND_NEW_LONG) encodeNewLength(length);
    encodeDistance(length, distance);
    promote(4, distance);
  }
  state = stateAfterCopy(kind);
}

/** The kind of a new copy of a length. */
// @ts-ignore: decorator
@inline
export function newKind(length: u32): u32 {
  return length < 10 ? KIND_NEW + length - 2 : KIND_NEW_LONG;
}
