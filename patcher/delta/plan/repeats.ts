import type { MadePiece, PatchEntry } from '../../formats/patch.ts';
import type { MadeStretch, NewSpace } from './new-space.ts';

/**
 * A stretch of the made bytes that is equal to one before it. Both count in the made bytes as they are laid while
 * repeats are not known, and may not overlap each other.
 */
export interface Repeat {
  readonly start: number;
  readonly length: number;
  readonly from: number;
}

/**
 * Make what repeats only once: its files have pieces of where it came first.
 * @param repeats Sorted by `start`, not overlapping there; what one is a repeat of may be repeated itself.
 */
export function leaveOutRepeats(space: NewSpace, repeats: readonly Repeat[]): NewSpace {
  if (repeats.length === 0) return space;
  const places = new KeptPlaces(repeats, space.madeBytes);
  return {
    entries: space.entries.map((entry) => replacePieces(entry, places)),
    made: space.made.flatMap((stretch) => [...places.keptPartsOf(stretch)]),
    madeBytes: places.keptBytes,
  };
}

function replacePieces(entry: PatchEntry, places: KeptPlaces): PatchEntry {
  if (entry.kind !== 'file' || entry.origin.kind !== 'made') return entry;
  const pieces: MadePiece[] = [];
  for (const { offset, length } of entry.origin.pieces) {
    for (const piece of places.find(offset, length)) appendPiece(pieces, piece);
  }
  return { ...entry, origin: { kind: 'made', pieces } };
}

/** Add a piece to those of a file, as part of the last one where it goes on behind it. */
export function appendPiece(pieces: MadePiece[], { offset, length }: MadePiece): void {
  const last = pieces.at(-1);
  if (last !== undefined && last.offset + last.length === offset) {
    pieces[pieces.length - 1] = { offset: last.offset, length: last.length + length };
  } else {
    pieces.push({ offset, length });
  }
}

/** Where made bytes lie once repeats are left out. */
class KeptPlaces {
  keptBytes = 0;
  /** Where runs begin, ascending; each goes on up to the next. */
  readonly #starts: number[] = [];
  /** Where each run lies among what is kept. */
  readonly #offsets: number[] = [];
  /** Whether a run is made where it lies, and not a repeat. */
  readonly #kept: boolean[] = [];
  readonly #madeBytes: number;

  constructor(repeats: readonly Repeat[], madeBytes: number) {
    this.#madeBytes = madeBytes;
    let position = 0;
    for (const { start, from, length } of repeats) {
      this.#keep(position, start);
      let at = start;
      for (const piece of this.find(from, length)) {
        this.#add(at, piece.offset, false);
        at += piece.length;
      }
      position = start + length;
    }
    this.#keep(position, madeBytes);
  }

  /** What stretches of the kept bytes a stretch consists of, in its order. */
  *find(start: number, length: number): Generator<MadePiece> {
    const end = start + length;
    let position = start;
    for (let row = this.#rowAt(start); position < end; row++) {
      const runEnd = Math.min(end, this.#endOf(row));
      yield { offset: this.#toKept(row, position), length: runEnd - position };
      position = runEnd;
    }
  }

  /** What of a stretch is made. */
  *keptPartsOf({ file, fileOffset, offset, length }: MadeStretch): Generator<MadeStretch> {
    const end = offset + length;
    for (let row = this.#rowAt(offset); row < this.#starts.length; row++) {
      const from = Math.max(offset, this.#starts[row] as number);
      const to = Math.min(end, this.#endOf(row));
      if (from >= end) return;
      if (this.#kept[row] === true) {
        yield {
          file,
          fileOffset: fileOffset + from - offset,
          offset: this.#toKept(row, from),
          length: to - from,
        };
      }
    }
  }

  #keep(start: number, end: number): void {
    if (start >= end) return;
    this.#add(start, this.keptBytes, true);
    this.keptBytes += end - start;
  }

  #add(start: number, offset: number, kept: boolean): void {
    this.#starts.push(start);
    this.#offsets.push(offset);
    this.#kept.push(kept);
  }

  #toKept(row: number, position: number): number {
    return (this.#offsets[row] as number) + position - (this.#starts[row] as number);
  }

  #endOf(row: number): number {
    return this.#starts[row + 1] ?? this.#madeBytes;
  }

  /** The run a byte lies in. */
  #rowAt(position: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
