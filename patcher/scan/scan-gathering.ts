import { type FileColumns, FileRow } from '../formats/file-row.ts';
import type { Manifest, TreeEntry } from '../formats/manifest.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { SHA256_BYTES, sha256BytesAt } from '../formats/sha256.ts';
import { pairByPath, UNPAIRED } from '../paths/pair-by-path.ts';
import { type ScanBatch, unpackScans } from './scan-batch.ts';
import type { FileScan } from './scan-file.ts';
import type { ScannedTree } from './scan-tree.ts';
import type { WalkedEntry, WalkedFile } from './tree-walk.ts';
import { isPause, type Slices } from '../threads/slices.ts';

/**
 * Give every distinct chunk a row, in tree order.
 * @param walked As listed, in tree order.
 * @param batches Scans of its files, in their order; emptied on the way, as both together would be held at the most.
 * @param expected As in `ScanOptions`.
 */
export function* gatherTree(
  walked: readonly WalkedEntry[],
  batches: ScanBatch[],
  expected?: Manifest,
): Slices<Pick<ScannedTree, 'entries' | 'chunks'>> {
  const known = expected && { index: yield* Sha256Index.slicesOf(expected.chunks.sha256), ...expected };
  const gathering = new ScanGathering(batches, known);
  const rows = walked.flatMap((entry, row) => (entry.kind === 'file' ? [row] : []));
  let file = 0;
  for (let at = 0; at < batches.length; at++) {
    const scans = unpackScans(batches[at] as ScanBatch);
    batches[at] = NO_SCANS;
    for (const scan of scans) gathering.add(rows[file++] as number, scan);
    yield;
  }
  const { chunks, files } = gathering.finish();
  file = 0;
  const entries: TreeEntry[] = [];
  const pairs = expected && (yield* pairByPath(expected.entries, walked));
  for (const [row, entry] of walked.entries()) {
    if (isPause(row)) yield;
    const found = entry.kind === 'file' ? toFile(entry, files, file++) : entry;
    const other = expected?.entries[pairs?.[row] ?? UNPAIRED];
    entries.push(other !== undefined && equalEntries(found, other) ? other : found);
  }
  return { entries, chunks };
}

function toFile({ path, mode, stamp }: WalkedFile, files: FileColumns, row: number): FileRow {
  return new FileRow({ path, mode, sizeBytes: stamp.sizeBytes }, files, row);
}

/** @param left Of the same path. */
function equalEntries(left: TreeEntry, right: TreeEntry): boolean {
  if (left.kind === 'link') return right.kind === 'link' && left.target === right.target;
  if (right.kind !== left.kind || right.mode !== left.mode) return false;
  return left.kind === 'directory' || (right.kind === 'file' && right.sha256 === left.sha256);
}

const NO_SCANS: ScanBatch = {
  sha256: new Uint8Array(),
  chunkCounts: new Uint32Array(),
  chunkSizes: new Uint32Array(),
  chunkSha256: new Uint8Array(),
};

/** In place of the entry of a chunk that only the expected build has. */
export const NOWHERE = 0xffffffff;

/** Chunks that have their rows already, and their index. */
interface KnownChunks extends Pick<Manifest, 'chunks'> {
  readonly index: Sha256Index;
}

/** What is known of a tree's files and chunks, as columns: as objects, those of 200,000 files would take 80 MiB. */
class ScanGathering {
  readonly #known: KnownChunks | undefined;
  readonly #index: Sha256Index;
  /** As long as if no chunk were there twice. */
  readonly #sizes: Uint32Array;
  readonly #entries: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #chunkRows: Uint32Array;
  readonly #chunkStarts: Uint32Array;
  readonly #sha256: Uint8Array;
  readonly #sha256Rows: Uint32Array;
  #files = 0;
  #hashes = 0;

  constructor(batches: readonly ScanBatch[], known?: KnownChunks) {
    const references = batches.reduce((sum, { chunkSizes }) => sum + chunkSizes.length, 0);
    const files = batches.reduce((sum, { chunkCounts }) => sum + chunkCounts.length, 0);
    const hashes = batches.reduce((sum, batch) => sum + batch.chunkCounts.filter(isSeveral).length, 0);
    const rows = references + (known?.chunks.count ?? 0);
    this.#known = known;
    this.#index = known?.index ?? new Sha256Index(Math.max(1, references));
    this.#sizes = new Uint32Array(rows);
    this.#sizes.set(known?.chunks.sizeBytes ?? []);
    this.#entries = new Uint32Array(rows).fill(NOWHERE);
    this.#offsets = new Float64Array(rows);
    this.#chunkRows = new Uint32Array(references);
    this.#chunkStarts = new Uint32Array(files + 1);
    this.#sha256 = new Uint8Array(hashes * SHA256_BYTES);
    this.#sha256Rows = new Uint32Array(files);
  }

  add(entry: number, { sha256, chunkSizes, chunkSha256 }: FileScan): void {
    const start = this.#chunkStarts[this.#files] as number;
    let offset = 0;
    chunkSizes.forEach((sizeBytes, at) => {
      const row = this.#index.add(sha256BytesAt(chunkSha256, at));
      if (this.#entries[row] === NOWHERE) {
        this.#sizes[row] = sizeBytes;
        this.#entries[row] = entry;
        this.#offsets[row] = offset;
      }
      this.#chunkRows[start + at] = row;
      offset += sizeBytes;
    });
    this.#sha256Rows[this.#files] = this.#hashes;
    if (isSeveral(chunkSizes.length))
      this.#sha256.set(Buffer.from(sha256, 'hex'), this.#hashes++ * SHA256_BYTES);
    this.#chunkStarts[++this.#files] = start + chunkSizes.length;
  }

  finish(): { readonly chunks: ScannedTree['chunks']; readonly files: FileColumns } {
    const { count } = this.#index;
    const isKnown = count === this.#known?.chunks.count;
    const sha256 = isKnown ? this.#known.chunks.sha256 : this.#index.column.slice();
    return {
      chunks: {
        count,
        sha256,
        sizeBytes: this.#sizes.slice(0, count),
        entry: this.#entries.slice(0, count),
        offset: this.#offsets.slice(0, count),
      },
      files: {
        chunkRows: this.#chunkRows,
        chunkStarts: this.#chunkStarts,
        chunkSha256: sha256,
        sha256: this.#sha256,
        sha256Rows: this.#sha256Rows,
      },
    };
  }
}

/** A file of one chunk has the chunk's hash, an empty one that of nothing. */
function isSeveral(chunks: number): boolean {
  return chunks > 1;
}
