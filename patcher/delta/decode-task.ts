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
 * @param readOld Exactly the bytes asked for; the buffer may be used again for the next.
 * @throws {AppError} As `decodeSegment` does.
 */
export function runDecodeTask(
  { segment, compressed }: DecodeTask,
  readOld: (stretch: OldStretch) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { oldStretches } = segment;
  const oldRanges = oldStretches.map(({ offset, length }, oldFile) => ({ oldFile, offset, length }));
  const made = decodeSegment({
    segment: { ...segment, oldRanges },
    compressed,
    readOld: ({ oldFile }) => readOld(oldStretches[oldFile] as OldStretch),
  });
  // A buffer of its own, which can be moved to another thread.
  return made as Uint8Array<ArrayBuffer>;
}
