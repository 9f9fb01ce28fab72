import type { OldFile, PatchSegment } from '../formats/patch.ts';
import { decodeSegment } from './decode-segment.ts';

/** A stretch of one old file, by its path. */
export interface OldStretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** One segment as it travels to a thread that shall make it. */
export interface DecodeTask {
  readonly segment: Omit<PatchSegment, 'oldRanges'> & { readonly oldStretches: readonly OldStretch[] };
  readonly compressed: Uint8Array;
  /** Memory for the new bytes that was used before. */
  readonly room?: Uint8Array<ArrayBuffer> | undefined;
}

/** @param oldFiles Those of the segment's patch. */
export function toDecodeTask(
  { oldRanges, ...segment }: PatchSegment,
  oldFiles: readonly OldFile[],
  compressed: Uint8Array,
): DecodeTask {
  const oldStretches = oldRanges.map(({ oldFile, offset, length }) => ({
    path: oldFiles[oldFile]?.path ?? '',
    offset,
    length,
  }));
  return { segment: { ...segment, oldStretches }, compressed };
}

/**
 * @param readOld Fills the buffer with the bytes asked for, or throws.
 * @throws {AppError} As `decodeSegment` does.
 */
export function runDecodeTask(
  { segment, compressed, room }: DecodeTask,
  readOld: (stretch: OldStretch, into: Uint8Array) => void,
): Uint8Array<ArrayBuffer> {
  const { oldStretches } = segment;
  const oldRanges = oldStretches.map(({ offset, length }, oldFile) => ({ oldFile, offset, length }));
  return decodeSegment({
    segment: { ...segment, oldRanges },
    compressed,
    readOld: ({ oldFile }, into) => readOld(oldStretches[oldFile] as OldStretch, into),
    room,
  });
}
