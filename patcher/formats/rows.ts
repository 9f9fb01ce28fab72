/** A table that is read row by row; an array is one. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
  /** @param row At least 0. @returns `undefined` behind the last row. */
  at(row: number): Row | undefined;
}

/** How long ranges are together. */
export function sumLengths(ranges: Iterable<{ readonly length: number }>): number {
  let total = 0;
  for (const { length } of ranges) total += length;
  return total;
}

/** Rows that are made of columns whenever they are read: as objects, those of a large tree would take ten times the memory. */
export class ColumnRows<Row> implements Rows<Row> {
  readonly length: number;
  readonly #make: (row: number) => Row;

  /** @param make Makes any row from 0 to `length` - 1, the same whenever it is asked. */
  constructor(length: number, make: (row: number) => Row) {
    this.length = length;
    this.#make = make;
  }

  at(row: number): Row | undefined {
    return row >= 0 && row < this.length ? this.#make(row) : undefined;
  }

  *[Symbol.iterator](): Generator<Row> {
    for (let row = 0; row < this.length; row++) yield this.#make(row);
  }
}
