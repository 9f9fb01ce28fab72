import type { FileEntry, TreeEntry } from '../formats/manifest.ts';
import type { PatchEntry } from '../formats/patch.ts';

/** What of a tree its files need for a patch; a manifest and a scanned tree both are one. */
export interface PatchTree {
  /** Sorted by the UTF-8 bytes of their path. */
  readonly entries: readonly TreeEntry[];
  readonly chunks: {
    readonly count: number;
    readonly sha256: Uint8Array;
    readonly sizeBytes: Uint32Array;
  };
}

/** A changed file and where its bytes lie among all that have to be made. */
export interface MadeFile {
  readonly file: FileEntry;
  readonly offset: number;
}

/** The new tree, with each file either a copy of an old one or a range of the made bytes. */
export interface NewSpace {
  /** Entries with `oldFile` counting in the files of the old tree. */
  readonly entries: readonly PatchEntry[];
  /** Files that have bytes of their own among the made ones, by offset. */
  readonly made: readonly MadeFile[];
  readonly madeBytes: number;
}

/** The files of a tree, in its order. */
export function listFiles(tree: PatchTree): FileEntry[] {
  return tree.entries.filter((entry): entry is FileEntry => entry.kind === 'file');
}

/**
 * Decide for each new file whether it is an old one (same path or moved), and lay the rest end to end.
 * Equal new files share their made bytes; empty files are made of none.
 */
export function layNewSpace(oldFiles: readonly FileEntry[], newTree: PatchTree): NewSpace {
  const byHash = new Map(oldFiles.map((file, row) => [file.sha256, row]));
  const byPath = new Map(oldFiles.map((file, row) => [file.path, row]));
  const offsetByHash = new Map<string, number>();
  const made: MadeFile[] = [];
  let madeBytes = 0;
  const entries = newTree.entries.map((entry): PatchEntry => {
    if (entry.kind !== 'file') return entry;
    const { kind, path, mode, sizeBytes, sha256 } = entry;
    const samePath = byPath.get(path);
    const oldFile =
      samePath !== undefined && oldFiles[samePath]?.sha256 === sha256 ? samePath : byHash.get(sha256);
    if (oldFile !== undefined && sizeBytes > 0) {
      return { kind, path, mode, sizeBytes, origin: { kind: 'copy', oldFile } };
    }
    const offset = offsetByHash.get(sha256) ?? madeBytes;
    if (offset === madeBytes && sizeBytes > 0) {
      made.push({ file: entry, offset });
      offsetByHash.set(sha256, offset);
      madeBytes += sizeBytes;
    }
    return { kind, path, mode, sizeBytes, origin: { kind: 'made', offset } };
  });
  return { entries, made, madeBytes };
}
