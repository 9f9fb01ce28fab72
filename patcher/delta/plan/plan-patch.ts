import type { FileEntry } from '../../formats/manifest.ts';
import { compilePreserveRules } from '../../paths/preserve-rules.ts';
import { deltaErrors } from '../delta-errors.ts';
import type { Effort } from '../effort.ts';
import { layNewSpace, listFiles, type MadeStretch, type NewSpace, type PatchTree } from './new-space.ts';
import { planIndex } from './old-index.ts';
import { layOldSpace, type OldSpace } from './old-space.ts';
import { planReference, type ReferencePlan } from './reference-plan.ts';
import { chooseSegmentLimits } from './segment-limits.ts';
import { leaveOutRepeats, type Repeat } from './repeats.ts';
import type { SegmentPiece, SegmentTask } from '../make/segment-maker.ts';
import type { ScheduledSegment } from '../make/segment-schedule.ts';

export interface PatchPlanOptions {
  /** Scans of both folders, or the manifests of both builds. */
  readonly oldTree: PatchTree;
  readonly newTree: PatchTree;
  readonly effort?: Effort | undefined;
  /** Memory to compare in, all threads together; 512 MiB by default, 16 MiB at least. */
  readonly memoryBudgetBytes?: number | undefined;
  /** Most made bytes of one segment; smaller ones compress less and resume sooner. */
  readonly segmentBytes?: number | undefined;
  /** Ask bsdiff as well, where affordable. */
  readonly secondOpinion?: boolean | undefined;
  /** What `findRepeats` gave for the two trees; none by default. */
  readonly repeats?: readonly Repeat[] | undefined;
}

/**
 * What a patch will consist of, decided from the two listings and what is known to repeat: no file is read, and the same
 * listings and options give the same plan everywhere, so that its segments can be made by different machines.
 */
export interface PatchPlan {
  readonly oldTree: PatchTree;
  readonly newTree: PatchTree;
  readonly oldFiles: readonly FileEntry[];
  readonly oldSpace: OldSpace;
  /** Old files that players change: nothing is made of their bytes. */
  readonly playersFiles: ReadonlySet<number>;
  readonly newSpace: NewSpace;
  readonly segments: readonly ScheduledSegment[];
  readonly memoryBudgetBytes: number;
  /** Most memory of one index. */
  readonly indexBudgetBytes: number;
}

const BUDGET_BYTES_DEFAULT = 512 * 2 ** 20;
const BUDGET_BYTES_MIN = 16 * 2 ** 20;
/** The rest is what the threads hold beside the index they share. */
const INDEX_SHARE = 1 / 2;

/** @throws {AppError} `PATCH_BUDGET_TOO_SMALL`. */
export function planPatch(options: PatchPlanOptions): PatchPlan {
  const { oldTree, newTree, effort = 'default' } = options;
  const memoryBudgetBytes = options.memoryBudgetBytes ?? BUDGET_BYTES_DEFAULT;
  if (memoryBudgetBytes < BUDGET_BYTES_MIN) {
    throw deltaErrors.error('PATCH_BUDGET_TOO_SMALL', { budgetBytes: memoryBudgetBytes });
  }
  const indexBudgetBytes = memoryBudgetBytes * INDEX_SHARE;
  const oldFiles = listFiles(oldTree);
  const oldSpace = layOldSpace(oldFiles.map(({ path, sizeBytes }) => ({ path, sizeBytes })));
  const newSpace = leaveOutRepeats(layNewSpace(oldFiles, newTree), options.repeats ?? []);
  const { made, madeBytes } = newSpace;
  const playersFiles = findPlayersFiles(oldFiles, options);
  const reference = planReference({
    oldFiles,
    oldSpace,
    playersFiles,
    oldTree,
    newTree,
    made,
    madeBytes,
    budgetBytes: indexBudgetBytes,
    effort,
  });
  const limits = chooseSegmentLimits(memoryBudgetBytes - indexBudgetBytes, effort);
  const segments = cutSegments(newSpace, listNamesakes(oldSpace, playersFiles), reference, {
    effort,
    secondOpinion: options.secondOpinion ?? false,
    segmentBytes: Math.min(options.segmentBytes ?? limits.newBytes, limits.newBytes),
    limits,
  });
  return {
    oldTree,
    newTree,
    oldFiles,
    oldSpace,
    playersFiles,
    newSpace,
    segments,
    memoryBudgetBytes,
    indexBudgetBytes,
  };
}

/**
 * Old files that players make their own, such as settings and saves. A segment that read one of them could be used by
 * nobody who ever changed it, and all else that it makes would be fetched as chunks.
 */
function findPlayersFiles(
  oldFiles: readonly FileEntry[],
  { oldTree, newTree }: PatchPlanOptions,
): ReadonlySet<number> {
  const isPlayers = compilePreserveRules([...(oldTree.preserve ?? []), ...(newTree.preserve ?? [])]);
  return new Set(oldFiles.flatMap(({ path }, row) => (isPlayers(path) ? [row] : [])));
}

type Namesakes = ReadonlyMap<string, NonNullable<SegmentPiece['namesake']>>;

function listNamesakes({ files, starts }: OldSpace, playersFiles: ReadonlySet<number>): Namesakes {
  return new Map(
    files.flatMap(({ path, sizeBytes }, row) =>
      playersFiles.has(row) ? [] : [[path, { start: starts[row] as number, sizeBytes }]],
    ),
  );
}

/** Whether so many old bytes are compared as a whole, whatever chunks they consist of. */
export function isIndexedWhole(oldBytes: number, memoryBudgetBytes: number): boolean {
  return planIndex(oldBytes, memoryBudgetBytes * INDEX_SHARE) !== undefined;
}

/** Equal parts, so that the last thread is not left with a full segment. */
function cutSegments(
  { made, madeBytes }: NewSpace,
  namesakes: Namesakes,
  reference: ReferencePlan,
  {
    segmentBytes,
    ...how
  }: Pick<SegmentTask, 'effort' | 'secondOpinion' | 'limits'> & {
    readonly segmentBytes: number;
  },
): ScheduledSegment[] {
  const count = Math.ceil(madeBytes / segmentBytes);
  const bytes = Math.ceil(madeBytes / Math.max(1, count));
  return Array.from({ length: count }, (_, row) => {
    const start = row * bytes;
    const end = Math.min(madeBytes, start + bytes);
    const task: SegmentTask = {
      newBytes: end - start,
      pieces: cutPieces(made, namesakes, start, end),
      copies: cutCopies(reference, start, end),
      streams: [],
      ...how,
    };
    return { task, spans: reference.spansFor(start, end) };
  });
}

function cutPieces(
  made: readonly MadeStretch[],
  namesakes: Namesakes,
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
