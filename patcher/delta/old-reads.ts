import { type OldFile, type OldRange, SEGMENT_OLD_BYTES_MAX, SEGMENT_ROWS_MAX } from '../formats/patch.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { countSpanBytes, joinSpans, type OldSpace, type OldSpan, toOldRanges } from './old-space.ts';
import type { TreeFiles } from './tree-files.ts';

/** Old bytes this close are read in one go: a seek costs a disk more than 64 KiB do, and a range the header 5 bytes. */
const GAP_BYTES = 64 * 1024;

/**
 * The stretches of the old space an alignment reads, joined as far as the format's bound on old bytes allows.
 * @param withGaps Read what lies between rows as well, where there is about as much of it on both sides: it may
 *   resemble the new bytes once it is rewritten.
 */
export function planOldReads(alignment: Alignment, withGaps = false): OldSpan[] {
  const rows = Array.from({ length: alignment.count }, (_, row) => ({
    start: alignment.oldStart[row] as number,
    length: alignment.length[row] as number,
  }));
  const bridged = joinSpans([...rows, ...(withGaps ? listOldGaps(alignment) : [])], GAP_BYTES);
  if (countSpanBytes(bridged) <= SEGMENT_OLD_BYTES_MAX) return bridged;
  for (let gapBytes = GAP_BYTES; ; gapBytes = Math.floor(gapBytes / 4)) {
    const joined = joinSpans(rows, gapBytes);
    // Without gaps the rows, and so the stretches, are no longer than the new bytes.
    if (gapBytes === 0 || countSpanBytes(joined) <= SEGMENT_OLD_BYTES_MAX) return joined;
  }
}

function listOldGaps(alignment: Alignment): OldSpan[] {
  const gaps: OldSpan[] = [];
  for (let row = 1; row < alignment.count; row++) {
    const newEnd = (alignment.newStart[row - 1] as number) + (alignment.length[row - 1] as number);
    const oldEnd = (alignment.oldStart[row - 1] as number) + (alignment.length[row - 1] as number);
    const newGap = (alignment.newStart[row] as number) - newEnd;
    const oldGap = (alignment.oldStart[row] as number) - oldEnd;
    if (newGap > 0 && oldGap > 0 && oldGap <= 2 * newGap) gaps.push({ start: oldEnd, length: oldGap });
  }
  return gaps;
}

/** Drop the shortest rows of an alignment that has more than a segment may; their bytes are then stored as they are. */
export function limitRows(alignment: Alignment): Alignment {
  if (alignment.count <= SEGMENT_ROWS_MAX) return alignment;
  const lengths = alignment.length.slice().sort();
  const longerThan = lengths[alignment.count - SEGMENT_ROWS_MAX - 1] as number;
  const rows = new AlignmentBuilder();
  for (let row = 0; row < alignment.count; row++) {
    const length = alignment.length[row] as number;
    if (length > longerThan)
      rows.add(alignment.newStart[row] as number, alignment.oldStart[row] as number, length);
  }
  return rows.build();
}

/** Read stretches of the old space, laid end to end. */
export function readSpans(
  files: TreeFiles,
  space: OldSpace,
  spans: readonly OldSpan[],
  into: Uint8Array,
): OldRange[] {
  const ranges = spans.flatMap((span) => toOldRanges(space, span));
  let position = 0;
  for (const { oldFile, offset, length } of ranges) {
    const { path } = space.files[oldFile] as OldFile;
    files.readInto(path, offset, into.subarray(position, position + length));
    position += length;
  }
  return ranges;
}
