import type { Manifest } from '../formats/manifest.ts';
import { sha256BytesAt } from '../formats/sha256.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import { forEachChunk, type InstalledTree } from './installed-tree.ts';

const NONE = -1;

/** Where a chunk of the new build lies on disk. */
export interface ChunkSeed {
  /** Which build's file it is. */
  readonly from: 'old' | 'new';
  /** Index of the entry in that build's manifest. */
  readonly entry: number;
  readonly offset: number;
}

/** Where chunks can be had without the network. */
export interface ChunkSource {
  /** @param row Row of the chunk in `next.chunks`. */
  readonly find: (next: Manifest, row: number) => ChunkSeed | undefined;
}

/** Finds the old build's chunks by their hash, in a few bytes a chunk. */
export class ChunkSeeds implements ChunkSource {
  readonly #index: Sha256Index;
  /** Per old chunk row: an old entry that holds it undamaged, or -1. */
  readonly #entry: Int32Array;
  readonly #offset: Float64Array;

  private constructor(index: Sha256Index, chunks: number) {
    this.#index = index;
    this.#entry = new Int32Array(chunks).fill(NONE);
    this.#offset = new Float64Array(chunks);
  }

  static *of({ manifest, states, damage }: InstalledTree): Slices<ChunkSeeds> {
    const index = yield* Sha256Index.slicesOf(manifest.chunks.sha256);
    const seeds = new ChunkSeeds(index, manifest.chunks.count);
    for (const [entry, file] of manifest.entries.entries()) {
      if (isPause(entry)) yield;
      if (file.kind !== 'file' || states[entry] === 'absent') continue;
      const wrong = damage.get(entry);
      forEachChunk(manifest, file, (row, offset, sizeBytes) => {
        if (seeds.#entry[row] !== NONE || wrong?.misses(offset, sizeBytes) === false) return;
        seeds.#entry[row] = entry;
        seeds.#offset[row] = offset;
      });
    }
    return seeds;
  }

  find(next: Manifest, row: number): ChunkSeed | undefined {
    const old = this.#index.find(sha256BytesAt(next.chunks.sha256, row));
    if (old === NONE) return undefined;
    const entry = this.#entry[old] as number;
    return entry === NONE ? undefined : { from: 'old', entry, offset: this.#offset[old] as number };
  }
}
