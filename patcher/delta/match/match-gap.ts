/** A match inside a gap: bytes of the guess that equal new bytes. */
export interface GapMatch {
  readonly newStart: number;
  readonly oldStart: number;
  readonly length: number;
}

export interface GapRequest {
  readonly newBytes: Uint8Array;
  readonly newStart: number;
  readonly newEnd: number;
  /** Guessed bytes, and which of them lie between the rows beside the gap. */
  readonly guess: Uint8Array;
  readonly oldStart: number;
  readonly oldEnd: number;
}

/** Bytes that must be equal before a place is looked at. */
const WINDOW_BYTES = 8;
/** A shorter match costs more as a row than as bytes of its own. */
const MATCH_BYTES_MIN = 16;

/**
 * Find what a gap shares with the guessed bytes between the same two rows, in their order. Tables of references
 * (unwinding, symbols, relocations) only become alike once their addresses are rewritten, too late for the matcher.
 */
export function matchGap(request: GapRequest): GapMatch[] {
  const { newBytes, guess, newEnd, oldEnd } = request;
  const table = indexGuess(request);
  const matches: GapMatch[] = [];
  let position = request.newStart;
  let floor = request.oldStart;
  while (position + WINDOW_BYTES <= newEnd) {
    const oldStart = (table[hashAt(newBytes, position, table.length)] as number) - 1;
    const length = oldStart < floor ? 0 : equalBytes(newBytes, position, newEnd, guess, oldStart, oldEnd);
    if (length < MATCH_BYTES_MIN) {
      position++;
      continue;
    }
    matches.push({ newStart: position, oldStart, length });
    position += length;
    floor = oldStart + length;
  }
  return matches;
}

/** Position + 1 of the first window of each hash; 0 for none. */
function indexGuess({ guess, oldStart, oldEnd }: GapRequest): Uint32Array {
  const slots = 2 ** Math.max(8, Math.ceil(Math.log2(2 * (oldEnd - oldStart + 1))));
  const table = new Uint32Array(slots);
  for (let position = oldEnd - WINDOW_BYTES; position >= oldStart; position--) {
    table[hashAt(guess, position, slots)] = position + 1;
  }
  return table;
}

function hashAt(bytes: Uint8Array, at: number, slots: number): number {
  const low = word(bytes, at);
  const high = word(bytes, at + 4);
  return (Math.imul(Math.imul(low, 0x9e3779b1) ^ high, 0x85ebca6b) >>> 3) & (slots - 1);
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function equalBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const most = Math.min(aEnd - aStart, bEnd - bStart);
  let length = 0;
  while (length < most && a[aStart + length] === b[bStart + length]) length++;
  return length;
}
