import type { ChunkingParameters, Manifest, TreeEntry } from '../formats/manifest.ts';
import { checkChunking } from '../formats/manifest-check.ts';
import { DEFAULT_CHUNKING } from './chunker.ts';
import { gatherTree } from './scan-gathering.ts';
import { scanFiles } from './scan-pool.ts';
import { type WalkedEntry, type WalkedFile, walkTree } from './tree-walk.ts';
import { inSlices } from '../threads/slices.ts';

/** The distinct chunks of a tree as columns, in the order of first use; row `i` is one chunk. */
export interface ScannedChunks {
  readonly count: number;
  /** `32 × count` bytes: SHA-256 of each raw chunk. */
  readonly sha256: Uint8Array;
  readonly sizeBytes: Uint32Array;
  /** Where it first lies: index into {@link ScannedTree.entries}, or `NOWHERE`. */
  readonly entry: Uint32Array;
  /** Where it first lies: offset in that file. */
  readonly offset: Float64Array;
}

/** A folder as scanned: what a manifest says of it, but for where its chunks are stored. */
export interface ScannedTree {
  readonly root: string;
  readonly chunking: ChunkingParameters;
  /** Sorted by the UTF-8 bytes of their path; chunk lists are rows of {@link chunks}. */
  readonly entries: readonly TreeEntry[];
  readonly chunks: ScannedChunks;
  /** Sum of the sizes of all files. */
  readonly totalBytes: number;
}

export interface ScanProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesTotal: number;
}

export interface ScanOptions {
  readonly root: string;
  readonly chunking?: ChunkingParameters;
  /** Patterns as in `.gitignore`. */
  readonly ignore?: readonly string[];
  /** Whether a folder without a file is scanned as the empty tree; by default it is refused. */
  readonly mayBeEmpty?: boolean;
  /** Threads; by default one a core, and none for a few files. */
  readonly workers?: number;
  /** Whether to scan trees of some 100 MiB on the calling thread, which saves starting others. */
  readonly mayBlock?: boolean;
  /**
   * A build that the folder may hold: its chunks keep their rows, those of the folder alone follow, and an entry that lies
   * there as it is in the build is the build's own. Beside the build's 200,000 entries, others like them take 30 MiB.
   */
  readonly expected?: Manifest;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/**
 * Scan a folder: check its paths, read each file once, cut it into chunks and hash both. Memory is bounded by
 * the threads' buffers and about 100 bytes a chunk and 300 a file; nothing is written. The same tree gives the same result
 * whatever the number of threads.
 * @throws {AppError} `SCAN_…`, `PATH_…`, `LINK_…`; the signal's reason if it fires.
 */
export async function scanTree(options: ScanOptions): Promise<ScannedTree> {
  const { chunking = DEFAULT_CHUNKING } = options;
  checkChunking(chunking);
  return await scanWalked(await walkTree(options), { ...options, chunking });
}

/** {@link scanTree} of a folder that was listed already. */
export async function scanWalked(
  walked: readonly WalkedEntry[],
  {
    root,
    chunking,
    workers,
    mayBlock,
    expected,
    signal,
    onProgress,
  }: ScanOptions & Pick<ScannedTree, 'chunking'>,
): Promise<ScannedTree> {
  const files = walked.filter((entry): entry is WalkedFile => entry.kind === 'file');
  const bytesTotal = files.reduce((sum, file) => sum + file.stamp.sizeBytes, 0);
  let bytesDone = 0;
  const scans = await scanFiles(files, {
    root,
    chunking,
    threads: workers,
    mayBlock,
    signal,
    onBytes: (bytes) => {
      bytesDone += bytes;
      onProgress?.({ bytesDone, bytesTotal, filesTotal: files.length });
    },
  });
  const gathered = await inSlices(gatherTree(walked, scans, expected));
  return { root, chunking, totalBytes: bytesTotal, ...gathered };
}
