import { atOnce, isPause, type Slices } from '../../threads/slices.ts';
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
  const starts = startsOf(patch);
  const plans = new Map<string, FilePlan>();
  for (const entry of patch.entries) {
    if (entry.kind === 'file') plans.set(entry.path, planFile(patch, starts, entry));
  }
  return plans;
}

/** Where each segment begins in the made bytes. */
export function startsOf({ segments }: Patch): Float64Array {
  return Float64Array.from(segments, (segment) => segment.newOffset);
}

/** A stretch of a new file that a segment makes. */
export interface FilePiece {
  /** Row in the patch's entries. */
  readonly entry: number;
  readonly offsetInSegment: number;
  readonly fileOffset: number;
  readonly length: number;
}

/** What {@link planSegments} says of made files, by segment, as columns: large trees have as many pieces as files. */
export class SegmentPieces {
  /** Where each segment's pieces begin, and behind the last one's. */
  readonly #first: Uint32Array;
  readonly #entries: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #fileOffsets: Float64Array;
  readonly #lengths: Uint32Array;

  private constructor(segments: number, pieces: number) {
    this.#first = new Uint32Array(segments + 1);
    this.#entries = new Uint32Array(pieces);
    this.#offsets = new Uint32Array(pieces);
    this.#fileOffsets = new Float64Array(pieces);
    this.#lengths = new Uint32Array(pieces);
  }

  static *of(patch: Patch): Slices<SegmentPieces> {
    // Listed once: the rows of a large tree are made anew whenever they are gone through.
    const listed: number[] = [];
    const counts = new Uint32Array(patch.segments.length);
    let row = 0;
    for (const { segment, entry, offsetInSegment, fileOffset, length } of listPieces(patch)) {
      if (isPause(row++)) yield;
      counts[segment] = (counts[segment] as number) + 1;
      listed.push(segment, entry, offsetInSegment, fileOffset, length);
    }
    const made = new SegmentPieces(counts.length, row);
    for (const [segment, count] of counts.entries())
      made.#first[segment + 1] = (made.#first[segment] as number) + count;
    const next = made.#first.slice();
    for (let i = 0; i < listed.length; i += 5) {
      if (isPause(i / 5)) yield;
      const segment = listed[i] as number;
      const at = next[segment] as number;
      next[segment] = at + 1;
      made.#entries[at] = listed[i + 1] as number;
      made.#offsets[at] = listed[i + 2] as number;
      made.#fileOffsets[at] = listed[i + 3] as number;
      made.#lengths[at] = listed[i + 4] as number;
    }
    return made;
  }

  /** The pieces a segment makes, in the order of their files. */
  *of(segment: number): Generator<FilePiece> {
    const end = this.#first[segment + 1] as number;
    for (let at = this.#first[segment] as number; at < end; at++) {
      yield {
        entry: this.#entries[at] as number,
        offsetInSegment: this.#offsets[at] as number,
        fileOffset: this.#fileOffsets[at] as number,
        length: this.#lengths[at] as number,
      };
    }
  }
}

/** Those of a patch that is applied and described: both want them. */
const known = new WeakMap<Patch, SegmentPieces>();

/** The pieces of a patch, found once. */
export function segmentPieces(patch: Patch): SegmentPieces {
  return atOnce(segmentPiecesBySlices(patch));
}

/** As {@link segmentPieces}. */
export function* segmentPiecesBySlices(patch: Patch): Slices<SegmentPieces> {
  const pieces = known.get(patch) ?? (yield* SegmentPieces.of(patch));
  known.set(patch, pieces);
  return pieces;
}

function* listPieces(patch: Patch): Generator<SegmentPiece & FilePiece> {
  const starts = startsOf(patch);
  let entry = 0;
  for (const item of patch.entries) {
    if (item.kind === 'file' && item.origin.kind === 'made') {
      for (const piece of planPieces(patch, starts, item.origin.pieces)) yield { ...piece, entry };
    }
    entry++;
  }
}

type PatchFile = Extract<PatchEntry, { kind: 'file' }>;

function planFile(patch: Patch, starts: Float64Array, { origin }: PatchFile): FilePlan {
  if (origin.kind === 'copy') {
    return { kind: 'copy', oldPath: patch.oldFiles.at(origin.oldFile)?.path ?? '' };
  }
  return { kind: 'made', pieces: planPieces(patch, starts, origin.pieces) };
}

/**
 * The segments that make a file.
 * @param starts Of {@link startsOf}.
 */
export function planPieces(patch: Patch, starts: Float64Array, made: readonly MadePiece[]): SegmentPiece[] {
  const pieces: SegmentPiece[] = [];
  let fileOffset = 0;
  for (const { offset, length } of made) {
    pieces.push(...cutPiece(patch, starts, { offset, length, fileOffset }));
    fileOffset += length;
  }
  return pieces;
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
