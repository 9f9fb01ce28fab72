import { AlignmentBuilder } from './alignment.ts';
import {
  HASH_MULTIPLIER,
  hashAt,
  INDEX_PROBES,
  INDEX_WINDOW_BYTES,
  mixHash,
  type OldIndex,
  rollHash,
} from './old-index.ts';

/** Where new bytes probably begin in old: the start of the file of the same path. */
export interface MatchHint {
  readonly newPosition: number;
  readonly oldPosition: number;
}

/** What {@link matchRange} is asked. */
export interface MatchRequest {
  readonly index: OldIndex;
  readonly bytes: Uint8Array;
  /** Sorted by `newPosition`. */
  readonly hints: readonly MatchHint[];
}

/** Bytes a new alignment must save before it is worth its control triple. */
const SWITCH_GAIN_BYTES = 8;
/** How far two alignments are compared when one of them has to be chosen. */
const LOOKAHEAD_BYTES = 256;
/** A rival that has fallen so far behind its own best will not recover. */
const LOOKAHEAD_PATIENCE_BYTES = 24;
/** No alignment yet: every old position is out of range. */
const NOWHERE = -0x7fffffff;

/**
 * Find old bytes that resemble new bytes.
 *
 * The present alignment is kept while it matches; only where it does not is the index asked. A candidate replaces it
 * when it makes enough more of the following bytes equal. Neighbouring alignments then grow towards each other over
 * bytes that mostly match, as bsdiff does, so that scattered differences stay in the difference stream.
 * Downside against a suffix sort: matches shorter than the index's window are not seen. Upside: a tenth of the time
 * and a third of the memory.
 * @returns An alignment with `oldStart` in the index's old bytes; empty for nothing alike.
 */
export function matchRange(request: MatchRequest): ReturnType<AlignmentBuilder['build']> {
  return new Matcher(request).run();
}

class Matcher {
  readonly #index: OldIndex;
  readonly #old: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #hints: readonly MatchHint[];
  readonly #rows = new AlignmentBuilder();
  #hint = 0;
  #shift = NOWHERE;
  /** New bytes before this are decided. */
  #decided = 0;
  #hash = 0;
  #hashPosition = -2;

  constructor(request: MatchRequest) {
    this.#index = request.index;
    this.#old = request.index.old;
    this.#bytes = request.bytes;
    this.#hints = request.hints;
  }

  run(): ReturnType<AlignmentBuilder['build']> {
    const end = this.#bytes.length;
    let position = 0;
    while (position < end) {
      const hinted = this.#takeHint(position);
      if (hinted !== undefined && hinted !== this.#shift && this.#gain(position, hinted) > 0) {
        this.#switchTo(position, hinted);
      }
      position = this.#skipEqual(position);
      if (position >= end) break;
      const shift = this.#lookUp(position);
      if (shift !== undefined) this.#switchTo(position, shift);
      position++;
    }
    this.#finish(end);
    return this.#rows.build();
  }

  /** The alignment proposed at this position, if a hint lies here or was just passed. */
  #takeHint(position: number): number | undefined {
    let shift: number | undefined;
    for (;;) {
      const hint = this.#hints[this.#hint];
      if (hint === undefined || hint.newPosition > position) return shift;
      shift = hint.oldPosition - hint.newPosition;
      this.#hint++;
    }
  }

  /** The next position whose byte the present alignment gets wrong, or the next hint's. */
  #skipEqual(from: number): number {
    const bytes = this.#bytes;
    const old = this.#old;
    const shift = this.#shift;
    const stop = Math.min(bytes.length, old.length - shift, this.#hints[this.#hint]?.newPosition ?? Infinity);
    let position = from;
    if (position + shift < 0) return position;
    while (position < stop && bytes[position] === old[position + shift]) position++;
    return position;
  }

  /** The best alignment the index knows for this position, if it beats the present one. */
  #lookUp(position: number): number | undefined {
    const bytes = this.#bytes;
    if (position + INDEX_WINDOW_BYTES > bytes.length) return undefined;
    if (this.#hashPosition === position - 1) {
      this.#hash = rollHash(
        this.#hash,
        bytes[position - 1] as number,
        bytes[position + INDEX_WINDOW_BYTES - 1] as number,
      );
    } else {
      this.#hash = hashAt(bytes, position);
    }
    this.#hashPosition = position;
    const { slots, slotShift, positionBits } = this.#index;
    const mixed = mixHash(this.#hash);
    const tag = positionBits === 32 ? 0 : Math.imul(mixed, HASH_MULTIPLIER) >>> positionBits;
    const positionMask = positionBits === 32 ? 0xffffffff : (2 ** positionBits - 1) >>> 0;
    let slot = mixed >>> slotShift;
    let best: number | undefined;
    let bestGain = SWITCH_GAIN_BYTES;
    for (let probe = 0; probe < INDEX_PROBES; probe++) {
      const entry = slots[slot] as number;
      if (entry === 0) break;
      slot = (slot + 1) & (slots.length - 1);
      if (positionBits !== 32 && entry >>> positionBits !== tag) continue;
      const oldPosition = ((entry & positionMask) >>> 0) - 1;
      if (oldPosition === position + this.#shift || !this.#windowEquals(position, oldPosition)) continue;
      const gain = this.#gain(position, oldPosition - position);
      if (gain > bestGain) {
        bestGain = gain;
        best = oldPosition - position;
      }
    }
    return best;
  }

  #windowEquals(position: number, oldPosition: number): boolean {
    const bytes = this.#bytes;
    const old = this.#old;
    for (let i = 0; i < INDEX_WINDOW_BYTES; i++) {
      if (bytes[position + i] !== old[oldPosition + i]) return false;
    }
    return true;
  }

  /** How many more bytes from `position` on another alignment gets right than the present one, at its best point. */
  #gain(position: number, shift: number): number {
    const bytes = this.#bytes;
    const old = this.#old;
    const present = this.#shift;
    const stop = Math.min(bytes.length, position + LOOKAHEAD_BYTES);
    let gain = 0;
    let best = 0;
    for (let i = position; i < stop; i++) {
      const byte = bytes[i];
      if (i + shift < old.length && byte === old[i + shift]) gain++;
      const held = i + present;
      if (held >= 0 && held < old.length && byte === old[held]) gain--;
      if (gain > best) best = gain;
      else if (gain < best - LOOKAHEAD_PATIENCE_BYTES) break;
    }
    return best;
  }

  /** Close the present alignment, open another, and settle the bytes between them. */
  #switchTo(position: number, shift: number): void {
    const from = this.#decided;
    let forward = this.#forwardLength(from, position);
    let backward = this.#backwardLength(from, position, shift);
    const overlap = from + forward - (position - backward);
    if (overlap > 0) {
      const kept = this.#splitOverlap(position - backward, overlap, shift);
      forward += kept - overlap;
      backward -= kept;
    }
    this.#rows.add(from, from + this.#shift, forward);
    this.#decided = position - backward;
    this.#shift = shift;
  }

  #finish(end: number): void {
    const forward = this.#forwardLength(this.#decided, end);
    this.#rows.add(this.#decided, this.#decided + this.#shift, forward);
  }

  /** How far the present alignment is worth keeping: the longest prefix where matches outweigh misses most. */
  #forwardLength(from: number, to: number): number {
    const bytes = this.#bytes;
    const old = this.#old;
    const shift = this.#shift;
    if (shift === NOWHERE) return 0;
    const stop = Math.min(to, old.length - shift);
    let score = 0;
    let best = 0;
    let length = 0;
    for (let i = from; i < stop; i++) {
      score += bytes[i] === old[i + shift] ? 1 : -1;
      if (score > best) {
        best = score;
        length = i + 1 - from;
      }
    }
    return length;
  }

  /** How far back an alignment is worth taking over, likewise. */
  #backwardLength(from: number, position: number, shift: number): number {
    const bytes = this.#bytes;
    const old = this.#old;
    const stop = Math.max(from, -shift);
    let score = 0;
    let best = 0;
    let length = 0;
    for (let i = position - 1; i >= stop; i--) {
      score += bytes[i] === old[i + shift] ? 1 : -1;
      if (score > best) {
        best = score;
        length = position - i;
      }
    }
    return length;
  }

  /** How many of the bytes both alignments claim the earlier one keeps. */
  #splitOverlap(from: number, overlap: number, shift: number): number {
    const bytes = this.#bytes;
    const old = this.#old;
    const present = this.#shift;
    let score = 0;
    let best = 0;
    let kept = 0;
    for (let i = 0; i < overlap; i++) {
      const byte = bytes[from + i];
      if (byte === old[from + i + present]) score++;
      if (byte === old[from + i + shift]) score--;
      if (score > best) {
        best = score;
        kept = i + 1;
      }
    }
    return kept;
  }
}
