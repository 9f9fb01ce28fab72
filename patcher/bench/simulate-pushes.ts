import { createPackIndex } from '../formats/pack-format.ts';
import { computeSha256, sha256BytesAt } from '../formats/sha256.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import type { Manifest, PackReference } from '../formats/manifest.ts';
import { type PlacedPack, placeChunks } from '../push/place-chunks.ts';
import { planPush } from '../push/plan-push.ts';
import type { KnownChunks } from '../push/push-port.ts';
import type { ScannedTree } from '../scan/scan-tree.ts';

/** A scanned build and how long the frame of each of its chunks is. */
export interface MeasuredTree {
  readonly scanned: ScannedTree;
  readonly frameBytes: Uint32Array;
}

/** What a depot has after all pushes. */
export interface PushedBuilds {
  /** One a build, in the order of the pushes. */
  readonly manifests: readonly Manifest[];
  /** Sum of all packs. */
  readonly storedBytes: number;
  readonly packs: number;
}

/**
 * Push builds into an empty depot one after the other, as a real push plans it, but for the bytes of the packs: each
 * push puts only what is new into new packs.
 * @param packBytes Raw bytes at which a pack is closed.
 */
export function simulatePushes(builds: readonly MeasuredTree[], packBytes: number): PushedBuilds {
  const depot = new SimulatedDepot();
  const manifests = builds.map(({ scanned, frameBytes }): Manifest => {
    const known = depot.locate(scanned);
    const newPacks = planPush(scanned, known, packBytes).packs.map((rows) =>
      layPack(scanned, frameBytes, rows),
    );
    depot.add(newPacks);
    const { chunking, entries } = scanned;
    return {
      chunking,
      entries,
      ...placeChunks(scanned.chunks, known, newPacks),
      launch: [],
      preserve: [],
    };
  });
  return { manifests, storedBytes: depot.storedBytes, packs: depot.packs.length };
}

function layPack(scanned: ScannedTree, frameBytes: Uint32Array, rows: Uint32Array): PlacedPack {
  const index = createPackIndex(rows.length);
  let end = 0;
  rows.forEach((row, at) => {
    index.sha256.set(sha256BytesAt(scanned.chunks.sha256, row), at * 32);
    index.sizeBytes[at] = scanned.chunks.sizeBytes[row] as number;
    index.offset[at] = end;
    index.packedBytes[at] = frameBytes[row] as number;
    end += frameBytes[row] as number;
  });
  // Not the hash of its bytes, which nobody made, but as good a name.
  return { sha256: computeSha256(index.sha256), sizeBytes: end, index, rows };
}

/** Where every chunk ever pushed lies. */
class SimulatedDepot {
  readonly packs: PackReference[] = [];
  storedBytes = 0;
  readonly #index = new Sha256Index();
  readonly #pack: number[] = [];
  readonly #offset: number[] = [];
  readonly #packedBytes: number[] = [];

  locate({ chunks }: ScannedTree): KnownChunks {
    const rows = Array.from({ length: chunks.count }, (_, row) =>
      this.#index.find(sha256BytesAt(chunks.sha256, row)),
    );
    return {
      packs: this.packs,
      pack: rows.map((row) => this.#pack[row] ?? -1),
      offset: rows.map((row) => this.#offset[row] ?? 0),
      packedBytes: rows.map((row) => this.#packedBytes[row] ?? 0),
    };
  }

  add(packs: readonly PlacedPack[]): void {
    for (const { sha256, sizeBytes, index } of packs) {
      const pack = this.packs.push({ sha256, sizeBytes }) - 1;
      this.storedBytes += sizeBytes;
      for (let at = 0; at < index.count; at++) {
        this.#index.add(sha256BytesAt(index.sha256, at));
        this.#pack.push(pack);
        this.#offset.push(index.offset[at] as number);
        this.#packedBytes.push(index.packedBytes[at] as number);
      }
    }
  }
}
