import { AppError } from '../errors.ts';
import { checkTree } from '../paths/path-policy.ts';
import { parseAddressMap } from '../executables/address-map-format.ts';
import type { AddressMaps, Listing, OldFiles, Segments } from './gen/patch_pb.ts';
import { type Columns, ENTRY_KINDS } from './manifest-columns.ts';
import { DEFAULT_MANIFEST_LIMITS } from './manifest-limits.ts';
import { toLinkTargets, toPaths } from './manifest-rows.ts';
import {
  type FileOrigin,
  type MadePiece,
  type OldFile,
  type OldRange,
  type PatchAddressMap,
  type PatchEntry,
  type PatchSegment,
  SEGMENT_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_PACKED_BYTES_MAX,
} from './patch.ts';
import { ADDRESS_MAPS_MAX, AddressMapRoom } from './address-map-room.ts';
import { invalidPatch } from './patch-errors.ts';
import { SHA256_BYTES, sha256At } from './sha256.ts';
import { parseSignedColumn, parseUnsignedColumn } from './varint-column.ts';

const MODE_MAX = 0o777;
/** 16 TiB of changed files in full segments; a header with more rows than this is refused before it is read. */
const SEGMENTS_MAX = 2 ** 20;
/** Pieces of all made files: one for each chunk of the largest build a manifest may list. */
const PIECES_MAX = DEFAULT_MANIFEST_LIMITS.chunkReferencesMax;
/** Ranges of all segments: at the encoder's 64 KiB between ranges, more than 256 GiB of old bytes. */
export const RANGES_MAX = 2 ** 22;

export function toOldFiles(columns: Columns<OldFiles>): OldFile[] {
  checkCount('old files', columns.count, DEFAULT_MANIFEST_LIMITS.entriesMax);
  const sizes = parseUnsignedColumn(columns.size, columns.count, 'old_files.size');
  const files = toPaths(columns).map((path, row) => ({ path, sizeBytes: sizes[row] as number }));
  checkTree(files.map(({ path }) => ({ kind: 'file', path })));
  return files;
}

/** Turn columns into the new tree's entries; every path, link and reference is checked. */
export function toListing(
  columns: Columns<Listing>,
  oldFiles: readonly OldFile[],
  madeBytes: number,
): PatchEntry[] {
  checkCount('entries', columns.count, DEFAULT_MANIFEST_LIMITS.entriesMax);
  if (columns.kind.length !== columns.count) throw invalidPatch('an entry has no kind');
  const targets = toLinkTargets(columns);
  const modes = parseUnsignedColumn(columns.mode, columns.count - targets.length, 'listing.mode');
  const files = toFiles(columns, oldFiles, madeBytes);
  let linkRow = 0;
  let modeRow = 0;
  let fileRow = 0;
  const entries = toPaths(columns).map((path, row): PatchEntry => {
    const kind = columns.kind[row];
    if (kind === ENTRY_KINDS.link) return { kind: 'link', path, target: targets[linkRow++] as string };
    const mode = modes[modeRow++] as number;
    if (mode > MODE_MAX) throw invalidPatch('a mode is not permission bits');
    if (kind === ENTRY_KINDS.directory) return { kind: 'directory', path, mode };
    if (kind !== ENTRY_KINDS.file) throw invalidPatch('an entry is of no known kind');
    return { kind: 'file', path, mode, ...(files[fileRow++] as FileColumns) };
  });
  checkTree(entries);
  return entries;
}

/** Turn columns into segments, with their places in the file and in the made bytes. */
export function toSegments(
  columns: Columns<Segments>,
  oldFiles: readonly OldFile[],
  bodiesOffset: number,
): PatchSegment[] {
  const { count } = columns;
  checkCount('segments', count, SEGMENTS_MAX);
  const packed = parseUnsignedColumn(columns.packedBytes, count, 'segments.packed_bytes');
  const made = parseUnsignedColumn(columns.newBytes, count, 'segments.new_bytes');
  const rangeCounts = parseUnsignedColumn(columns.rangeCount, count, 'segments.range_count');
  const hashBytes = count * SHA256_BYTES;
  if (columns.packedSha256.length !== hashBytes || columns.newSha256.length !== hashBytes) {
    throw invalidPatch('a segment has no hash');
  }
  const ranges = toRanges(columns, sum(rangeCounts), oldFiles);
  let offset = bodiesOffset;
  let newOffset = 0;
  let range = 0;
  return Array.from({ length: count }, (_, row): PatchSegment => {
    const segment = {
      offset,
      packedBytes: packed[row] as number,
      packedSha256: sha256At(columns.packedSha256, row),
      newOffset,
      newBytes: made[row] as number,
      newSha256: sha256At(columns.newSha256, row),
      oldRanges: ranges.slice(range, range + (rangeCounts[row] as number)),
    };
    checkSegment(segment);
    offset += segment.packedBytes;
    newOffset += segment.newBytes;
    range += segment.oldRanges.length;
    return segment;
  });
}

/** Turn columns into address maps that are safe to predict with. */
export function toAddressMaps(
  columns: Columns<AddressMaps>,
  oldFileCount: number,
  segmentCount: number,
): PatchAddressMap[] {
  const { count } = columns;
  checkCount('address maps', count, ADDRESS_MAPS_MAX);
  const segmentSteps =
    columns.firstSegment.length === 0
      ? new Float64Array(count)
      : parseUnsignedColumn(columns.firstSegment, count, 'address_maps.first_segment');
  const steps = parseUnsignedColumn(columns.oldFile, count, 'address_maps.old_file');
  const lengths = parseUnsignedColumn(columns.length, count, 'address_maps.length');
  if (sum(lengths) !== columns.maps.length) throw invalidPatch('its address maps do not have their lengths');
  let firstSegment = 0;
  let oldFile = -1;
  let position = 0;
  const room = new AddressMapRoom();
  return Array.from(lengths, (length, row): PatchAddressMap => {
    const segmentStep = segmentSteps[row] as number;
    firstSegment += segmentStep;
    oldFile = (segmentStep === 0 ? oldFile : -1) + 1 + (steps[row] as number);
    if (oldFile >= oldFileCount) throw invalidPatch('an address map is of no file');
    if (firstSegment >= segmentCount) throw invalidPatch('an address map is of no segment');
    position += length;
    const map = parseAddressMap(columns.maps.subarray(position - length, position));
    if (!room.take(map)) throw invalidPatch('its address maps are larger than allowed');
    return { oldFile, firstSegment, map };
  });
}

interface FileColumns {
  readonly sizeBytes: number;
  readonly origin: FileOrigin;
}

function toFiles(columns: Columns<Listing>, oldFiles: readonly OldFile[], madeBytes: number): FileColumns[] {
  const count = columns.kind.reduce((files, kind) => files + (kind === ENTRY_KINDS.file ? 1 : 0), 0);
  const { fileMade } = columns;
  if (fileMade.length !== count || fileMade.some((flag) => flag > 1)) {
    throw invalidPatch('a file has no known origin');
  }
  const made = sum(fileMade);
  const sizes = parseUnsignedColumn(columns.fileSize, count, 'listing.file_size');
  const copySteps = parseSignedColumn(columns.copiedFrom, count - made, 'listing.copied_from');
  const pieces = toPieces(columns, made, madeBytes);
  let copyRow = 0;
  let madeRow = 0;
  let oldFile = -1;
  return Array.from(sizes, (sizeBytes, row): FileColumns => {
    if (fileMade[row] === 0) {
      oldFile += 1 + (copySteps[copyRow++] as number);
      if (oldFiles[oldFile]?.sizeBytes !== sizeBytes) throw invalidPatch('a file copies none of its size');
      return { sizeBytes, origin: { kind: 'copy', oldFile } };
    }
    const own = pieces[madeRow++] as MadePiece[];
    if (own.reduce((total, piece) => total + piece.length, 0) !== sizeBytes) {
      throw invalidPatch('a file is not made of as many bytes as it has');
    }
    return { sizeBytes, origin: { kind: 'made', pieces: own } };
  });
}

/** The pieces of each made file. */
function toPieces(columns: Columns<Listing>, made: number, madeBytes: number): MadePiece[][] {
  const counts = parseUnsignedColumn(columns.pieceCount, made, 'listing.piece_count');
  const total = sum(counts);
  checkCount('pieces', total, PIECES_MAX);
  const steps = parseSignedColumn(columns.pieceOffset, total, 'listing.piece_offset');
  const lengths = parseUnsignedColumn(columns.pieceLength, total, 'listing.piece_length');
  let end = 0;
  const pieces = Array.from(lengths, (length, row): MadePiece => {
    const offset = end + (steps[row] as number);
    end = offset + length;
    if (offset < 0 || length === 0 || end > madeBytes)
      throw invalidPatch('a piece lies outside the made bytes');
    return { offset, length };
  });
  let next = 0;
  return Array.from(counts, (count) => pieces.slice(next, (next += count)));
}

function toRanges(columns: Columns<Segments>, count: number, oldFiles: readonly OldFile[]): OldRange[] {
  checkCount('ranges', count, RANGES_MAX);
  const fileSteps = parseSignedColumn(columns.rangeFile, count, 'segments.range_file');
  const offsetSteps = parseSignedColumn(columns.rangeOffset, count, 'segments.range_offset');
  const lengths = parseUnsignedColumn(columns.rangeLength, count, 'segments.range_length');
  let oldFile = 0;
  let end = 0;
  return Array.from(lengths, (length, row): OldRange => {
    const step = fileSteps[row] as number;
    oldFile += step;
    const offset = (step === 0 ? end : 0) + (offsetSteps[row] as number);
    end = offset + length;
    const sizeBytes = oldFiles[oldFile]?.sizeBytes ?? -1;
    if (offset < 0 || length === 0 || end > sizeBytes) throw invalidPatch('a range lies outside its file');
    return { oldFile, offset, length };
  });
}

function checkSegment({ packedBytes, newBytes, oldRanges }: PatchSegment): void {
  const oldBytes = oldRanges.reduce((total, range) => total + range.length, 0);
  const fits =
    packedBytes <= SEGMENT_PACKED_BYTES_MAX &&
    newBytes >= 1 &&
    newBytes <= SEGMENT_NEW_BYTES_MAX &&
    oldBytes <= SEGMENT_OLD_BYTES_MAX;
  if (!fits) throw invalidPatch('a segment is larger than allowed');
}

function sum(values: Float64Array | Uint8Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function checkCount(what: string, actual: number, max: number): void {
  if (actual > max) throw invalidPatch(`it has ${actual} ${what}, more than ${max}`);
}

/** Errors of columns and of the path policy, told as what they mean here. */
export function asInvalidPatch<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('PATCH_')) throw error;
    throw invalidPatch('its header cannot be read', error);
  }
}
