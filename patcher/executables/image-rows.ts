import type { Executable, Section } from './executable.ts';

/** Rows of an alignment of a whole file, sorted by `newStart`; see `patcher/delta/match/alignment.ts`. */
export interface FileRows {
  readonly count: number;
  readonly newStart: ArrayLike<number>;
  readonly oldStart: ArrayLike<number>;
  readonly length: ArrayLike<number>;
}

/** The same rows by where they begin in old, to be asked in rising order of old positions. */
export class OldOrder {
  readonly #oldStart: Float64Array;
  readonly #newStart: Float64Array;
  readonly #length: Float64Array;
  #row = 0;

  constructor(rows: FileRows) {
    const order = Array.from({ length: rows.count }, (_, row) => row).sort(
      (a, b) => (rows.oldStart[a] as number) - (rows.oldStart[b] as number),
    );
    this.#oldStart = Float64Array.from(order, (row) => rows.oldStart[row] as number);
    this.#newStart = Float64Array.from(order, (row) => rows.newStart[row] as number);
    this.#length = Float64Array.from(order, (row) => rows.length[row] as number);
  }

  /** Ask from the front again. */
  rewind(): void {
    this.#row = 0;
  }

  /** Where the new file has what old has at `position`, wholly within one row; -1 for nowhere. */
  newPosition(position: number, sizeBytes: number): number {
    const count = this.#oldStart.length;
    while (this.#row + 1 < count && (this.#oldStart[this.#row + 1] as number) <= position) this.#row++;
    for (let row = this.#row; row >= 0 && row > this.#row - 2; row--) {
      const within = position - (this.#oldStart[row] as number);
      if (within >= 0 && within + sizeBytes <= (this.#length[row] as number)) {
        return (this.#newStart[row] as number) + within;
      }
    }
    return -1;
  }
}

/** Turns file positions into addresses, asked in mostly rising order. */
export class FileAddresses {
  readonly #sections: Executable['sections'];
  #section = 0;

  constructor(executable: Executable) {
    this.#sections = executable.sections.filter(({ address }) => address !== undefined);
  }

  /** Address of a file position from the base; -1 when it is not loaded. */
  addressOf(position: number): number {
    const current = this.#sections[this.#section];
    if (current === undefined) return -1;
    if (position < current.fileOffset || position >= current.fileOffset + current.sizeBytes) {
      const found = this.#sections.findIndex(
        ({ fileOffset, sizeBytes }) => position >= fileOffset && position < fileOffset + sizeBytes,
      );
      if (found < 0) return -1;
      this.#section = found;
    }
    const { fileOffset, address } = this.#sections[this.#section] as Section;
    return (address as number) + position - fileOffset;
  }
}
