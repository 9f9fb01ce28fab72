import type { MadePiece, Patch, PatchEntry, PatchSegment } from '../../formats/patch.ts';

/** A stretch of one new file and the segment that makes it. */
export interface SegmentPiece {
  /** Row in the patch's segments. */
  readonly segment: number;
  readonly offsetInSegment: number;
  readonly fileOffset: number;
  readonly length: number;
}

/** How one new file comes about. */
export type FilePlan =
  | { readonly kind: 'copy'; readonly oldPath: string }
  /** In file order, without gaps; none for an empty file. */
  | { readonly kind: 'made'; readonly pieces: readonly SegmentPiece[] };

/**
 * Say for each file of the new tree where its bytes come from. Pure.
 * @returns By path; links and directories are not in it.
 */
export function planSegments(patch: Patch): Map<string, FilePlan> {
  const starts = Float64Array.from(patch.segments, (segment) => segment.newOffset);
  const files = patch.entries.filter((entry) => entry.kind === 'file');
  return new Map(files.map((file) => [file.path, planFile(patch, starts, file)]));
}

type PatchFile = Extract<PatchEntry, { kind: 'file' }>;

function planFile(patch: Patch, starts: Float64Array, { origin }: PatchFile): FilePlan {
  if (origin.kind === 'copy') {
    return { kind: 'copy', oldPath: patch.oldFiles[origin.oldFile]?.path ?? '' };
  }
  const pieces: SegmentPiece[] = [];
  let fileOffset = 0;
  for (const { offset, length } of origin.pieces) {
    pieces.push(...cutPiece(patch, starts, { offset, length, fileOffset }));
    fileOffset += length;
  }
  return { kind: 'made', pieces };
}

/** A piece may run over from one segment into the next. */
function cutPiece(
  { segments }: Patch,
  starts: Float64Array,
  piece: MadePiece & { readonly fileOffset: number },
): SegmentPiece[] {
  const pieces: SegmentPiece[] = [];
  let done = 0;
  for (let segment = findSegment(starts, piece.offset); done < piece.length; segment++) {
    const { newOffset, newBytes } = segments[segment] as PatchSegment;
    const offsetInSegment = piece.offset + done - newOffset;
    const length = Math.min(piece.length - done, newBytes - offsetInSegment);
    pieces.push({ segment, offsetInSegment, fileOffset: piece.fileOffset + done, length });
    done += length;
  }
  return pieces;
}

/** The segment that makes the byte at `position`. */
function findSegment(starts: Float64Array, position: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
