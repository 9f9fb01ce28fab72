import { checkTreeBySlices } from '../paths/path-policy.ts';
import { compareUtf8 } from '../paths/utf8-order.ts';
import { atOnce, isPause, type Slices } from '../threads/slices.ts';
import { FileRow } from './file-row.ts';
import { formatErrors } from './format-errors.ts';
import type {
  ChunkingParameters,
  ChunkTable,
  FileEntry,
  Manifest,
  PackReference,
  TreeEntry,
} from './manifest.ts';
import { CHUNK_BYTES_MAX, CHUNKING_BYTES_MIN, PACK_BYTES_MAX } from './manifest-limits.ts';
import { checkLaunch, checkPreserve } from './launch-check.ts';
import { frameBytesMax } from './pack-format.ts';
import { EMPTY_SHA256, isSha256, SHA256_BYTES, sha256At } from './sha256.ts';
import { Sha256Index } from './sha256-index.ts';

const MODE_MAX = 0o777;

/**
 * Check everything a manifest promises about itself: paths and links, order, directories, chunk lists that sum
 * to their files, chunks inside their packs, launch targets that exist. Used before writing and after reading.
 * @throws {AppError} `PATH_…`, `LINK_…`, `FORMAT_MANIFEST_INVALID`.
 */
export function checkManifest(manifest: Manifest): void {
  atOnce(checkManifestBySlices(manifest));
}

/** As {@link checkManifest}. */
export function* checkManifestBySlices(manifest: Manifest): Slices<void> {
  checkChunking(manifest.chunking);
  checkPacks(manifest.packs);
  yield* checkChunks(manifest);
  yield* checkTreeBySlices(manifest.entries);
  yield* checkOrder(manifest.entries);
  yield* checkEntries(manifest);
  checkLaunch(manifest);
  checkPreserve(manifest.preserve);
}

/** @throws {AppError} `FORMAT_MANIFEST_INVALID` */
export function checkChunking({ minBytes, averageBytes, maxBytes }: ChunkingParameters): void {
  const whole = [minBytes, averageBytes, maxBytes].every(Number.isSafeInteger);
  const ordered = CHUNKING_BYTES_MIN <= minBytes && minBytes <= averageBytes && averageBytes <= maxBytes;
  if (!whole || !ordered || maxBytes > CHUNK_BYTES_MAX) throw invalid('its chunk sizes are out of bounds');
}

/** Make the error of a manifest that contradicts itself; `reason` ends its sentence. */
export function invalid(reason: string, path?: string): Error {
  return formatErrors.error('FORMAT_MANIFEST_INVALID', {
    reason: path === undefined ? reason : `${reason} (${path})`,
  });
}

function checkPacks(packs: readonly PackReference[]): void {
  for (const { sha256, sizeBytes } of packs) {
    if (!isSha256(sha256)) throw invalid('a pack has no proper hash');
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > PACK_BYTES_MAX) {
      throw invalid('the size of a pack is out of bounds');
    }
  }
  if (new Set(packs.map((pack) => pack.sha256)).size !== packs.length)
    throw invalid('a pack is listed twice');
}

function* checkChunks({ chunks, packs, chunking }: Manifest): Slices<void> {
  checkColumns(chunks);
  const packSizes = Float64Array.from(packs, (pack) => pack.sizeBytes);
  for (let row = 0; row < chunks.count; row++) {
    const sizeBytes = chunks.sizeBytes[row] as number;
    const packedBytes = chunks.packedBytes[row] as number;
    if (sizeBytes < 1 || sizeBytes > chunking.maxBytes) throw invalid('the size of a chunk is out of bounds');
    if (packedBytes < 1 || packedBytes > frameBytesMax(sizeBytes)) {
      throw invalid('the packed size of a chunk is out of bounds');
    }
    const packSize = packSizes[chunks.pack[row] as number];
    if (packSize === undefined) throw invalid('a chunk lies in a pack that is not listed');
    if ((chunks.offset[row] as number) + packedBytes > packSize)
      throw invalid('a chunk lies outside its pack');
    if (isPause(row)) yield;
  }
  const { count } = yield* Sha256Index.slicesOf(chunks.sha256);
  if (count !== chunks.count) throw invalid('a chunk is listed twice');
}

function checkColumns(chunks: ChunkTable): void {
  const rows = [chunks.sizeBytes, chunks.pack, chunks.offset, chunks.packedBytes];
  const even = rows.every((column) => column.length === chunks.count);
  if (!even || chunks.sha256.length !== chunks.count * SHA256_BYTES) {
    throw invalid('the columns of its chunk table differ in length');
  }
}

function* checkOrder(entries: readonly TreeEntry[]): Slices<void> {
  for (let row = 1; row < entries.length; row++) {
    if (isPause(row)) yield;
    const path = (entries[row] as TreeEntry).path;
    if (compareUtf8((entries[row - 1] as TreeEntry).path, path) >= 0)
      throw invalid('its entries are not sorted', path);
  }
}

function* checkEntries({ entries, chunks }: Manifest): Slices<void> {
  const directories = new Set<string>();
  for (const [row, entry] of entries.entries()) {
    if (isPause(row)) yield;
    const parent = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')));
    if (parent !== '' && !directories.has(parent)) throw invalid('a directory has no entry', parent);
    if (entry.kind === 'directory') directories.add(entry.path);
    if (entry.kind !== 'link') checkMode(entry);
    if (entry.kind === 'file') checkFile(entry, chunks);
  }
}

function checkMode({ mode, path }: { readonly mode: number; readonly path: string }): void {
  if (!Number.isInteger(mode) || mode < 0 || mode > MODE_MAX) throw invalid('a mode is out of bounds', path);
}

function checkFile(file: FileEntry, chunks: ChunkTable): void {
  const rows = file.chunks;
  let sumBytes = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    if (row >= chunks.count) throw invalid('a file has a chunk that is not listed', file.path);
    sumBytes += chunks.sizeBytes[row] as number;
  }
  if (sumBytes !== file.sizeBytes) throw invalid('the chunks of a file do not sum to its size', file.path);
  // That of one that was read comes from the columns: it is a hash, and that of its only content.
  if (file instanceof FileRow && file.isOf(chunks.sha256)) return;
  if (!isSha256(file.sha256)) throw invalid('a file has no proper hash', file.path);
  const only = rows.length === 1 ? sha256At(chunks.sha256, rows[0] as number) : undefined;
  const known = rows.length === 0 ? EMPTY_SHA256 : only;
  if (known !== undefined && known !== file.sha256) {
    throw invalid('the hash of a file differs from that of its only content', file.path);
  }
}
