import {
  type CoalescedRange,
  type CoalesceOptions,
  coalesceBySlices,
  DEFAULT_COALESCING,
} from '../download/coalesce-ranges.ts';
import type { Manifest } from '../formats/manifest.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import type { StagedExtents } from './byte-intervals.ts';
import type { ChunkSeed, ChunkSource } from './chunk-seeds.ts';
import { forEachChunk } from './installed-tree.ts';

const NONE = -1;

/** One place of a new file that waits for a chunk. */
export interface ChunkDestination {
  readonly entry: number;
  readonly offset: number;
}

/** Chunks that new files still lack, by where they come from. Map keys are rows of the new chunk table. */
export interface ChunkNeeds {
  readonly destinations: Pick<ReadonlyMap<number, readonly ChunkDestination[]>, 'get'>;
  readonly local: ReadonlyMap<number, ChunkSeed>;
  /** Rows to download, ascending. */
  readonly remote: readonly number[];
}

/** A chunk's frame as a range of its pack. */
export interface ChunkRange {
  readonly row: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** One range request of one pack. */
export interface ChunkRequest {
  /** Index into the manifest's packs. */
  readonly pack: number;
  readonly range: CoalescedRange<ChunkRange>;
}

/**
 * Which chunks the given new files lack, and where each is to be had.
 * @param entries Indexes of new files to complete.
 * @param seeds Chunks on disk; undefined to download everything.
 */
export function* collectChunkNeeds(
  next: Manifest,
  entries: Iterable<number>,
  options: { readonly staged: StagedExtents; readonly seeds: ChunkSource | undefined },
): Slices<ChunkNeeds> {
  const destinations = new ChunkDestinations();
  let looked = 0;
  for (const entry of entries) {
    if (isPause(looked++)) yield;
    const file = next.entries[entry];
    const staged = options.staged.get(entry);
    if (file?.kind !== 'file' || staged === 'complete') continue;
    forEachChunk(next, file, (row, offset, sizeBytes) => {
      if (staged?.covers(offset, sizeBytes) !== true) destinations.add(row, entry, offset);
    });
  }
  const local = new Map<number, ChunkSeed>();
  const remote: number[] = [];
  for (const row of destinations.rows()) {
    if (isPause(looked++)) yield;
    const seed = options.seeds?.find(next, row);
    if (seed === undefined) remote.push(row);
    else local.set(row, seed);
  }
  remote.sort((a, b) => a - b);
  return { destinations, local, remote };
}

/** The range requests that fetch these chunks, in the order of packs. */
export function* planChunkRequests(
  next: Manifest,
  rows: Iterable<number>,
  coalescing: CoalesceOptions = DEFAULT_COALESCING,
): Slices<ChunkRequest[]> {
  const byPack = new Map<number, ChunkRange[]>();
  let looked = 0;
  for (const row of rows) {
    if (isPause(looked++)) yield;
    const pack = next.chunks.pack[row] as number;
    const range = {
      row,
      offset: next.chunks.offset[row] as number,
      sizeBytes: next.chunks.packedBytes[row] as number,
    };
    const ranges = byPack.get(pack);
    if (ranges === undefined) byPack.set(pack, [range]);
    else ranges.push(range);
  }
  const requests: ChunkRequest[] = [];
  for (const [pack, ranges] of [...byPack].sort(([a], [b]) => a - b)) {
    for (const range of yield* coalesceBySlices(ranges, coalescing)) requests.push({ pack, range });
  }
  return requests;
}

/**
 * Places by chunk, as columns linked by index: a list and an object for each would take 150 bytes a file, and a first
 * install has as many as files.
 */
class ChunkDestinations {
  /** Row → index of the place added last. */
  readonly #last = new Map<number, number>();
  readonly #entry: number[] = [];
  readonly #offset: number[] = [];
  /** Index of the place of the same chunk added before, or {@link NONE}. */
  readonly #before: number[] = [];

  add(row: number, entry: number, offset: number): void {
    this.#before.push(this.#last.get(row) ?? NONE);
    this.#last.set(row, this.#entry.length);
    this.#entry.push(entry);
    this.#offset.push(offset);
  }

  /** In the order in which they first got a place. */
  rows(): Iterable<number> {
    return this.#last.keys();
  }

  /** In the order they were added; `[]` for a row that has none. */
  get(row: number): ChunkDestination[] {
    const found: ChunkDestination[] = [];
    for (let at = this.#last.get(row) ?? NONE; at !== NONE; at = this.#before[at] as number) {
      found.push({ entry: this.#entry[at] as number, offset: this.#offset[at] as number });
    }
    return found.reverse();
  }
}
