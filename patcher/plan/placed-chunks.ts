import type { Manifest } from '../formats/manifest.ts';
import { forEachChunk } from './installed-tree.ts';
import type { ChunkSeed, ChunkSource } from './chunk-seeds.ts';

const NONE = -1;

/** Finds chunks in files of the new build that are in place already, before asking for those of the old one. */
export class PlacedChunks implements ChunkSource {
  readonly #next: Manifest;
  readonly #old: ChunkSource | undefined;
  /** Per new chunk row: a new entry that holds it and is in place, or -1. */
  readonly #entry: Int32Array;
  readonly #offset: Float64Array;

  constructor(next: Manifest, old: ChunkSource | undefined) {
    this.#next = next;
    this.#old = old;
    this.#entry = new Int32Array(next.chunks.count).fill(NONE);
    this.#offset = new Float64Array(next.chunks.count);
  }

  /** A file of the new build is in place, and stays. */
  add(entry: number): void {
    const file = this.#next.entries[entry];
    if (file?.kind !== 'file') return;
    forEachChunk(this.#next, file, (row, offset) => {
      if (this.#entry[row] !== NONE) return;
      this.#entry[row] = entry;
      this.#offset[row] = offset;
    });
  }

  find(next: Manifest, row: number): ChunkSeed | undefined {
    const entry = this.#entry[row] as number;
    if (entry === NONE) return this.#old?.find(next, row);
    return { from: 'new', entry, offset: this.#offset[row] as number };
  }
}
