import { availableParallelism } from 'node:os';
import { countAreaBytes } from '../../kernels/match/match-memory.ts';
import type { Effort } from '../effort.ts';
import { INDEX_DENSITY, planIndex } from '../plan/old-index.ts';
import type { ExecutablePair } from '../match/executable-pairs.ts';
import { countSpanBytes, type OldSpan } from '../plan/old-space.ts';
import type { PatchPlan } from '../plan/plan-patch.ts';
import type { SegmentLimits } from '../plan/segment-limits.ts';
import type { DeltaWorkerData } from './delta-work.ts';
import type { ScheduledSegment } from './segment-schedule.ts';
import { countExpandedBytes } from './segment-streams.ts';

/** Of a thread that has nothing to do yet: its heap and what the engine keeps for it. */
const IDLE_BYTES = 16 * 2 ** 20;
/** Models and tables of the coders. */
const CODER_BYTES = {
  fast: 10 * 2 ** 20,
  default: 10 * 2 ** 20,
  max: 32 * 2 ** 20,
} as const satisfies Record<Effort, number>;
/**
 * What they code, by the new bytes: both sides of all rows, their marks, and what is coded, which is a part of the
 * new bytes. Extra bytes are coded in the same place and take less.
 */
const CODED_SIDES = 3.5;

/**
 * What a thread holds once it has made the largest of these segments, as it keeps its memory from one to the next: an area
 * to match in, the new bytes, the old ones, what these foretell and its marks, and the coders' sides.
 */
export function countThreadBytes(segments: readonly ScheduledSegment[]): number {
  return segments.reduce((most, { task, spans }) => {
    const { newBytes, limits, effort } = task;
    const oldBytes = Math.min(limits.oldBytes, countSpanBytes(spans));
    return Math.max(
      most,
      countMakingBytes({ newBytes, expandedBytes: countExpandedBytes(task), oldBytes }, effort),
    );
  }, 0);
}

/** What a thread holds once it has made a segment of this size; where the new bytes are not expanded, the old are not either. */
export function countMakingBytes(
  { newBytes, expandedBytes, oldBytes }: SegmentLimits,
  effort: Effort,
): number {
  const foretold = effort === 'fast' ? 0 : 2 * oldBytes;
  const packed = expandedBytes > newBytes ? expandedBytes + oldBytes : 0;
  const coded = CODER_BYTES[effort] + Math.ceil(CODED_SIDES * expandedBytes);
  const reading = newBytes + oldBytes + packed + foretold;
  return IDLE_BYTES + countAreaBytes(expandedBytes) + reading + coded;
}

/** The largest index of these segments. */
export function countIndexBytes(segments: readonly ScheduledSegment[], indexBudgetBytes: number): number {
  return segments.reduce((most, { spans, task }) => {
    const shape = planIndex(countSpanBytes(spans), indexBudgetBytes, INDEX_DENSITY[task.effort]);
    return Math.max(most, shape?.memoryBytes ?? 0);
  }, 0);
}

/** New bytes for which a thread is worth its start, some 80 ms of CPU time. */
const WORTH_BYTES = { fast: 24 * 2 ** 20, default: 12 * 2 ** 20, max: 2 ** 20 } as const satisfies Record<
  Effort,
  number
>;

/** As many threads as have enough to do, at most one a core. */
export function countUsefulThreads(segments: readonly ScheduledSegment[]): number {
  return Math.min(availableParallelism(), Math.ceil(countWorth(segments)));
}

/**
 * New bytes that are rather made on the calling thread where it may be blocked: a second's work. At effort `fast`, which is
 * there to take little CPU, threads and what they are sent would take a tenth more of it.
 */
const LITTLE_BYTES = { ...WORTH_BYTES, fast: 128 * 2 ** 20 } as const satisfies Record<Effort, number>;

/** Whether threads would take more than they are worth. */
export function isLittleWork(segments: readonly ScheduledSegment[]): boolean {
  return countWorth(segments, LITTLE_BYTES) <= 1;
}

function countWorth(
  segments: readonly ScheduledSegment[],
  worthBytes: Record<Effort, number> = WORTH_BYTES,
): number {
  return segments.reduce((sum, { task }) => sum + task.newBytes / worthBytes[task.effort], 0);
}

/** As many threads as fit the budget beside the largest index; one in any case. */
export function countThreads(
  { memoryBudgetBytes, indexBudgetBytes }: Pick<PatchPlan, 'memoryBudgetBytes' | 'indexBudgetBytes'>,
  segments: readonly ScheduledSegment[],
  wanted: number,
): number {
  const roomBytes = memoryBudgetBytes - countIndexBytes(segments, indexBudgetBytes);
  const affordable = Math.floor(roomBytes / countThreadBytes(segments));
  return Math.max(1, Math.min(wanted, affordable, segments.length));
}

/** Votes on how addresses moved, by the new file: of a program of 118 MiB 1.6 million, beside which they are sorted. */
const VOTES_SHARE = 1 / 4;

/** What a thread holds to make an address map: the new file, the old one where the index does not hold it, and votes. */
export function countMapBytes(
  { newFileBytes, oldFile }: Pick<ExecutablePair, 'newFileBytes' | 'oldFile'>,
  spans: readonly OldSpan[],
  { oldSpace, oldStreams }: Pick<DeltaWorkerData, 'oldSpace' | 'oldStreams'>,
): number {
  const start = oldSpace.starts[oldFile] as number;
  const sizeBytes = oldSpace.files[oldFile]?.sizeBytes ?? 0;
  const isHeld =
    oldStreams.length === 0 &&
    spans.some((span) => span.start <= start && start + sizeBytes <= span.start + span.length);
  return Math.ceil(newFileBytes * (1 + VOTES_SHARE)) + (isHeld ? 0 : sizeBytes);
}
