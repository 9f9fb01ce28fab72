import type { AddressMap } from '../../executables/address-map.ts';
import type { Patch, PatchSegment } from '../../formats/patch.ts';
import { decodeSegment } from './decode-segment.ts';
import type { ReadSegment } from './segment-memory.ts';

/** A stretch of one old file, by its path. */
export interface OldStretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** Place of its file's address map among the patch's, if there is one. */
  readonly addressMap: number | undefined;
}

/** One segment as it travels to a thread that shall make it. */
export interface DecodeTask {
  readonly segment: Omit<PatchSegment, 'oldRanges'> & { readonly oldStretches: readonly OldStretch[] };
  readonly compressed: Uint8Array;
  /** Memory for the new bytes that was used before, if they shall be a copy. */
  readonly room?: Uint8Array<ArrayBuffer> | undefined;
  /** See `SegmentRequest`. */
  readonly isHashedLater?: boolean | undefined;
}

/** @param patch The one that the segment is of. */
export function toDecodeTask(
  { oldRanges, ...segment }: PatchSegment,
  patch: Patch,
  compressed: Uint8Array,
): DecodeTask {
  const { oldFiles } = patch;
  const places = placeMaps(segment.newOffset, patch);
  const oldStretches = oldRanges.map(({ oldFile, offset, length }) => ({
    path: oldFiles.at(oldFile)?.path ?? '',
    offset,
    length,
    addressMap: places.get(oldFile),
  }));
  return { segment: { ...segment, oldStretches }, compressed };
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
  const { oldStretches } = segment;
  const oldRanges = oldStretches.map(({ offset, length }, oldFile) => ({ oldFile, offset, length }));
  const mapOf = ({ addressMap }: OldStretch): AddressMap | undefined =>
    addressMap === undefined ? undefined : addressMaps[addressMap];
  return decodeSegment({
    segment: { ...segment, oldRanges },
    compressed,
    readOld: ({ oldFile }, into) => readOld(oldStretches[oldFile] as OldStretch, into),
    addressMaps: new Map(
      oldStretches.flatMap((stretch, oldFile) => {
        const map = mapOf(stretch);
        return map === undefined ? [] : [[oldFile, map] as const];
      }),
    ),
    isHashedLater,
    onRows,
  });
}
