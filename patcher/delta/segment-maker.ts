import type { AddressMap } from '../executables/address-map.ts';
import type { OldRange } from '../formats/patch.ts';
import type { Sha256 } from '../formats/manifest.ts';
import { computeSha256 } from '../formats/sha256.ts';
import type { MatchHint, MatchKernel, MatchRange } from '../kernels/match/match-kernel.ts';
import { type Alignment, AlignmentBuilder, toAlignment } from './alignment.ts';
import type { Effort } from './effort.ts';
import { type EncodedSegment, encodeSegment } from './encode-segment.ts';
import { MATCH_SEARCH } from './match-effort.ts';
import { limitRows, planOldReads, readSpans } from './old-reads.ts';
import type { OldSpace } from './old-space.ts';
import { predictRanges } from './predict-ranges.ts';
import type { KnownCopy } from './reference-plan.ts';
import { computeSecondOpinion, type FilePair } from './second-opinion.ts';
import { localPosition, mapSpans, type SpanMap, toGlobal, toLocal } from './span-map.ts';
import type { TreeFiles } from './tree-files.ts';

/** A stretch of one made file that lies in the segment. */
export interface SegmentPiece {
  readonly path: string;
  readonly fileOffset: number;
  readonly length: number;
  /** Where it begins in the segment. */
  readonly start: number;
  /** Where the old file of the same path begins in the old space, if there is one. */
  readonly namesake: { readonly start: number; readonly sizeBytes: number } | undefined;
  readonly fileBytes: number;
}

export interface SegmentTask {
  readonly newBytes: number;
  readonly pieces: readonly SegmentPiece[];
  /** Counting in the segment and in the old space. */
  readonly copies: readonly KnownCopy[];
  readonly effort: Effort;
  readonly secondOpinion: boolean;
}

/** What segments are made from: both trees, and an index over part of the old one. */
export interface SegmentSources {
  readonly oldSpace: OldSpace;
  readonly oldFiles: TreeFiles;
  readonly newFiles: TreeFiles;
  /** Has its index open. */
  readonly matcher: MatchKernel;
  /** Which part of the old space the index holds. */
  readonly indexed: SpanMap;
}

export interface MadeSegment {
  readonly encoded: EncodedSegment;
  /** `oldFile` counts in the old space's files. */
  readonly oldRanges: readonly OldRange[];
  readonly newSha256: Sha256;
  readonly secondOpinionWon: boolean;
}

/** What was found out before a segment is made. */
export interface SegmentKnowledge {
  /** Its alignment, if it had to be known earlier. */
  readonly alignment: Alignment | undefined;
  /** How addresses moved, by row of the old space's files. */
  readonly addressMaps: ReadonlyMap<number, AddressMap>;
}

/**
 * Find the old bytes that a segment's new bytes resemble.
 * @returns `oldStart` counts in the old space.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`.
 */
export function alignSegment(task: SegmentTask, sources: SegmentSources): Alignment {
  return alignBytes(task, readPieces(task, sources.newFiles), sources);
}

/**
 * Make one segment: match, read the old bytes found, code.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`.
 */
export function makeSegment(
  task: SegmentTask,
  sources: SegmentSources,
  { alignment, addressMaps }: SegmentKnowledge,
): MadeSegment {
  const newBytes = readPieces(task, sources.newFiles);
  const newSha256 = computeSha256(newBytes);
  const code = (rows: Alignment): Pick<MadeSegment, 'encoded' | 'oldRanges'> =>
    codeSegment(task, newBytes, rows, { ...sources, addressMaps });
  const own = alignment ?? alignBytes(task, newBytes, sources);
  const made = { ...code(own), newSha256, secondOpinionWon: false };
  if (!task.secondOpinion) return made;
  const other = computeSecondOpinion(own, filePairs(task), sources);
  if (other === undefined) return made;
  const rival = code(other);
  if (rival.encoded.body.length >= made.encoded.body.length) return made;
  return { ...rival, newSha256, secondOpinionWon: true };
}

function readPieces({ newBytes, pieces }: SegmentTask, files: TreeFiles): Uint8Array {
  const bytes = new Uint8Array(newBytes);
  for (const { path, fileOffset, start, length } of pieces) {
    files.readInto(path, fileOffset, bytes.subarray(start, start + length));
  }
  return bytes;
}

/** Known copies as they are; what lies between them matched against the index. */
function alignBytes(task: SegmentTask, newBytes: Uint8Array, sources: SegmentSources): Alignment {
  sources.matcher.loadNew(newBytes);
  const hints = task.pieces.flatMap((piece) => toHint(piece, sources.indexed));
  const rows = new AlignmentBuilder();
  let position = 0;
  let nextHint = 0;
  const matchUpTo = (end: number): void => {
    while ((hints[nextHint]?.newPosition ?? end) < position) nextHint++;
    const firstHint = nextHint;
    while ((hints[nextHint]?.newPosition ?? end) < end) nextHint++;
    if (end > position) {
      appendMatches(rows, {
        ...sources,
        range: { start: position, end, hints: hints.slice(firstHint, nextHint) },
        effort: task.effort,
      });
    }
  };
  for (const copy of task.copies) {
    matchUpTo(copy.newStart);
    rows.add(copy.newStart, copy.oldStart, copy.length);
    position = copy.newStart + copy.length;
  }
  matchUpTo(newBytes.length);
  return limitRows(rows.build());
}

interface RangeRequest extends Pick<SegmentSources, 'matcher' | 'indexed'> {
  readonly range: MatchRange;
  readonly effort: Effort;
}

function appendMatches(rows: AlignmentBuilder, { matcher, indexed, range, effort }: RangeRequest): void {
  const found = toGlobal(indexed, toAlignment(matcher.matchRange(range, MATCH_SEARCH[effort])));
  for (let row = 0; row < found.count; row++) {
    rows.add(found.newStart[row] as number, found.oldStart[row] as number, found.length[row] as number);
  }
}

/** A piece probably resembles the same place of the old file of its path. */
function toHint({ namesake, fileOffset, start }: SegmentPiece, indexed: SpanMap): MatchHint[] {
  if (namesake === undefined || fileOffset >= namesake.sizeBytes) return [];
  const oldPosition = localPosition(indexed, namesake.start + fileOffset);
  const inside = oldPosition >= 0 && oldPosition < indexed.totalBytes;
  return inside ? [{ newPosition: start, oldPosition }] : [];
}

function codeSegment(
  { effort }: SegmentTask,
  newBytes: Uint8Array,
  alignment: Alignment,
  { oldFiles, oldSpace, addressMaps }: SegmentSources & Pick<SegmentKnowledge, 'addressMaps'>,
): Pick<MadeSegment, 'encoded' | 'oldRanges'> {
  const spans = planOldReads(alignment, addressMaps.size > 0);
  const map = mapSpans(spans);
  const oldBytes = new Uint8Array(map.totalBytes);
  const oldRanges = readSpans(oldFiles, oldSpace, spans, oldBytes);
  const encoded = encodeSegment({
    newBytes,
    oldBytes,
    prediction: predictRanges(oldRanges, oldBytes, addressMaps),
    alignment: toLocal(map, alignment),
    effort,
  });
  return { encoded, oldRanges };
}

/** Files that lie in the segment as a whole and have an old file of their path. */
function filePairs({ pieces }: SegmentTask): FilePair[] {
  return pieces.flatMap(({ path, start, length, fileBytes, namesake }) =>
    namesake === undefined || length !== fileBytes
      ? []
      : [{ path, newStart: start, newBytes: length, oldStart: namesake.start, oldBytes: namesake.sizeBytes }],
  );
}
