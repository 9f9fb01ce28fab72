import { AppError } from '../errors.ts';
import { checkTreeBySlices, type PolicyEntry } from '../paths/path-policy.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import { parseAddressMap } from '../executables/address-map-format.ts';
import type { AddressMaps, OldFiles, Segments } from './gen/patch_pb.ts';
import type { Columns } from './manifest-columns.ts';
import { DEFAULT_MANIFEST_LIMITS } from './manifest-limits.ts';
import {
  type OldFile,
  type OldRange,
  type PatchAddressMap,
  type PatchSegment,
  SEGMENT_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_PACKED_BYTES_MAX,
} from './patch.ts';
import { ADDRESS_MAPS_MAX, AddressMapRoom } from './address-map-room.ts';
import { invalidPatch } from './patch-errors.ts';
import { toPathRows } from './path-column.ts';
import { ColumnRows, type Rows, sumLengths } from './rows.ts';
import { SHA256_BYTES, sha256At } from './sha256.ts';
import { parseSignedColumn, parseUnsignedColumn } from './varint-column.ts';

/** 16 TiB of changed files in full segments; a header with more rows than this is refused before it is read. */
const SEGMENTS_MAX = 2 ** 20;
/** Ranges of all segments: at the encoder's 64 KiB between ranges, more than 256 GiB of old bytes. */
export const RANGES_MAX = 2 ** 22;

/** @returns The files, and the size of each for those who want nothing else of many. */
export function* toOldFiles(
  columns: Columns<OldFiles>,
): Slices<{ readonly files: Rows<OldFile>; readonly sizes: Float64Array }> {
  checkCount('old files', columns.count, DEFAULT_MANIFEST_LIMITS.entriesMax);
  const sizes = parseUnsignedColumn(columns.size, columns.count, 'old_files.size');
  yield;
  const paths = yield* toPathRows(columns);
  const files = new ColumnRows(columns.count, (row): OldFile => {
    return { path: paths.at(row) as string, sizeBytes: sizes[row] as number };
  });
  yield* checkTreeBySlices(
    new ColumnRows(columns.count, (row): PolicyEntry => ({ kind: 'file', path: paths.at(row) as string })),
  );
  return { files, sizes };
}

/**
 * Turn columns into segments, with their places in the file and in the made bytes.
 * @param oldFileSizes Of all old files, by row.
 */
export function* toSegments(
  columns: Columns<Segments>,
  oldFileSizes: Float64Array,
  bodiesOffset: number,
): Slices<PatchSegment[]> {
  const { count } = columns;
  checkCount('segments', count, SEGMENTS_MAX);
  const packed = parseUnsignedColumn(columns.packedBytes, count, 'segments.packed_bytes');
  const made = parseUnsignedColumn(columns.newBytes, count, 'segments.new_bytes');
  const rangeCounts = parseUnsignedColumn(columns.rangeCount, count, 'segments.range_count');
  const hashBytes = count * SHA256_BYTES;
  if (columns.packedSha256.length !== hashBytes || columns.newSha256.length !== hashBytes) {
    throw invalidPatch('a segment has no hash');
  }
  const ranges = yield* RangeColumns.of(columns, sum(rangeCounts), oldFileSizes);
  const segments: PatchSegment[] = [];
  let offset = bodiesOffset;
  let newOffset = 0;
  let range = 0;
  for (let row = 0; row < count; row++) {
    yield;
    const segment = {
      offset,
      packedBytes: packed[row] as number,
      packedSha256: sha256At(columns.packedSha256, row),
      newOffset,
      newBytes: made[row] as number,
      newSha256: sha256At(columns.newSha256, row),
      oldRanges: ranges.rows(range, rangeCounts[row] as number),
    };
    checkSegment(segment);
    offset += segment.packedBytes;
    newOffset += segment.newBytes;
    range += segment.oldRanges.length;
    segments.push(segment);
  }
  return segments;
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

/** Ranges of all segments: where files are small there are as many as files. */
class RangeColumns {
  readonly #files: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;

  private constructor(count: number, lengths: Float64Array) {
    this.#files = new Uint32Array(count);
    this.#offsets = new Float64Array(count);
    this.#lengths = lengths;
  }

  static *of(columns: Columns<Segments>, count: number, oldFileSizes: Float64Array): Slices<RangeColumns> {
    checkCount('ranges', count, RANGES_MAX);
    const fileSteps = parseSignedColumn(columns.rangeFile, count, 'segments.range_file');
    yield;
    const offsetSteps = parseSignedColumn(columns.rangeOffset, count, 'segments.range_offset');
    yield;
    const lengths = parseUnsignedColumn(columns.rangeLength, count, 'segments.range_length');
    const ranges = new RangeColumns(count, lengths);
    let oldFile = 0;
    let end = 0;
    for (let row = 0; row < count; row++) {
      if (isPause(row)) yield;
      const step = fileSteps[row] as number;
      const length = lengths[row] as number;
      oldFile += step;
      const offset = (step === 0 ? end : 0) + (offsetSteps[row] as number);
      end = offset + length;
      const isInside = offset >= 0 && length > 0 && end <= (oldFileSizes[oldFile] ?? -1);
      if (!isInside) throw invalidPatch('a range lies outside its file');
      ranges.#files[row] = oldFile;
      ranges.#offsets[row] = offset;
    }
    return ranges;
  }

  rows(first: number, count: number): Rows<OldRange> {
    return new ColumnRows(count, (row) => ({
      oldFile: this.#files[first + row] as number,
      offset: this.#offsets[first + row] as number,
      length: this.#lengths[first + row] as number,
    }));
  }
}

function checkSegment({ packedBytes, newBytes, oldRanges }: PatchSegment): void {
  const oldBytes = sumLengths(oldRanges);
  const fits =
    packedBytes <= SEGMENT_PACKED_BYTES_MAX &&
    newBytes >= 1 &&
    newBytes <= SEGMENT_NEW_BYTES_MAX &&
    oldBytes <= SEGMENT_OLD_BYTES_MAX;
  if (!fits) throw invalidPatch('a segment is larger than allowed');
}

export function sum(values: Float64Array | Uint8Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function checkCount(what: string, actual: number, max: number): void {
  if (actual > max) throw invalidPatch(`it has ${actual} ${what}, more than ${max}`);
}

/** Errors of columns and of the path policy, told as what they mean here. */
export function asInvalidPatch<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw toInvalidPatch(error);
  }
}

/** As {@link asInvalidPatch}, of an error that was caught. */
export function toInvalidPatch(error: unknown): Error {
  const isKnown = error instanceof AppError && error.code.startsWith('PATCH_');
  return isKnown ? error : invalidPatch('its header cannot be read', error);
}
