import { expandBytes } from '../../containers/expand-bytes.ts';
import { ExpandedSpace } from '../../containers/expanded-space.ts';
import { toPackedStreams } from '../../containers/expansion.ts';
import { ZLIB_INFLATER } from '../../containers/inflate-stream.ts';
import type { DescribedStream } from '../../containers/plan-expansion.ts';
import type { AddressMap } from '../../executables/address-map.ts';
import type { OldRange } from '../../formats/patch.ts';
import { SEGMENT_SIDES_BYTES_MAX, type SegmentDemand } from '../../formats/segment-demand.ts';
import type { Sha256 } from '../../formats/manifest.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import type { MatchHint, MatchKernel, MatchRange } from '../../kernels/match/match-kernel.ts';
import { type Alignment, AlignmentBuilder } from '../match/alignment.ts';
import { deltaErrors } from '../delta-errors.ts';
import type { Effort } from '../effort.ts';
import { codeWithinDemand } from './code-within-demand.ts';
import { encodeSegment } from './encode-segment.ts';
import { expandRanges } from '../expand-ranges.ts';
import type { ExpandedOld } from './expanded-old.ts';
import { MATCH_SEARCH } from '../match/match-effort.ts';
import { limitRows, planOldReads } from '../match/old-reads.ts';
import { predictRanges } from '../predict-ranges.ts';
import { toRealRows } from '../match/real-rows.ts';
import type { KnownCopy } from '../plan/reference-plan.ts';
import { computeSecondOpinion, type FilePair } from '../match/second-opinion.ts';
import { countExpandedBytes, toRebuiltStreams } from './segment-streams.ts';
import { ReusableBytes } from '../apply/reusable-bytes.ts';
import { findLastAtMost, type OldSpan } from '../plan/old-space.ts';
import type { SegmentLimits } from '../plan/segment-limits.ts';
import { addGlobal, localPosition, mapSpans, type SpanMap, toLocal } from '../plan/span-map.ts';
import type { TreeFiles } from '../tree-files.ts';

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
  /** To be expanded, in the order of their offsets, which count in the segment; none where there are copies. */
  readonly streams: readonly DescribedStream[];
  readonly effort: Effort;
  readonly secondOpinion: boolean;
  readonly limits: SegmentLimits;
}

/** What segments are made from: both trees, and an index over part of the old one. */
export interface SegmentSources {
  readonly old: ExpandedOld;
  readonly oldFiles: TreeFiles;
  readonly newFiles: TreeFiles;
  /** Has its index open. */
  readonly matcher: MatchKernel;
  /** Which part of the expanded old space the index holds. */
  readonly indexed: SpanMap;
}

export interface MadeSegment {
  readonly body: Uint8Array;
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

/** Which old bytes a segment's new bytes resemble. */
export interface AlignedSegment {
  /** Counts in the expanded new bytes and in the expanded old space. */
  readonly alignment: Alignment;
  /** What of it lies in no stream, counted in the segment and in the old space. */
  readonly real: Alignment;
}

/**
 * Find the old bytes that a segment's new bytes resemble.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `PATCH_INPUT_CHANGED`.
 */
export function alignSegment(task: SegmentTask, sources: SegmentSources): AlignedSegment {
  const fresh = expandNew(task, readPieces(task, sources.newFiles));
  const alignment = alignBytes(task, fresh, sources);
  return { alignment, real: toRealRows(alignment, fresh.space, sources.old.space) };
}

/**
 * Make one segment: match, read the old bytes found, code.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `PATCH_INPUT_CHANGED`.
 */
export function makeSegment(
  task: SegmentTask,
  sources: SegmentSources,
  { alignment, addressMaps }: SegmentKnowledge,
): MadeSegment {
  const newBytes = readPieces(task, sources.newFiles);
  const newSha256 = computeSha256(newBytes);
  const fresh = expandNew(task, newBytes);
  const code = (rows: Alignment): Pick<MadeSegment, 'body' | 'oldRanges'> =>
    codeSegment(task, fresh.bytes, rows, { ...sources, addressMaps });
  const own = alignment ?? alignBytes(task, fresh, sources);
  const made = { ...code(own), newSha256, secondOpinionWon: false };
  if (!task.secondOpinion) return made;
  const other = computeSecondOpinion(own, filePairs(task, fresh.space, sources.old), sources);
  if (other === undefined) return made;
  const rival = code(other);
  if (rival.body.length >= made.body.length) return made;
  return { ...rival, newSha256, secondOpinionWon: true };
}

/** The thread's: one segment is made after the other. */
const readBytes = new ReusableBytes();
const expandedBytes = new ReusableBytes();

function readPieces({ newBytes, pieces }: SegmentTask, files: TreeFiles): Uint8Array {
  const bytes = readBytes.take(newBytes);
  for (const { path, fileOffset, start, length } of pieces) {
    files.readInto(path, fileOffset, bytes.subarray(start, start + length));
  }
  return bytes;
}

/** A segment's new bytes with its streams expanded. */
interface ExpandedNew {
  readonly bytes: Uint8Array;
  readonly space: ExpandedSpace;
}

function expandNew(task: SegmentTask, newBytes: Uint8Array): ExpandedNew {
  const { streams, pieces } = task;
  const space = new ExpandedSpace(newBytes.length, streams);
  if (streams.length === 0) return { bytes: newBytes, space };
  const bytes = expandedBytes.take(countExpandedBytes(task));
  if (expandBytes(newBytes, toPackedStreams(streams), bytes, ZLIB_INFLATER) === undefined) {
    throw deltaErrors.error('PATCH_INPUT_CHANGED', { path: pieces[0]?.path ?? '' });
  }
  return { bytes, space };
}

/** Known copies as they are; what lies between them matched against the index. */
function alignBytes(task: SegmentTask, fresh: ExpandedNew, sources: SegmentSources): Alignment {
  sources.matcher.loadNew(fresh.bytes);
  const hints = task.pieces.flatMap((piece) => toHint(piece, fresh.space, sources));
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
  matchUpTo(fresh.bytes.length);
  return limitRows(rows.build());
}

interface RangeRequest extends Pick<SegmentSources, 'matcher' | 'indexed'> {
  readonly range: MatchRange;
  readonly effort: Effort;
}

function appendMatches(rows: AlignmentBuilder, { matcher, indexed, range, effort }: RangeRequest): void {
  addGlobal(indexed, matcher.matchRange(range, MATCH_SEARCH[effort]), rows);
}

/** A piece probably resembles the same place of the old file of its path. */
function toHint(
  { namesake, fileOffset, start }: SegmentPiece,
  newSpace: ExpandedSpace,
  { old, indexed }: SegmentSources,
): MatchHint[] {
  if (namesake === undefined || fileOffset >= namesake.sizeBytes) return [];
  const oldPosition = localPosition(indexed, old.space.toExpanded(namesake.start + fileOffset));
  const inside = oldPosition >= 0 && oldPosition < indexed.totalBytes;
  return inside ? [{ newPosition: newSpace.toExpanded(start), oldPosition }] : [];
}

/** What all of a segment's codings have in common. */
interface SegmentCoding extends SegmentSources, Pick<SegmentKnowledge, 'addressMaps'> {
  readonly task: SegmentTask;
  /** Expanded. */
  readonly newBytes: Uint8Array;
}

/** Code a segment so that its readers get by with the memory they may take. */
function codeSegment(
  task: SegmentTask,
  newBytes: Uint8Array,
  alignment: Alignment,
  sources: SegmentSources & Pick<SegmentKnowledge, 'addressMaps'>,
): Pick<MadeSegment, 'body' | 'oldRanges'> {
  const coding = { ...sources, task, newBytes };
  const oldBytesMost = Math.min(task.limits.oldBytes, SEGMENT_SIDES_BYTES_MAX - newBytes.length);
  const { body, oldRanges } = codeWithinDemand(oldBytesMost, (most) => codeReads(coding, alignment, most));
  return { body, oldRanges };
}

interface CodedReads extends Pick<MadeSegment, 'body' | 'oldRanges'> {
  readonly demand: SegmentDemand;
}

function codeReads(
  { task, newBytes, old, matcher, indexed, addressMaps }: SegmentCoding,
  alignment: Alignment,
  oldBytesMost: number,
): CodedReads {
  const { effort, streams } = task;
  const reads = planOldReads(alignment, old.space, addressMaps.size > 0, oldBytesMost);
  const map = mapSpans(reads.stretches.map(({ expanded }) => expanded));
  const {
    ranges,
    bytes,
    places,
    streams: oldStreams,
  } = old.read(reads.stretches, (span) => viewSpan(indexed, span, matcher.old));
  const fileRanges = expandRanges(ranges, places);
  const { body, demand } = encodeSegment({
    newBytes,
    oldBytes: bytes,
    predict: (touched) => predictRanges(fileRanges, bytes, addressMaps, touched),
    alignment: toLocal(map, reads.alignment),
    expansion: { old: oldStreams, new: toRebuiltStreams(streams) },
    effort,
  });
  const isExpanded = oldStreams.length + streams.length > 0;
  const realOldBytes = isExpanded ? ranges.reduce((sum, { length }) => sum + length, 0) : 0;
  return { body, oldRanges: ranges, demand: { ...demand, realOldBytes } };
}

/** A span of the old space as the index holds it. */
function viewSpan(indexed: SpanMap, { start, length }: OldSpan, bytes: Uint8Array): Uint8Array | undefined {
  const row = findLastAtMost(indexed.globalStarts, start);
  const globalStart = indexed.globalStarts[row] ?? Infinity;
  const localStart = indexed.localStarts[row] ?? 0;
  const localEnd = indexed.localStarts[row + 1] ?? indexed.totalBytes;
  const local = localStart + start - globalStart;
  return local >= localStart && local + length <= localEnd
    ? bytes.subarray(local, local + length)
    : undefined;
}

/** Files that lie in the segment as a whole, have an old file of their path, and no streams that are expanded. */
function filePairs({ pieces }: SegmentTask, newSpace: ExpandedSpace, { space }: ExpandedOld): FilePair[] {
  return pieces.flatMap(({ path, start, length, fileBytes, namesake }) => {
    if (namesake === undefined || length !== fileBytes) return [];
    const newStart = newSpace.toExpanded(start);
    const oldStart = space.toExpanded(namesake.start);
    const isPlain =
      newSpace.toExpanded(start + length) - newStart === length &&
      space.toExpanded(namesake.start + namesake.sizeBytes) - oldStart === namesake.sizeBytes;
    return isPlain ? [{ path, newStart, newBytes: length, oldStart, oldBytes: namesake.sizeBytes }] : [];
  });
}
