import { availableParallelism } from 'node:os';
import type { FileEntry, Sha256 } from '../formats/manifest.ts';
import { type PatchEntry, SEGMENT_NEW_BYTES_MAX, type UnplacedSegment } from '../formats/patch.ts';
import { serializePatchHeader } from '../formats/patch-format.ts';
import { computeSha256 } from '../formats/sha256.ts';
import { computeFilesDigest, computeTreeDigest } from '../formats/tree-digest.ts';
import { deltaErrors } from './delta-errors.ts';
import { layNewSpace, listFiles, type MadeStretch, type NewSpace, type PatchTree } from './new-space.ts';
import { layOldSpace, type OldSpace } from './old-space.ts';
import { PatchWriter } from './patch-writer.ts';
import { planReference, type ReferencePlan } from './reference-plan.ts';
import { isSecondOpinionAvailable } from './second-opinion.ts';
import type { MadeSegment, SegmentPiece, SegmentTask } from './segment-maker.ts';
import { makeSegments, type ScheduledSegment } from './segment-schedule.ts';
import type { Effort } from './stream-coding.ts';

export interface MakePatchOptions {
  readonly oldRoot: string;
  /** A scan of `oldRoot`, or the manifest of that build. */
  readonly oldTree: PatchTree;
  readonly newRoot: string;
  readonly newTree: PatchTree;
  /** Written beside itself first, and put in place when complete. */
  readonly outPath: string;
  readonly effort?: Effort;
  /** Memory to compare in, all threads together; 512 MiB by default, 16 MiB at least. */
  readonly memoryBudgetBytes?: number;
  readonly workers?: number;
  /** Most made bytes of one segment, 16 MiB at most and by default; smaller ones compress less and resume sooner. */
  readonly segmentBytes?: number;
  /** Ask bsdiff as well, where affordable; by default at effort `max`. */
  readonly secondOpinion?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PatchProgress) => void;
}

export interface PatchProgress {
  /** Bytes of changed files whose segments are made. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface PatchReport {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly headerBytes: number;
  readonly segments: number;
  /** Bytes of changed files. */
  readonly madeBytes: number;
  /** Bytes of files that are whole old files. */
  readonly copiedBytes: number;
  /** Whether bsdiff was asked. */
  readonly secondOpinion: 'off' | 'unavailable' | 'used';
  /** Segments for which bsdiff's alignment came out smaller. */
  readonly secondOpinionWins: number;
}

const BUDGET_BYTES_DEFAULT = 512 * 2 ** 20;
const BUDGET_BYTES_MIN = 16 * 2 ** 20;
/** What a thread holds beside the shared index: a segment's old and new bytes, its streams, and their coder. */
const THREAD_BYTES = 64 * 2 ** 20;

/**
 * Make the patch that turns one build into another. The same trees give the same patch whatever the number of
 * threads, as long as zlib is the same.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH` or `PATCH_INPUT_CHANGED` when a folder is not what its
 *   tree says, `PATCH_WRITE_FAILED`, `PATCH_BUDGET_TOO_SMALL`, `THREAD_FAILED`; the signal's reason if it fires.
 * @see docs/formats/patch.md
 */
export async function makePatch(options: MakePatchOptions): Promise<PatchReport> {
  const { oldRoot, newRoot, oldTree, newTree, signal, onProgress } = options;
  const budgetBytes = options.memoryBudgetBytes ?? BUDGET_BYTES_DEFAULT;
  if (budgetBytes < BUDGET_BYTES_MIN) throw deltaErrors.error('PATCH_BUDGET_TOO_SMALL', { budgetBytes });
  const workers = options.workers ?? availableParallelism();
  const indexBudgetBytes = Math.max(budgetBytes / 2, budgetBytes - workers * THREAD_BYTES);
  const oldFiles = listFiles(oldTree);
  const oldSpace = layOldSpace(oldFiles.map(({ path, sizeBytes }) => ({ path, sizeBytes })));
  const newSpace = layNewSpace(oldFiles, newTree);
  const { made, madeBytes } = newSpace;
  const reference = planReference({
    oldFiles,
    oldSpace,
    oldTree,
    newTree,
    made,
    madeBytes,
    budgetBytes: indexBudgetBytes,
  });
  const secondOpinion = decideSecondOpinion(options);
  const segments = cutSegments(newSpace, oldSpace, reference, {
    effort: options.effort ?? 'default',
    secondOpinion: secondOpinion === 'used',
    segmentBytes: Math.min(options.segmentBytes ?? SEGMENT_NEW_BYTES_MAX, SEGMENT_NEW_BYTES_MAX),
  });
  await using writer = await PatchWriter.open(options.outPath);
  let bytesDone = 0;
  let secondOpinionWins = 0;
  await makeSegments({
    data: { oldRoot, newRoot, oldSpace },
    segments,
    workers,
    indexBudgetBytes,
    signal,
    onSegment: async (row, segment) => {
      await writer.addSegment(row, segment.body, toUnplaced(segments[row] as ScheduledSegment, segment));
      if (segment.secondOpinionWon) secondOpinionWins++;
      bytesDone += segments[row]?.task.newBytes ?? 0;
      onProgress?.({ bytesDone, bytesTotal: madeBytes });
    },
  });
  const header = layHeader({ oldTree, newTree, oldFiles, newSpace, segments: writer.segments });
  return {
    ...(await writer.finish(header)),
    headerBytes: header.length,
    segments: segments.length,
    madeBytes,
    copiedBytes: sumCopied(newSpace.entries),
    secondOpinion,
    secondOpinionWins,
  };
}

function decideSecondOpinion({ secondOpinion, effort }: MakePatchOptions): PatchReport['secondOpinion'] {
  if (!(secondOpinion ?? effort === 'max')) return 'off';
  return isSecondOpinionAvailable() ? 'used' : 'unavailable';
}

/** Equal parts, so that the last thread is not left with a full segment. */
function cutSegments(
  { made, madeBytes }: NewSpace,
  oldSpace: OldSpace,
  reference: ReferencePlan,
  { segmentBytes, ...how }: Pick<SegmentTask, 'effort' | 'secondOpinion'> & { readonly segmentBytes: number },
): ScheduledSegment[] {
  const count = Math.ceil(madeBytes / segmentBytes);
  const bytes = Math.ceil(madeBytes / Math.max(1, count));
  const namesakes = new Map(
    oldSpace.files.map(({ path, sizeBytes }, row) => [
      path,
      { start: oldSpace.starts[row] as number, sizeBytes },
    ]),
  );
  return Array.from({ length: count }, (_, row) => {
    const start = row * bytes;
    const end = Math.min(madeBytes, start + bytes);
    const task: SegmentTask = {
      newBytes: end - start,
      pieces: cutPieces(made, namesakes, start, end),
      copies: cutCopies(reference, start, end),
      ...how,
    };
    return { task, spans: reference.spansFor(start, end) };
  });
}

function cutPieces(
  made: readonly MadeStretch[],
  namesakes: ReadonlyMap<string, NonNullable<SegmentPiece['namesake']>>,
  start: number,
  end: number,
): SegmentPiece[] {
  return made.flatMap(({ file: { path, sizeBytes }, fileOffset, offset, length }) => {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + length);
    if (from >= to) return [];
    const namesake = namesakes.get(path);
    return [
      {
        path,
        fileOffset: fileOffset + from - offset,
        length: to - from,
        start: from - start,
        fileBytes: sizeBytes,
        namesake,
      },
    ];
  });
}

function cutCopies({ copies }: ReferencePlan, start: number, end: number): SegmentTask['copies'] {
  return copies.flatMap((copy) => {
    const from = Math.max(start, copy.newStart);
    const to = Math.min(end, copy.newStart + copy.length);
    if (from >= to) return [];
    return [{ newStart: from - start, oldStart: copy.oldStart + from - copy.newStart, length: to - from }];
  });
}

function toUnplaced({ task }: ScheduledSegment, made: MadeSegment): UnplacedSegment {
  return {
    packedBytes: made.body.length,
    packedSha256: computeSha256(made.body),
    newBytes: task.newBytes,
    newSha256: made.newSha256,
    oldRanges: made.oldRanges,
  };
}

interface HeaderInput {
  readonly oldTree: PatchTree;
  readonly newTree: PatchTree;
  readonly oldFiles: readonly FileEntry[];
  readonly newSpace: NewSpace;
  readonly segments: readonly UnplacedSegment[];
}

/** List only those old files that are read, and count in that list. */
function layHeader({ oldTree, newTree, oldFiles, newSpace, segments }: HeaderInput): Uint8Array {
  const used = new Set<number>();
  for (const entry of newSpace.entries) {
    if (entry.kind === 'file' && entry.origin.kind === 'copy') used.add(entry.origin.oldFile);
  }
  for (const { oldRanges } of segments) for (const { oldFile } of oldRanges) used.add(oldFile);
  const rows = [...used].sort((a, b) => a - b);
  const listed = rows.map((row) => oldFiles[row] as FileEntry);
  const places = new Map(rows.map((row, place) => [row, place]));
  const place = (row: number): number => places.get(row) as number;
  return serializePatchHeader({
    oldTreeDigest: computeTreeDigest(oldTree.entries),
    newTreeDigest: computeTreeDigest(newTree.entries),
    oldFilesDigest: computeFilesDigest(listed),
    entries: newSpace.entries.map((entry) => placeOrigin(entry, place)),
    oldFiles: listed.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    segments: segments.map((segment) => ({
      ...segment,
      oldRanges: segment.oldRanges.map((range) => ({ ...range, oldFile: place(range.oldFile) })),
    })),
  });
}

function placeOrigin(entry: PatchEntry, place: (row: number) => number): PatchEntry {
  if (entry.kind !== 'file' || entry.origin.kind !== 'copy') return entry;
  return { ...entry, origin: { kind: 'copy', oldFile: place(entry.origin.oldFile) } };
}

function sumCopied(entries: readonly PatchEntry[]): number {
  return entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' && entry.origin.kind === 'copy' ? entry.sizeBytes : 0),
    0,
  );
}
