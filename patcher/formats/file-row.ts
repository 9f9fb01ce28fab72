import type { FileEntry, Sha256 } from './manifest.ts';
import { EMPTY_SHA256, sha256At } from './sha256.ts';

/** What the columns of a manifest say of its files, by the number of the file. */
export interface FileColumns {
  /** Indexes into the chunk table, of all files one after the other. */
  readonly chunkRows: Uint32Array;
  /** Where those of each file begin, and where the last one's end. */
  readonly chunkStarts: Uint32Array;
  /** The hashes of the chunk table: a file of one chunk has its hash. */
  readonly chunkSha256: Uint8Array;
  /** Hashes of the files of several chunks. */
  readonly sha256: Uint8Array;
  /** Row in `sha256`; of no meaning for files of fewer chunks. */
  readonly sha256Rows: Uint32Array;
}

/**
 * A file of a manifest that was read. Its hash and its chunks stay in the columns until they are asked for: as a text and
 * a view of its own for each of 200,000 files they would take 40 MiB. They are properties of the class, so that `{...file}`
 * has neither.
 */
export class FileRow implements FileEntry {
  readonly kind = 'file';
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly #columns: FileColumns;
  readonly #row: number;

  constructor(
    { path, mode, sizeBytes }: Pick<FileEntry, 'path' | 'mode' | 'sizeBytes'>,
    columns: FileColumns,
    row: number,
  ) {
    this.path = path;
    this.mode = mode;
    this.sizeBytes = sizeBytes;
    this.#columns = columns;
    this.#row = row;
  }

  /** True when this is a file of the manifest whose chunk table has this very column of hashes. */
  isOf(chunkSha256: Uint8Array): boolean {
    return this.#columns.chunkSha256 === chunkSha256;
  }

  get chunks(): Uint32Array {
    const { chunkRows, chunkStarts } = this.#columns;
    return chunkRows.subarray(chunkStarts[this.#row], chunkStarts[this.#row + 1]);
  }

  get sha256(): Sha256 {
    const { chunkRows, chunkStarts, chunkSha256, sha256, sha256Rows } = this.#columns;
    const start = chunkStarts[this.#row] as number;
    const count = (chunkStarts[this.#row + 1] as number) - start;
    if (count === 0) return EMPTY_SHA256;
    if (count === 1) return sha256At(chunkSha256, chunkRows[start] as number);
    return sha256At(sha256, sha256Rows[this.#row] as number);
  }
}
