import type { Chunks, Entries, Packs } from './gen/manifest_pb.ts';
import { PATH_CHARACTERS_MAX } from '../paths/path-policy.ts';
import { formatErrors } from './format-errors.ts';
import type { ChunkTable, PackReference, Sha256, TreeEntry } from './manifest.ts';
import { type Columns, ENTRY_KINDS } from './manifest-columns.ts';
import type { ManifestLimits } from './manifest-limits.ts';
import { EMPTY_SHA256, SHA256_BYTES, sha256At } from './sha256.ts';
import { parseSignedColumn, parseUnsignedColumn } from './varint-column.ts';

const UINT32_MAX = 2 ** 32 - 1;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const PATH_BYTES_MAX = PATH_CHARACTERS_MAX * 3;

/** Turn columns into a chunk table; places and sizes are checked later, by `checkManifest`. */
export function toChunkTable(columns: Columns<Chunks>, limits: ManifestLimits): ChunkTable {
  const { count } = columns;
  checkCount('chunks', count, limits.chunksMax);
  checkHashes(columns.sha256, count);
  const sizes = parseUnsignedColumn(columns.size, count, 'chunks.size');
  const packSteps = parseSignedColumn(columns.pack, count, 'chunks.pack');
  const offsetSteps = parseSignedColumn(columns.offset, count, 'chunks.offset');
  const saved = parseSignedColumn(columns.saved, count, 'chunks.saved');
  const table = {
    count,
    sha256: Uint8Array.from(columns.sha256),
    sizeBytes: new Uint32Array(count),
    pack: new Uint32Array(count),
    offset: new Uint32Array(count),
    packedBytes: new Uint32Array(count),
  };
  let pack = 0;
  let end = 0;
  for (let row = 0; row < count; row++) {
    const step = packSteps[row] as number;
    if (step !== 0) end = 0;
    pack = toUint32(pack + step, 'chunks.pack');
    const offset = toUint32(end + (offsetSteps[row] as number), 'chunks.offset');
    table.pack[row] = pack;
    table.offset[row] = offset;
    table.sizeBytes[row] = toUint32(sizes[row] as number, 'chunks.size');
    table.packedBytes[row] = toUint32((sizes[row] as number) - (saved[row] as number), 'chunks.saved');
    end = offset + (table.packedBytes[row] as number);
  }
  return table;
}

export function toPacks(columns: Columns<Packs>, limits: ManifestLimits): PackReference[] {
  checkCount('packs', columns.count, limits.packsMax);
  checkHashes(columns.sha256, columns.count);
  const sizes = parseUnsignedColumn(columns.size, columns.count, 'packs.size');
  return Array.from(sizes, (sizeBytes, row) => ({ sha256: sha256At(columns.sha256, row), sizeBytes }));
}

/** Turn columns into entries; `chunks` gives files of one chunk their hash. */
export function toEntries(
  columns: Columns<Entries>,
  chunks: ChunkTable,
  limits: ManifestLimits,
): TreeEntry[] {
  checkCount('entries', columns.count, limits.entriesMax);
  if (columns.kind.length !== columns.count) throw malformed('entries.kind does not have one byte an entry');
  const paths = toPaths(columns);
  const files = new FileRows(columns, chunks, limits);
  const targets = toLinkTargets(columns);
  const notLinks = columns.count - countKind(columns.kind, ENTRY_KINDS.link);
  const modes = parseUnsignedColumn(columns.mode, notLinks, 'entries.mode');
  let modeRow = 0;
  let linkRow = 0;
  return paths.map((path, row): TreeEntry => {
    const kind = columns.kind[row];
    if (kind === ENTRY_KINDS.link) return { kind: 'link', path, target: targets[linkRow++] as string };
    const mode = modes[modeRow++] as number;
    if (kind === ENTRY_KINDS.directory) return { kind: 'directory', path, mode };
    if (kind !== ENTRY_KINDS.file) throw malformed('an entry is of no known kind');
    return { kind: 'file', path, mode, ...files.next() };
  });
}

/** Hands out the columns of files row by row. */
class FileRows {
  readonly #columns: Columns<Entries>;
  readonly #chunks: ChunkTable;
  readonly #sizes: Float64Array;
  readonly #counts: Float64Array;
  readonly #rows: Uint32Array;
  #file = 0;
  #chunk = 0;
  #hash = 0;

  constructor(columns: Columns<Entries>, chunks: ChunkTable, limits: ManifestLimits) {
    const files = countKind(columns.kind, ENTRY_KINDS.file);
    this.#columns = columns;
    this.#chunks = chunks;
    this.#sizes = parseUnsignedColumn(columns.fileSize, files, 'entries.file_size');
    this.#counts = parseUnsignedColumn(columns.fileChunkCount, files, 'entries.file_chunk_count');
    const references = this.#counts.reduce((sum, count) => sum + count, 0);
    checkCount('chunks of files', references, limits.chunkReferencesMax);
    this.#rows = toChunkRows(columns.fileChunk, references, chunks.count);
    checkHashes(columns.fileSha256, this.#counts.filter((count) => count > 1).length);
  }

  next(): { readonly sizeBytes: number; readonly sha256: Sha256; readonly chunks: Uint32Array } {
    const count = this.#counts[this.#file] as number;
    const sizeBytes = this.#sizes[this.#file++] as number;
    // A view: 200,000 buffers of their own would cost more than what they hold.
    const chunks = this.#rows.subarray(this.#chunk, this.#chunk + count);
    this.#chunk += count;
    return { sizeBytes, sha256: this.#sha256(chunks), chunks };
  }

  #sha256(chunks: Uint32Array): Sha256 {
    if (chunks.length === 0) return EMPTY_SHA256;
    if (chunks.length === 1) return sha256At(this.#chunks.sha256, chunks[0] as number);
    return sha256At(this.#columns.fileSha256, this.#hash++);
  }
}

function toChunkRows(column: Uint8Array, references: number, chunkCount: number): Uint32Array {
  const steps = parseSignedColumn(column, references, 'entries.file_chunk');
  const rows = new Uint32Array(references);
  let expected = 0;
  for (let at = 0; at < references; at++) {
    const row = expected + (steps[at] as number);
    if (row < 0 || row >= chunkCount) throw malformed('a file has a chunk that is not listed');
    rows[at] = row;
    expected = row + 1;
  }
  return rows;
}

/** Turn columns into paths, strictly ascending by their UTF-8 bytes. */
export function toPaths(
  columns: Pick<Columns<Entries>, 'count' | 'pathShared' | 'pathRestLength' | 'pathRest'>,
): string[] {
  const { count, pathRest } = columns;
  const shared = parseUnsignedColumn(columns.pathShared, count, 'entries.path_shared');
  const lengths = parseUnsignedColumn(columns.pathRestLength, count, 'entries.path_rest_length');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const paths: string[] = [];
  let path = Buffer.alloc(0);
  let at = 0;
  for (let row = 0; row < count; row++) {
    const common = shared[row] as number;
    const length = lengths[row] as number;
    // Strictly ascending, and no more could have been shared: the first differing byte must be larger.
    const ascends = common <= path.length && length > 0 && (path[common] ?? -1) < (pathRest[at] ?? -1);
    if (!ascends || at + length > pathRest.length) throw malformed('its paths are not sorted or cut short');
    // Paths longer than the policy allows are refused before they can pile up.
    if (common + length > PATH_BYTES_MAX) throw malformed('a path is too long');
    path = Buffer.concat([path.subarray(0, common), pathRest.subarray(at, at + length)]);
    at += length;
    paths.push(decodeText(decoder, path));
  }
  if (at !== pathRest.length) throw malformed('bytes follow the last path');
  return paths;
}

/** Turn columns into the targets of links. */
export function toLinkTargets(
  columns: Pick<Columns<Entries>, 'kind' | 'linkTargetLength' | 'linkTarget'>,
): string[] {
  const links = countKind(columns.kind, ENTRY_KINDS.link);
  const lengths = parseUnsignedColumn(columns.linkTargetLength, links, 'entries.link_target_length');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  const targets = Array.from(lengths, (length) => {
    if (at + length > columns.linkTarget.length) throw malformed('a link target is cut short');
    const bytes = columns.linkTarget.subarray(at, at + length);
    at += length;
    return decodeText(decoder, bytes);
  });
  if (at !== columns.linkTarget.length) throw malformed('bytes follow the last link target');
  return targets;
}

function decodeText(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason: 'a text is not UTF-8' }, error);
  }
}

function countKind(kinds: Uint8Array, kind: number): number {
  let count = 0;
  for (const one of kinds) if (one === kind) count++;
  return count;
}

function toUint32(value: number, column: string): number {
  if (value < 0 || value > UINT32_MAX) throw malformed(`a number of ${column} is out of bounds`);
  return value;
}

function checkHashes(column: Uint8Array, rows: number): void {
  if (column.length !== rows * SHA256_BYTES) throw malformed('a column of hashes has the wrong length');
}

function checkCount(what: string, actual: number, max: number): void {
  if (actual > max) throw formatErrors.error('FORMAT_MANIFEST_TOO_LARGE', { what, actual, max });
}

function malformed(reason: string): Error {
  return formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason });
}
