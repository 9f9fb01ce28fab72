import type { FileEntry, Manifest, TreeEntry } from '../formats/manifest.ts';
import type { ByteIntervals } from './byte-intervals.ts';

/** What lies on disk for one entry of the installed manifest. */
export type EntryState =
  /** As the manifest says, as far as was looked. */
  | 'present'
  /** There, of the right kind, but with wrong bytes; its damage is known. */
  | 'damaged'
  /** Not there, or something else is. */
  | 'absent';

/** The old build as it really lies on disk. */
export interface InstalledTree {
  readonly manifest: Manifest;
  /** Per entry of `manifest`. */
  readonly states: readonly EntryState[];
  /** Per entry: permission bits on disk; of no meaning for links and what is absent. */
  readonly modes: Uint16Array;
  /** Entry → wrong bytes of a damaged file. */
  readonly damage: ReadonlyMap<number, ByteIntervals>;
}

/** An old build that is exactly what its manifest says. */
export function intactTree(manifest: Manifest): InstalledTree {
  return {
    manifest,
    states: manifest.entries.map(() => 'present'),
    modes: Uint16Array.from(manifest.entries, modeOf),
    damage: new Map(),
  };
}

/** Permission bits of an entry; 0 for a link, which has none. */
export function modeOf(entry: TreeEntry): number {
  return entry.kind === 'link' ? 0 : entry.mode;
}

/** Visit each chunk of a file with its offset in the file. */
export function forEachChunk(
  manifest: Manifest,
  file: FileEntry,
  visit: (row: number, offset: number, sizeBytes: number) => void,
): void {
  let offset = 0;
  for (const row of file.chunks) {
    const sizeBytes = manifest.chunks.sizeBytes[row] as number;
    visit(row, offset, sizeBytes);
    offset += sizeBytes;
  }
}
