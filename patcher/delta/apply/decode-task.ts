import type { AddressMap } from '../../executables/address-map.ts';
import type { OldRange, Patch, PatchSegment } from '../../formats/patch.ts';
import { ColumnRows, type Rows } from '../../formats/rows.ts';
import { isPause, type Slices } from '../../threads/slices.ts';
import { decodeSegment } from './decode-segment.ts';
import type { ReadSegment } from './segment-memory.ts';

/** A stretch of one old file, by its path. */
export interface OldStretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * The old bytes a segment reads, end to end. As columns, since a segment of small files reads as many stretches as there are
 * files, and objects for 200,000 of them take 100 MiB until they have reached a thread.
 */
export interface OldStretches {
  /** Of each stretch the place of its file among `files`. */
  readonly file: Uint32Array;
  readonly offset: Float64Array;
  readonly length: Uint32Array;
  readonly files: {
    /** End to end. */
    readonly paths: string;
    /** Where each path ends. */
    readonly pathEnd: Uint32Array;
    /** Place of the file's address map among the patch's, or {@link NO_MAP}. */
    readonly addressMap: Int32Array;
  };
}

const NO_MAP = -1;

/** One segment as it travels to a thread that shall make it. */
export interface DecodeTask {
  readonly segment: Omit<PatchSegment, 'oldRanges'> & { readonly old: OldStretches };
  readonly compressed: Uint8Array;
  /** Memory for the new bytes that was used before, if they shall be a copy. */
  readonly room?: Uint8Array<ArrayBuffer> | undefined;
  /** See `SegmentRequest`. */
  readonly isHashedLater?: boolean | undefined;
}

/** @param patch The one that the segment is of. */
export function* toDecodeTask(
  { oldRanges, ...segment }: PatchSegment,
  patch: Patch,
  compressed: Uint8Array,
): Slices<DecodeTask> {
  return {
    segment: { ...segment, old: yield* toStretches(oldRanges, segment.newOffset, patch) },
    compressed,
  };
}

/** A file is listed once for ranges that follow each other, as they do in the order in which old bytes lie. */
function* toStretches(ranges: Rows<OldRange>, newOffset: number, patch: Patch): Slices<OldStretches> {
  const maps = placeMaps(newOffset, patch);
  const count = ranges.length;
  const file = new Uint32Array(count);
  const offset = new Float64Array(count);
  const length = new Uint32Array(count);
  const pathEnd = new Uint32Array(count);
  const addressMap = new Int32Array(count).fill(NO_MAP);
  const joined: string[] = [];
  let paths: string[] = [];
  let pathsLength = 0;
  let files = 0;
  let before = -1;
  let row = 0;
  for (const range of ranges) {
    if (isPause(row)) {
      // So that not every path is held by itself until all are there.
      joined.push(paths.join(''));
      paths = [];
      yield;
    }
    if (range.oldFile !== before) {
      const path = patch.oldFiles.at(range.oldFile)?.path ?? '';
      paths.push(path);
      pathsLength += path.length;
      pathEnd[files] = pathsLength;
      addressMap[files] = maps.get(range.oldFile) ?? NO_MAP;
      before = range.oldFile;
      files++;
    }
    file[row] = files - 1;
    offset[row] = range.offset;
    length[row] = range.length;
    row++;
  }
  joined.push(paths.join(''));
  const listed = {
    paths: joined.join(''),
    pathEnd: pathEnd.slice(0, files),
    addressMap: addressMap.slice(0, files),
  };
  return { file, offset, length, files: listed };
}

/** Where among the patch's maps lie those of the segment that begins here in the made bytes, by old file. */
function placeMaps(newOffset: number, { segments, addressMaps }: Patch): Map<number, number> {
  const shared = addressMaps.findLast(
    ({ firstSegment }) => (segments[firstSegment]?.newOffset ?? Infinity) <= newOffset,
  );
  const places = new Map<number, number>();
  addressMaps.forEach(({ oldFile, firstSegment }, place) => {
    if (firstSegment === shared?.firstSegment) places.set(oldFile, place);
  });
  return places;
}

/**
 * Make a segment.
 * @returns Bytes of their own, in the task's room if they fit.
 * @throws {AppError} As `decodeSegment` does.
 */
export function runDecodeTask(
  task: DecodeTask,
  addressMaps: readonly AddressMap[],
  readOld: (stretch: OldStretch, into: Uint8Array) => void,
): Uint8Array<ArrayBuffer> {
  const made = viewDecodeTask(task, addressMaps, readOld);
  const { room } = task;
  if (room === undefined || room.length < made.length) return made.slice();
  room.set(made);
  return room.subarray(0, made.length);
}

/**
 * {@link runDecodeTask} without a copy.
 * @param addressMaps Those of the patch, the same objects for all of a thread's tasks.
 * @param readOld Fills the buffer with the bytes asked for, or throws.
 * @param onRows See `SegmentRequest`.
 * @returns Bytes good until the thread's next segment.
 * @throws {AppError} As `decodeSegment` does.
 */
export function viewDecodeTask(
  { segment, compressed, isHashedLater }: DecodeTask,
  addressMaps: readonly AddressMap[],
  readOld: (stretch: OldStretch, into: Uint8Array) => void,
  onRows?: (read: ReadSegment) => void,
): Uint8Array<ArrayBuffer> {
  const { file, offset, length, files } = segment.old;
  const oldRanges = new ColumnRows(file.length, (row): OldRange => {
    return {
      oldFile: file[row] as number,
      offset: offset[row] as number,
      length: length[row] as number,
    };
  });
  const pathOf = (place: number) => files.paths.slice(files.pathEnd[place - 1] ?? 0, files.pathEnd[place]);
  return decodeSegment({
    segment: { ...segment, oldRanges },
    compressed,
    readOld: ({ oldFile, ...range }, into) => readOld({ path: pathOf(oldFile), ...range }, into),
    addressMaps: mapsOf(files, addressMaps),
    isHashedLater,
    onRows,
  });
}

/** The address maps of a segment's old files, by the files' places. */
function mapsOf(
  { addressMap }: OldStretches['files'],
  addressMaps: readonly AddressMap[],
): Map<number, AddressMap> {
  const maps = new Map<number, AddressMap>();
  for (const [place, at] of addressMap.entries()) {
    const map = addressMaps[at];
    if (map !== undefined) maps.set(place, map);
  }
  return maps;
}
