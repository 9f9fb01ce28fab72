import { TaskThread } from '../threads/task-thread.ts';
import { deltaErrors } from './delta-errors.ts';
import type { DeltaResult, DeltaTask, DeltaWorkerData, SharedIndex } from './delta-worker.ts';
import { planIndex } from './old-index.ts';
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
  readonly data: DeltaWorkerData;
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
  const count = Math.min(Math.max(1, options.workers), segments.length);
  const script = new URL('delta-worker.ts', import.meta.url);
  const threads = Array.from(
    { length: count },
    (): DeltaThread => new TaskThread({ script, data: options.data, signal }),
  );
  try {
    for (const rows of groupByIndex(segments)) await makeGroup(threads, rows, options);
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

async function makeGroup(
  threads: readonly DeltaThread[],
  rows: readonly number[],
  { segments, indexBudgetBytes, onSegment, signal }: ScheduleOptions,
): Promise<void> {
  const spans = segments[rows[0] as number]?.spans ?? [];
  const index = await buildIndex(threads[0] as DeltaThread, spans, indexBudgetBytes);
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

async function buildIndex(
  thread: DeltaThread,
  spans: readonly OldSpan[],
  budgetBytes: number,
): Promise<SharedIndex> {
  const oldBytes = countSpanBytes(spans);
  const shape = planIndex(oldBytes, budgetBytes);
  if (shape === undefined) throw deltaErrors.error('PATCH_BUDGET_TOO_SMALL', { budgetBytes });
  const index = {
    spans,
    old: new Uint8Array(new SharedArrayBuffer(oldBytes)),
    slots: new Uint32Array(new SharedArrayBuffer(4 * 2 ** shape.slotsLog2)),
  };
  expectKind(await thread.run({ kind: 'index', index, shape }), 'indexed');
  return index;
}

function expectKind<Kind extends DeltaResult['kind']>(
  result: DeltaResult,
  kind: Kind,
): Extract<DeltaResult, { kind: Kind }> {
  if (result.kind !== kind) throw new TypeError(`a worker answered ${result.kind} instead of ${kind}`);
  return result as Extract<DeltaResult, { kind: Kind }>;
}
