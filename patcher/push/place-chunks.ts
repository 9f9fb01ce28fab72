import type { ChunkTable, PackReference, Sha256 } from '../formats/manifest.ts';
import type { PackIndex } from '../formats/pack-format.ts';
import type { ScannedChunks } from '../scan/scan-tree.ts';
import type { KnownChunks } from './push-port.ts';

/** A new pack as the manifest needs it: its name, its size, and where its chunks lie. */
export interface PlacedPack {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly index: PackIndex;
  /** Rows of the scanned chunk table, as in the index. */
  readonly rows: Uint32Array;
}

/**
 * Give every chunk of a scanned tree its place. Packs are listed in the order in which the tree first needs
 * them, so that the same tree in the same places gives the same table.
 */
export function placeChunks(
  chunks: ScannedChunks,
  known: KnownChunks,
  newPacks: readonly PlacedPack[],
): { readonly chunks: ChunkTable; readonly packs: readonly PackReference[] } {
  const packOf: (PackReference | undefined)[] = Array.from(
    { length: chunks.count },
    (_, row) => known.packs[known.pack[row] as number],
  );
  const offset = Uint32Array.from(known.offset);
  const packedBytes = Uint32Array.from(known.packedBytes);
  for (const pack of newPacks) {
    const reference = { sha256: pack.sha256, sizeBytes: pack.sizeBytes };
    pack.rows.forEach((row, at) => {
      packOf[row] = reference;
      offset[row] = pack.index.offset[at] as number;
      packedBytes[row] = pack.index.packedBytes[at] as number;
    });
  }
  const packs = new Map<Sha256, { readonly row: number; readonly reference: PackReference }>();
  const pack = Uint32Array.from(packOf, (reference, row) => {
    if (reference === undefined) throw new Error(`chunk ${row} was neither known nor packed`);
    const listed = packs.get(reference.sha256) ?? { row: packs.size, reference };
    packs.set(reference.sha256, listed);
    return listed.row;
  });
  const { count, sha256, sizeBytes } = chunks;
  return {
    chunks: { count, sha256, sizeBytes, pack, offset, packedBytes },
    packs: [...packs.values()].map(({ reference }) => ({
      sha256: reference.sha256,
      sizeBytes: reference.sizeBytes,
    })),
  };
}
