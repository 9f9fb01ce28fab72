/**
 * Which new bytes are made from which old bytes: row `i` says that `length[i]` new bytes from `newStart[i]` resemble
 * the old bytes from `oldStart[i]`. Rows are sorted, do not overlap in new, and are not empty; new bytes in no row are
 * stored as they are. Resembling is not equality: the difference is coded byte by byte.
 */
export interface Alignment {
  readonly count: number;
  readonly newStart: Float64Array;
  /** A double, because an old tree may exceed 4 GiB. */
  readonly oldStart: Float64Array;
  readonly length: Float64Array;
}

/** Collects rows of an {@link Alignment}; a row that continues the one before on both sides is merged into it. */
export class AlignmentBuilder {
  #newStart = new Float64Array(1024);
  #oldStart = new Float64Array(1024);
  #length = new Float64Array(1024);
  #count = 0;

  add(newStart: number, oldStart: number, length: number): void {
    if (length <= 0) return;
    const last = this.#count - 1;
    if (last >= 0 && this.#continues(last, newStart, oldStart)) {
      this.#length[last] = (this.#length[last] ?? 0) + length;
      return;
    }
    if (this.#count === this.#newStart.length) this.#grow();
    this.#newStart[this.#count] = newStart;
    this.#oldStart[this.#count] = oldStart;
    this.#length[this.#count] = length;
    this.#count++;
  }

  build(): Alignment {
    const count = this.#count;
    return {
      count,
      newStart: this.#newStart.slice(0, count),
      oldStart: this.#oldStart.slice(0, count),
      length: this.#length.slice(0, count),
    };
  }

  #continues(row: number, newStart: number, oldStart: number): boolean {
    const length = this.#length[row] ?? 0;
    return (
      (this.#newStart[row] ?? 0) + length === newStart && (this.#oldStart[row] ?? 0) + length === oldStart
    );
  }

  #grow(): void {
    const grow = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.#newStart = grow(this.#newStart);
    this.#oldStart = grow(this.#oldStart);
    this.#length = grow(this.#length);
  }
}

/** Rows as kernels write them: new start, old start and length of each. */
export function toAlignment(triples: Uint32Array): Alignment {
  const rows = new AlignmentBuilder();
  for (let i = 0; i < triples.length; i += 3) {
    rows.add(triples[i] as number, triples[i + 1] as number, triples[i + 2] as number);
  }
  return rows.build();
}
