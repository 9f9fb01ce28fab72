/** Codes whether a token is the predicted one, and if not, which it is. */
import {
  ALTERNATIVE_FLAGS,
  codeFlag,
  codePlain,
  codeTree,
  DISTANCE_FLAGS,
  LENGTH_TREE,
  LITERAL_FLAGS,
  SHORTER_TREE,
  SLOT_TREE,
  TOKEN_FLAGS,
} from './corrections';
import { alternativeDistance, alternativeLength, predictedDistance, predictedLength } from './predictor';
import { DISTANCE_SYMBOLS, distanceBase, distanceExtraBits, distanceSymbol, MIN_MATCH } from './symbols';

export let mistakes: u32 = 0;
/** Of the last three tokens, which were as predicted. */
let history: u32 = 7;

export function resetMistakes(): void {
  mistakes = 0;
  history = 7;
}

/**
 * @param ahead How many bytes are left.
 * @param actual The token when describing; ignored when rebuilding.
 * @returns The token; 0 when the corrections make no sense.
 */
export function codeToken(position: u32, ahead: u32, actual: u32): u32 {
  const predicted = (predictedLength << 16) | predictedDistance;
  const kind: u32 = predictedLength > 1 ? (predictedLength > 8 ? 3 : predictedLength > 4 ? 2 : 1) : alternativeLength ? 4 : 0;
  const right = codeFlag(TOKEN_FLAGS + (kind << 3) + history, <u32>(actual === predicted));
  history = ((history << 1) & 7) | right;
  if (right) return predicted;
  mistakes++;
  const token = codeOther(kind, actual);
  const length = token >> 16;
  const distance = token & 0xffff;
  return length > ahead || distance > position ? 0 : token;
}

function codeOther(kind: u32, actual: u32): u32 {
  if (predictedLength > 1) {
    if (!codeFlag(LITERAL_FLAGS, <u32>(actual >> 16 > 1))) return 1 << 16;
    const length = actual >> 16;
    if (codeFlag(DISTANCE_FLAGS, <u32>((actual & 0xffff) === predictedDistance && length < predictedLength))) {
      const shorter = codeTree(SHORTER_TREE, 8, predictedLength - length);
      return shorter > predictedLength - MIN_MATCH ? 0 : ((predictedLength - shorter) << 16) | predictedDistance;
    }
  } else if (alternativeLength !== 0) {
    const alternative = (alternativeLength << 16) | alternativeDistance;
    if (codeFlag(ALTERNATIVE_FLAGS, <u32>(actual === alternative))) return alternative;
  }
  return codeMatch(actual >> 16, actual & 0xffff);
}

function codeMatch(actualLength: u32, actualDistance: u32): u32 {
  const length = codeTree(LENGTH_TREE, 8, actualLength - MIN_MATCH) + MIN_MATCH;
  const slot = codeTree(SLOT_TREE, 5, distanceSymbol(actualDistance));
  if (slot >= DISTANCE_SYMBOLS) return 0;
  const base = distanceBase(slot);
  return (length << 16) | (base + codePlain(distanceExtraBits(slot), actualDistance - base));
}
