/** A SHA-256 as 64 lower-case hex digits. */
export type Sha256 = string & { readonly __brand: 'Sha256' };

/** Where chunk boundaries may fall; recorded in every manifest so that any reader can cut the same way. */
export interface ChunkingParameters {
  readonly minBytes: number;
  readonly averageBytes: number;
  readonly maxBytes: number;
}

/** One regular file. `mode` is its permission bits, 0 to 0o777; `chunks` are indexes into {@link Manifest.chunks} in file order, empty for an empty file. */
export interface FileEntry {
  readonly kind: 'file';
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly chunks: Uint32Array;
}

/** One symbolic link, relative and inside the tree. */
export interface LinkEntry {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
}

/** One directory; every directory of the tree has an entry, so that empty ones and their modes survive. */
export interface DirectoryEntry {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode: number;
}

export type TreeEntry = FileEntry | LinkEntry | DirectoryEntry;

/** The distinct chunks of a build as columns: row `i` is one chunk. */
export interface ChunkTable {
  readonly count: number;
  /** `32 × count` bytes: SHA-256 of the raw chunk. */
  readonly sha256: Uint8Array;
  /** Raw size of each chunk. */
  readonly sizeBytes: Uint32Array;
  /** Index into {@link Manifest.packs}. */
  readonly pack: Uint32Array;
  /** Where its frame begins inside the pack object. */
  readonly offset: Uint32Array;
  /** Length of its zstd frame. */
  readonly packedBytes: Uint32Array;
}

/** One pack object: chunks as independent zstd frames, one after the other. */
export interface PackReference {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

/** One way to start the game. `executable` starts a program of the tree; `web` opens a page of the tree in a sandboxed window. */
export interface LaunchTarget {
  readonly name: string;
  readonly kind: 'executable' | 'web';
  /** Path of an entry of this manifest. */
  readonly path: string;
  readonly arguments: readonly string[];
  /** Folder inside the tree, '' for its root. */
  readonly workingDirectory: string;
}

/** A build's list of files with sizes, hashes and chunks. Entries are sorted by the UTF-8 bytes of their path. */
export interface Manifest {
  readonly chunking: ChunkingParameters;
  readonly entries: readonly TreeEntry[];
  readonly chunks: ChunkTable;
  readonly packs: readonly PackReference[];
  readonly launch: readonly LaunchTarget[];
  /** Glob patterns of files that belong to the player once they exist: updates, repair and (if kept) uninstall leave them. */
  readonly preserve: readonly string[];
}
