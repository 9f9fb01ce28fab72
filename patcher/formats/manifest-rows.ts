import { isPause, type Slices } from '../threads/slices.ts';
import type { Chunks, Entries, Packs } from './gen/manifest_pb.ts';
import { formatErrors } from './format-errors.ts';
import { type FileColumns, FileRow } from './file-row.ts';
import type { ChunkTable, PackReference, TreeEntry } from './manifest.ts';
import { type Columns, ENTRY_KINDS } from './manifest-columns.ts';
import type { ManifestLimits } from './manifest-limits.ts';
import { toPathRows } from './path-column.ts';
import { SHA256_BYTES, sha256At } from './sha256.ts';
import { parseSignedColumn, parseUnsignedColumn } from './varint-column.ts';

const UINT32_MAX = 2 ** 32 - 1;

/** Turn columns into a chunk table; places and sizes are checked later, by `checkManifest`. */
export function* toChunkTable(columns: Columns<Chunks>, limits: ManifestLimits): Slices<ChunkTable> {
  const { count } = columns;
  checkCount('chunks', count, limits.chunksMax);
  checkHashes(columns.sha256, count);
  const sizes = parseUnsignedColumn(columns.size, count, 'chunks.size');
  yield;
  const packSteps = parseSignedColumn(columns.pack, count, 'chunks.pack');
  yield;
  const offsetSteps = parseSignedColumn(columns.offset, count, 'chunks.offset');
  yield;
  const saved = parseSignedColumn(columns.saved, count, 'chunks.saved');
  yield;
  const table = {
    count,
    // A copy: a view would keep the whole body.
    sha256: new Uint8Array(columns.sha256),
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
    if (isPause(row)) yield;
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
export function* toEntries(
  columns: Columns<Entries>,
  chunks: ChunkTable,
  limits: ManifestLimits,
): Slices<TreeEntry[]> {
  checkCount('entries', columns.count, limits.entriesMax);
  if (columns.kind.length !== columns.count) throw malformed('entries.kind does not have one byte an entry');
  const paths = yield* toPathRows(columns);
  const { files, sizes } = yield* toFileColumns(columns, chunks, limits);
  const targets = toLinkTargets(columns);
  const notLinks = columns.count - countKind(columns.kind, ENTRY_KINDS.link);
  const modes = parseUnsignedColumn(columns.mode, notLinks, 'entries.mode');
  let fileRow = 0;
  let modeRow = 0;
  let linkRow = 0;
  const toEntry = (path: string, kind: number | undefined): TreeEntry => {
    if (kind === ENTRY_KINDS.link) return { kind: 'link', path, target: targets[linkRow++] as string };
    const mode = modes[modeRow++] as number;
    if (kind === ENTRY_KINDS.directory) return { kind: 'directory', path, mode };
    if (kind !== ENTRY_KINDS.file) throw malformed('an entry is of no known kind');
    const sizeBytes = sizes[fileRow] as number;
    return new FileRow({ path, mode, sizeBytes }, files, fileRow++);
  };
  const entries: TreeEntry[] = [];
  for (const path of paths) {
    if (isPause(entries.length)) yield;
    entries.push(toEntry(path, columns.kind[entries.length]));
  }
  return entries;
}

/** @returns The columns of all files, and the size of each. */
function* toFileColumns(
  columns: Columns<Entries>,
  chunks: ChunkTable,
  limits: ManifestLimits,
): Slices<{ files: FileColumns; sizes: Float64Array }> {
  const count = countKind(columns.kind, ENTRY_KINDS.file);
  const sizes = parseUnsignedColumn(columns.fileSize, count, 'entries.file_size');
  yield;
  const counts = parseUnsignedColumn(columns.fileChunkCount, count, 'entries.file_chunk_count');
  yield;
  const references = counts.reduce((sum, more) => sum + more, 0);
  checkCount('chunks of files', references, limits.chunkReferencesMax);
  const chunkStarts = new Uint32Array(count + 1);
  const sha256Rows = new Uint32Array(count);
  let hashes = 0;
  for (let row = 0; row < count; row++) {
    const more = counts[row] as number;
    chunkStarts[row + 1] = (chunkStarts[row] as number) + more;
    sha256Rows[row] = hashes;
    if (more > 1) hashes++;
  }
  checkHashes(columns.fileSha256, hashes);
  const files: FileColumns = {
    chunkRows: yield* toChunkRows(columns.fileChunk, references, chunks.count),
    chunkStarts,
    chunkSha256: chunks.sha256,
    // A copy: a view would keep the whole body.
    sha256: new Uint8Array(columns.fileSha256),
    sha256Rows,
  };
  return { files, sizes };
}

function* toChunkRows(column: Uint8Array, references: number, chunkCount: number): Slices<Uint32Array> {
  const steps = parseSignedColumn(column, references, 'entries.file_chunk');
  const rows = new Uint32Array(references);
  let expected = 0;
  for (let at = 0; at < references; at++) {
    const row = expected + (steps[at] as number);
    if (row < 0 || row >= chunkCount) throw malformed('a file has a chunk that is not listed');
    rows[at] = row;
    expected = row + 1;
    if (isPause(at)) yield;
  }
  return rows;
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
