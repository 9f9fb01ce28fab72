import type { FileRows } from './image-rows.ts';

/** Counts how many aligned bytes of a part of the old file differ from the new ones, as they are or rewritten. */
export class RowErrors {
  readonly #oldBytes: Uint8Array;
  readonly #newBytes: Uint8Array;
  readonly #rows: FileRows;
  /** Rows by where they begin in old. */
  readonly #order: Uint32Array;

  constructor(oldBytes: Uint8Array, newBytes: Uint8Array, rows: FileRows) {
    this.#oldBytes = oldBytes;
    this.#newBytes = newBytes;
    this.#rows = rows;
    this.#order = Uint32Array.from({ length: rows.count }, (_, row) => row);
    this.#order.sort((a, b) => (rows.oldStart[a] as number) - (rows.oldStart[b] as number));
  }

  oldBytes(part: { readonly fileOffset: number; readonly sizeBytes: number }): Uint8Array {
    return this.#oldBytes.subarray(part.fileOffset, part.fileOffset + part.sizeBytes);
  }

  /** @param bytes What stands for the old file's bytes from `fileOffset` on. */
  count(fileOffset: number, bytes: Uint8Array): number {
    const end = fileOffset + bytes.length;
    let wrong = 0;
    for (const row of this.#order) {
      const oldStart = this.#rows.oldStart[row] as number;
      if (oldStart >= end) break;
      const from = Math.max(oldStart, fileOffset);
      const to = Math.min(oldStart + (this.#rows.length[row] as number), end);
      const newBytes = this.#newBytes;
      const shift = (this.#rows.newStart[row] as number) - oldStart;
      for (let at = from; at < to; at++) if (bytes[at - fileOffset] !== newBytes[at + shift]) wrong++;
    }
    return wrong;
  }
}
