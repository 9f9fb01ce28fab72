import type { FileEntry, TreeEntry } from '../../formats/manifest.ts';
import type { MadePiece, PatchEntry } from '../../formats/patch.ts';
import { appendPiece } from './repeats.ts';

/** What of a tree its files need for a patch; a manifest and a scanned tree both are one. */
export interface PatchTree {
  /** Sorted by the UTF-8 bytes of their path. */
  readonly entries: readonly TreeEntry[];
  /** Patterns of files that are the player's once they exist. */
  readonly preserve?: readonly string[];
  readonly chunks: {
    readonly count: number;
    readonly sha256: Uint8Array;
    readonly sizeBytes: Uint32Array;
  };
}

/** A stretch of a changed file that is made, and where it lies among all that have to be made. */
export interface MadeStretch {
  readonly file: FileEntry;
  readonly fileOffset: number;
  readonly offset: number;
  readonly length: number;
}

/** The new tree, with each file either a copy of an old one or a range of the made bytes. */
export interface NewSpace {
  /** Entries with `oldFile` counting in the files of the old tree. */
  readonly entries: readonly PatchEntry[];
  /** Where the made bytes come from: in their order, without gaps. */
  readonly made: readonly MadeStretch[];
  readonly madeBytes: number;
}

/** The files of a tree, in its order. */
export function listFiles(tree: PatchTree): FileEntry[] {
  return tree.entries.filter((entry): entry is FileEntry => entry.kind === 'file');
}

/**
 * Decide for each new file whether it is an old one (same path or moved), and lay the bytes of the rest end to end.
 * A chunk that occurs twice is made once, so that no segment repeats what another one stores.
 */
export function layNewSpace(oldFiles: readonly FileEntry[], newTree: PatchTree): NewSpace {
  const hashes = oldFiles.map(({ sha256 }) => sha256);
  const byHash = new Map(hashes.map((sha256, row) => [sha256, row]));
  const byPath = new Map(oldFiles.map((file, row) => [file.path, row]));
  const layout = new MadeLayout(newTree);
  const entries = newTree.entries.map((entry): PatchEntry => {
    if (entry.kind !== 'file') return entry;
    const { kind, path, mode, sizeBytes, sha256 } = entry;
    const samePath = byPath.get(path);
    const oldFile = samePath !== undefined && hashes[samePath] === sha256 ? samePath : byHash.get(sha256);
    if (oldFile !== undefined && sizeBytes > 0) {
      return { kind, path, mode, sizeBytes, origin: { kind: 'copy', oldFile } };
    }
    return { kind, path, mode, sizeBytes, origin: { kind: 'made', pieces: layout.add(entry) } };
  });
  return { entries, made: layout.made, madeBytes: layout.madeBytes };
}

/** Lays files among the made bytes, chunk by chunk. */
class MadeLayout {
  readonly made: MadeStretch[] = [];
  madeBytes = 0;
  readonly #sizes: Uint32Array;
  /** Where each chunk of the tree was laid first. */
  readonly #places = new Map<number, number>();

  constructor({ chunks }: PatchTree) {
    this.#sizes = chunks.sizeBytes;
  }

  add(file: FileEntry): MadePiece[] {
    const pieces: MadePiece[] = [];
    let fileOffset = 0;
    for (const chunk of file.chunks) {
      const length = this.#sizes[chunk] as number;
      const known = this.#places.get(chunk);
      if (known === undefined) this.#append(file, { chunk, fileOffset, length });
      appendPiece(pieces, { offset: known ?? this.madeBytes - length, length });
      fileOffset += length;
    }
    return pieces;
  }

  #append(file: FileEntry, place: { chunk: number; fileOffset: number; length: number }): void {
    const { chunk, fileOffset, length } = place;
    const last = this.made.at(-1);
    this.#places.set(chunk, this.madeBytes);
    if (last?.file === file && last.fileOffset + last.length === fileOffset) {
      this.made[this.made.length - 1] = { ...last, length: last.length + length };
    } else {
      this.made.push({ file, fileOffset, offset: this.madeBytes, length });
    }
    this.madeBytes += length;
  }
}

/** A chunk of a stretch, and where it lies among the made bytes. */
export interface MadeChunk {
  readonly chunk: number;
  readonly start: number;
  readonly length: number;
}

/** The chunks that lie in a stretch as a whole. */
export function* chunksOf(
  { file, fileOffset, offset, length }: MadeStretch,
  { chunks }: PatchTree,
): Generator<MadeChunk> {
  let position = 0;
  for (const chunk of file.chunks) {
    const chunkBytes = chunks.sizeBytes[chunk] as number;
    if (position + chunkBytes > fileOffset + length) return;
    if (position >= fileOffset) yield { chunk, start: offset + position - fileOffset, length: chunkBytes };
    position += chunkBytes;
  }
}
