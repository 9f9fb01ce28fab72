import { AddressMapRoom } from '../../formats/address-map-room.ts';
import type { PatchAddressMap, UnplacedSegment } from '../../formats/patch.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { collectGarbage } from '../../threads/collect-garbage.ts';
import { expandPlan } from './expand-plan.ts';
import type { PatchWriter } from './patch-writer.ts';
import type { PatchPlan } from '../plan/plan-patch.ts';
import type { MadeSegment } from './segment-maker.ts';
import { makeSegments, type ScheduledSegment } from './segment-schedule.ts';
import { countThreads, countUsefulThreads, isLittleWork } from './thread-memory.ts';

/** Rows of a plan's segments, from `first` up to and without `end`. */
export interface SegmentRange {
  readonly first: number;
  readonly end: number;
}

export interface PatchProgress {
  /** Bytes of changed files whose segments are made. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Where a plan's segments are made from, and how. */
export interface MakingOptions {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly workers?: number | undefined;
  /**
   * Do little work on the calling thread: for programs that have nothing else to do meanwhile. It is blocked for a second
   * at most, looks up between segments, and keeps the memory it worked in.
   */
  readonly mayBlock?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PatchProgress) => void) | undefined;
}

export interface WrittenSegments {
  /** Sorted by `firstSegment`, which counts in the plan, then by `oldFile`, which counts in the old space's files. */
  readonly addressMaps: readonly PatchAddressMap[];
  /** Segments for which bsdiff's alignment came out smaller. */
  readonly secondOpinionWins: number;
}

/**
 * Make a range of a plan's segments into a writer that holds nothing else.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `PATCH_INPUT_CHANGED`, `PATCH_WRITE_FAILED`,
 *   `PATCH_BUDGET_TOO_SMALL`, `THREAD_FAILED`; the signal's reason if it fires.
 */
export async function writeSegments(
  plan: PatchPlan,
  { first, end }: SegmentRange,
  writer: PatchWriter,
  { oldRoot, newRoot, workers, mayBlock, signal, onProgress }: MakingOptions,
): Promise<WrittenSegments> {
  const planned = plan.segments.slice(first, end);
  const onCallingThread = mayBlock === true && workers === undefined && isLittleWork(planned);
  const expanded = await expandPlan(plan, { oldRoot, newRoot, signal, onCallingThread });
  // Of listing two trees, and of the plan.
  collectGarbage();
  const segments = expanded?.segments.slice(first, end) ?? planned;
  const bytesTotal = segments.reduce((sum, { task }) => sum + task.newBytes, 0);
  const addressMaps: PatchAddressMap[] = [];
  let bytesDone = 0;
  let secondOpinionWins = 0;
  await makeSegments({
    data: { oldRoot, newRoot, oldSpace: plan.oldSpace, oldStreams: expanded?.oldStreams ?? [] },
    segments,
    workers: onCallingThread ? 0 : countThreads(plan, segments, workers ?? countUsefulThreads(segments)),
    indexBudgetBytes: plan.indexBudgetBytes,
    memoryBudgetBytes: plan.memoryBudgetBytes,
    addressMapRoom: new AddressMapRoom(segments.length / Math.max(1, plan.segments.length)),
    signal,
    onSegment: async (row, segment) => {
      const unplaced = toUnplaced(segments[row] as ScheduledSegment, segment);
      await writer.addSegment(row, segment.body, unplaced);
      if (segment.secondOpinionWon) secondOpinionWins++;
      bytesDone += unplaced.newBytes;
      onProgress?.({ bytesDone, bytesTotal });
    },
    onAddressMap: (map) => addressMaps.push({ ...map, firstSegment: first + map.firstSegment }),
  });
  return { addressMaps, secondOpinionWins };
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
