/** A set of byte positions of one file, kept as disjoint sorted intervals. */
export class ByteIntervals {
  /** start, end, start, end, …; ascending, no two touching. */
  #bounds: number[] = [];

  add(offset: number, sizeBytes: number): void {
    if (sizeBytes <= 0) return;
    const end = offset + sizeBytes;
    const from = this.#firstBound(offset, true);
    const to = this.#firstBound(end, false);
    const start = from % 2 === 1 ? [] : [offset];
    const stop = to % 2 === 1 ? [] : [end];
    this.#bounds.splice(from, to - from, ...start, ...stop);
  }

  remove(offset: number, sizeBytes: number): void {
    if (sizeBytes <= 0) return;
    const end = offset + sizeBytes;
    const from = this.#firstBound(offset, true);
    const to = this.#firstBound(end, false);
    const stop = from % 2 === 1 ? [offset] : [];
    const start = to % 2 === 1 ? [end] : [];
    this.#bounds.splice(from, to - from, ...stop, ...start);
  }

  /** True when every byte of the range is in the set; always for an empty range. */
  covers(offset: number, sizeBytes: number): boolean {
    if (sizeBytes <= 0) return true;
    const next = this.#firstBound(offset, false);
    return next % 2 === 1 && (this.#bounds[next] as number) >= offset + sizeBytes;
  }

  /** Up to where every byte from `offset` on is in the set; `offset` itself where that byte is not. */
  coveredTo(offset: number): number {
    const next = this.#firstBound(offset, false);
    return next % 2 === 1 ? (this.#bounds[next] as number) : offset;
  }

  /** True when no byte of the range is in the set. */
  misses(offset: number, sizeBytes: number): boolean {
    if (sizeBytes <= 0) return true;
    const next = this.#firstBound(offset, false);
    return next % 2 === 0 && (this.#bounds[next] ?? Number.POSITIVE_INFINITY) >= offset + sizeBytes;
  }

  /** Offset and size of each interval, ascending. */
  *ranges(): Generator<[offset: number, sizeBytes: number]> {
    for (let at = 0; at < this.#bounds.length; at += 2) {
      const offset = this.#bounds[at] as number;
      yield [offset, (this.#bounds[at + 1] as number) - offset];
    }
  }

  get totalBytes(): number {
    let total = 0;
    for (let at = 0; at < this.#bounds.length; at += 2) {
      total += (this.#bounds[at + 1] as number) - (this.#bounds[at] as number);
    }
    return total;
  }

  /** Index of the first bound `>= position` (`inclusive`) or `> position`. */
  #firstBound(position: number, inclusive: boolean): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const bound = this.#bounds[middle] as number;
      if (bound < position || (!inclusive && bound === position)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What of each new file already lies in staging: entry index → its intervals, or 'complete' once checked and flushed. */
export type StagedExtents = ReadonlyMap<number, ByteIntervals | 'complete'>;
