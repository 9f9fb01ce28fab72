import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { encodeChunk } from '../formats/pack-format.ts';
import { sha256BytesAt } from '../formats/sha256.ts';
import type { ScannedTree } from '../scan/scan-tree.ts';

/** Measures how long the frames of chunks are, each content once. */
export class FrameSizes {
  readonly #level: number;
  readonly #known = new Map<string, number>();

  /** @param level zstd level, 1 to 22. */
  constructor(level: number) {
    this.#level = level;
  }

  /** @returns Length of the frame of each chunk of a tree; its files are read. */
  measure({ root, entries, chunks }: ScannedTree): Uint32Array {
    return chunks.sizeBytes.map((sizeBytes, row) => {
      const name = Buffer.from(sha256BytesAt(chunks.sha256, row)).toString('latin1');
      const known = this.#known.get(name);
      if (known !== undefined) return known;
      const file = path.join(root, entries[chunks.entry[row] as number]?.path ?? '');
      const raw = readPiece(file, chunks.offset[row] as number, sizeBytes);
      const frameBytes = encodeChunk(raw, this.#level).length;
      this.#known.set(name, frameBytes);
      return frameBytes;
    });
  }
}

/** @throws {Error} When the file has become shorter since it was scanned. */
export function readPiece(file: string, offset: number, sizeBytes: number): Buffer {
  const piece = Buffer.allocUnsafe(sizeBytes);
  const descriptor = openSync(file, 'r');
  try {
    for (let at = 0; at < sizeBytes; ) {
      const got = readSync(descriptor, piece, at, sizeBytes - at, offset + at);
      if (got === 0) throw new Error(`${file} has changed`);
      at += got;
    }
  } finally {
    closeSync(descriptor);
  }
  return piece;
}
