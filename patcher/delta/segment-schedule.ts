import { createMatchMemory } from '../kernels/match/match-memory.ts';
import { TaskThread } from '../threads/task-thread.ts';
import { deltaErrors } from './delta-errors.ts';
import type { DeltaResult, DeltaTask, DeltaWorkerData, SharedIndex } from './delta-worker.ts';
import { INDEX_DENSITY, type IndexShape, planIndex } from './old-index.ts';
import { countSpanBytes, type OldSpan } from './old-space.ts';
import type { MadeSegment, SegmentTask } from './segment-maker.ts';

type DeltaThread = TaskThread<DeltaTask, DeltaResult>;

/** A segment to make and the old bytes to make it from. */
export interface ScheduledSegment {
  readonly task: SegmentTask;
  /** The same array for all segments that share an index. */
  readonly spans: readonly OldSpan[];
}

export interface ScheduleOptions {
  readonly data: Omit<DeltaWorkerData, 'matchMemory' | 'thread'>;
  readonly segments: readonly ScheduledSegment[];
  readonly workers: number;
  readonly indexBudgetBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each segment as it is made, in any order, one after the other. */
  readonly onSegment: (row: number, segment: MadeSegment) => Promise<void>;
}

/**
 * Make segments on worker threads. One index lives at a time; the segments that share it are made side by side.
 * @throws {AppError} The first failure, when all threads have ended; the signal's reason if it fires.
 */
export async function makeSegments(options: ScheduleOptions): Promise<void> {
  const { segments, signal } = options;
  signal?.throwIfAborted();
  if (segments.length === 0) return;
  const groups = groupByIndex(segments).map((rows) => planGroup(rows, options));
  const count = Math.min(Math.max(1, options.workers), segments.length);
  const matchMemory = createMatchMemory({
    indexBytes: Math.max(...groups.map(({ shape }) => shape.memoryBytes)),
    newBytesMax: Math.max(...segments.map(({ task }) => task.newBytes)),
    threads: count,
  });
  const script = new URL('delta-worker.ts', import.meta.url);
  const threads = Array.from({ length: count }, (_, thread): DeltaThread => {
    const data: DeltaWorkerData = { ...options.data, matchMemory, thread };
    return new TaskThread({ script, data, signal });
  });
  try {
    for (const group of groups) await makeGroup(threads, group, options);
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

function groupByIndex(segments: readonly ScheduledSegment[]): number[][] {
  const groups: number[][] = [];
  segments.forEach(({ spans }, row) => {
    const last = groups.at(-1);
    if (last !== undefined && segments[row - 1]?.spans === spans) last.push(row);
    else groups.push([row]);
  });
  return groups;
}

/** Segments that share an index. */
interface SegmentGroup {
  readonly rows: readonly number[];
  readonly spans: readonly OldSpan[];
  readonly shape: IndexShape;
}

function planGroup(
  rows: readonly number[],
  { segments, indexBudgetBytes: budgetBytes }: ScheduleOptions,
): SegmentGroup {
  const { spans, task } = segments[rows[0] as number] as ScheduledSegment;
  const shape = planIndex(countSpanBytes(spans), budgetBytes, INDEX_DENSITY[task.effort]);
  if (shape === undefined) throw deltaErrors.error('PATCH_BUDGET_TOO_SMALL', { budgetBytes });
  return { rows, spans, shape };
}

async function makeGroup(
  threads: readonly DeltaThread[],
  { rows, spans, shape }: SegmentGroup,
  { segments, onSegment, signal }: ScheduleOptions,
): Promise<void> {
  const index: SharedIndex = { spans, oldBytes: countSpanBytes(spans), ...shape };
  expectKind(await (threads[0] as DeltaThread).run({ kind: 'index', index }), 'indexed');
  let next = 0;
  let written = Promise.resolve();
  const work = async (thread: DeltaThread): Promise<void> => {
    while (next < rows.length) {
      signal?.throwIfAborted();
      const row = rows[next++] as number;
      const { task } = segments[row] as ScheduledSegment;
      const { segment } = expectKind(await thread.run({ kind: 'segment', index, task }), 'made');
      written = written.then(() => onSegment(row, segment));
      await written;
    }
  };
  const outcomes = await Promise.allSettled(threads.map(work));
  signal?.throwIfAborted();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function expectKind<Kind extends DeltaResult['kind']>(
  result: DeltaResult,
  kind: Kind,
): Extract<DeltaResult, { kind: Kind }> {
  if (result.kind !== kind) throw new TypeError(`a worker answered ${result.kind} instead of ${kind}`);
  return result as Extract<DeltaResult, { kind: Kind }>;
}
