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

/** Room for so many rows is less than is made for most segments. */
const ROOM_ROWS = 1024;

/** Collects rows of an {@link Alignment}; a row that continues the one before on both sides is merged into it. */
export class AlignmentBuilder {
  #newStart: Float64Array<ArrayBuffer>;
  #oldStart: Float64Array<ArrayBuffer>;
  #length: Float64Array<ArrayBuffer>;
  #count = 0;

  /** @param room Rows it has room for at first. */
  constructor(room = ROOM_ROWS) {
    this.#newStart = new Float64Array(room);
    this.#oldStart = new Float64Array(room);
    this.#length = new Float64Array(room);
  }

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

  /** To be called once, when all rows are there. */
  build(): Alignment {
    const count = this.#count;
    const cut = (column: Float64Array<ArrayBuffer>): Float64Array =>
      count === column.length ? column : column.slice(0, count);
    return {
      count,
      newStart: cut(this.#newStart),
      oldStart: cut(this.#oldStart),
      length: cut(this.#length),
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
      const larger = new Float64Array(Math.max(ROOM_ROWS, column.length * 2));
      larger.set(column);
      return larger;
    };
    this.#newStart = grow(this.#newStart);
    this.#oldStart = grow(this.#oldStart);
    this.#length = grow(this.#length);
  }
}
