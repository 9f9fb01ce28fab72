import path from 'node:path';
import type { ChunkingParameters, TreeEntry } from '../formats/manifest.ts';
import { checkChunking } from '../formats/manifest-check.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { sha256BytesAt } from '../formats/sha256.ts';
import { DEFAULT_CHUNKING } from './chunker.ts';
import type { FileScan } from './scan-file.ts';
import { scanFiles } from './scan-pool.ts';
import { type WalkedEntry, type WalkedFile, walkTree } from './tree-walk.ts';

/** The distinct chunks of a tree as columns, in the order of first use; row `i` is one chunk. */
export interface ScannedChunks {
  readonly count: number;
  /** `32 × count` bytes: SHA-256 of each raw chunk. */
  readonly sha256: Uint8Array;
  readonly sizeBytes: Uint32Array;
  /** Where it first lies: index into {@link ScannedTree.entries}. */
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
  /** Threads; by default one a core, and none for a few files. */
  readonly workers?: number;
  /** Whether to scan trees of some 100 MiB on the calling thread, which saves starting others. */
  readonly mayBlock?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/**
 * Scan a folder: check its paths, read each file once, cut it into chunks and hash both. Memory is bounded by
 * the threads' buffers and about 100 bytes a chunk; nothing is written. The same tree gives the same result
 * whatever the number of threads.
 * @throws {AppError} `SCAN_…`, `PATH_…`, `LINK_…`; the signal's reason if it fires.
 */
export async function scanTree(options: ScanOptions): Promise<ScannedTree> {
  const { root, chunking = DEFAULT_CHUNKING, workers, mayBlock, signal, onProgress } = options;
  checkChunking(chunking);
  const walked = await walkTree(options);
  const files = walked.filter((entry): entry is WalkedFile => entry.kind === 'file');
  const bytesTotal = files.reduce((sum, file) => sum + file.stamp.sizeBytes, 0);
  let bytesDone = 0;
  const scans = await scanFiles(
    files.map((file) => ({ absolute: path.join(root, file.path), path: file.path, stamp: file.stamp })),
    {
      chunking,
      threads: workers,
      mayBlock,
      signal,
      onBytes: (bytes) => {
        bytesDone += bytes;
        onProgress?.({ bytesDone, bytesTotal, filesTotal: files.length });
      },
    },
  );
  return { root, chunking, totalBytes: bytesTotal, ...gatherTree(walked, scans) };
}

/** Give every distinct chunk a row, in tree order. */
function gatherTree(
  walked: readonly WalkedEntry[],
  scans: readonly FileScan[],
): Pick<ScannedTree, 'entries' | 'chunks'> {
  const gathering = new ChunkGathering();
  let file = 0;
  const entries = walked.map((entry, row): TreeEntry => {
    if (entry.kind !== 'file') return entry;
    const scan = scans[file++] as FileScan;
    const { path: treePath, mode, stamp } = entry;
    const chunks = gathering.add(row, scan);
    return { kind: 'file', path: treePath, mode, sizeBytes: stamp.sizeBytes, sha256: scan.sha256, chunks };
  });
  return { entries, chunks: gathering.finish() };
}

class ChunkGathering {
  readonly #index = new Sha256Index();
  readonly #sizes: number[] = [];
  readonly #entries: number[] = [];
  readonly #offsets: number[] = [];

  /** Rows of the chunks of one file. */
  add(entry: number, { chunkSizes, chunkSha256 }: FileScan): Uint32Array {
    let offset = 0;
    return chunkSizes.map((sizeBytes, at) => {
      const row = this.#index.add(sha256BytesAt(chunkSha256, at));
      if (row === this.#sizes.length) {
        this.#sizes.push(sizeBytes);
        this.#entries.push(entry);
        this.#offsets.push(offset);
      }
      offset += sizeBytes;
      return row;
    });
  }

  finish(): ScannedChunks {
    return {
      count: this.#index.count,
      sha256: this.#index.column.slice(),
      sizeBytes: Uint32Array.from(this.#sizes),
      entry: Uint32Array.from(this.#entries),
      offset: Float64Array.from(this.#offsets),
    };
  }
}
