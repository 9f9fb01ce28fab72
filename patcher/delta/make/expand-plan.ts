import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { ExpandedSpace } from '../../containers/expanded-space.ts';
import type { DescribedStream, ExpansionPlan } from '../../containers/plan-expansion.ts';
import { CallingThread, type TaskRunner } from '../../threads/calling-thread.ts';
import { TaskThread } from '../../threads/task-thread.ts';
import type { Effort } from '../effort.ts';
import type { ExpansionTask, ExpansionWorkerData, ListedFile } from './expansion-work.ts';
import { INDEX_DENSITY, planIndex } from '../plan/old-index.ts';
import { countSpanBytes, type OldSpan } from '../plan/old-space.ts';
import type { PatchPlan } from '../plan/plan-patch.ts';
import type { ScheduledSegment } from './segment-schedule.ts';
import { chooseSegmentStreams, shiftStream } from './segment-streams.ts';

/** A plan's segments with what is expanded in them. */
export interface ExpandedSegments {
  /** Offsets count in the old space. */
  readonly oldStreams: readonly DeflateStream[];
  /** As many as the plan's; their spans are of the expanded old space. */
  readonly segments: readonly ScheduledSegment[];
}

interface ExpandOptions extends ExpansionWorkerData {
  readonly signal?: AbortSignal | undefined;
  /** Look here, blocking the thread, rather than on one of its own. */
  readonly onCallingThread: boolean;
}

/**
 * How much of a stream's content must be known for it to be expanded: a player takes some 30 ms to pack a MiB again,
 * which a quarter saved is worth.
 */
const LEAST_ALIKE = { default: 0.2, max: 0 } as const satisfies Partial<Record<Effort, number>>;
/** Content may make the index so much sparser for all that is compared. */
const SPARSER_MAX = 2;

/**
 * Find out which deflate streams of changed files to compare by their content. The result follows from the plan and the
 * files alone, whatever part of the plan is made.
 * @returns `undefined` when there is nothing to expand: at effort `fast`, where nothing fits, and where the trees are
 *   too large for one index, since what both have in common is then not looked at.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH`, `THREAD_FAILED`; the signal's reason if it fires.
 */
export async function expandPlan(
  plan: PatchPlan,
  { signal, onCallingThread, ...roots }: ExpandOptions,
): Promise<ExpandedSegments | undefined> {
  const { segments } = plan;
  const effort = segments[0]?.task.effort ?? 'fast';
  if (effort === 'fast' || segments.some(({ task }) => task.copies.length > 0)) return undefined;
  const newFiles = listMadeFiles(plan);
  const oldRows = listReplacedFiles(plan);
  const oldFiles = oldRows.map((row) => plan.oldSpace.files[row] as ListedFile);
  const task = { oldFiles, newFiles, leastAlike: LEAST_ALIKE[effort] };
  const runner = onCallingThread ? await openHere(roots, signal) : openThread(roots, signal);
  const found = await findStreams(task, runner);
  if (found.new.every((streams) => streams.length === 0)) return undefined;
  const oldStreams = found.old.flatMap((streams, file) =>
    streams.map((stream) => shiftStream(stream, plan.oldSpace.starts[oldRows[file] as number] as number)),
  );
  const byPath = new Map(newFiles.map(({ path }, file) => [path, found.new[file] ?? []]));
  return toSegments(plan, oldStreams, (path) => byPath.get(path) ?? []);
}

type ExpansionRunner = TaskRunner<ExpansionTask, ExpansionPlan>;

function openThread(data: ExpansionWorkerData, signal: AbortSignal | undefined): ExpansionRunner {
  return new TaskThread({ script: new URL('expansion-worker.ts', import.meta.url), data, signal });
}

async function openHere(
  data: ExpansionWorkerData,
  signal: AbortSignal | undefined,
): Promise<ExpansionRunner> {
  const { ExpansionWork } = await import('./expansion-work.ts');
  return new CallingThread(new ExpansionWork(data), signal);
}

async function findStreams(task: ExpansionTask, runner: ExpansionRunner): Promise<ExpansionPlan> {
  try {
    return await runner.run(task);
  } finally {
    await runner.end();
  }
}

/** The files of which anything is made. */
function listMadeFiles({ newSpace }: PatchPlan): ListedFile[] {
  const files = new Map(newSpace.made.map(({ file }) => [file.path, file.sizeBytes]));
  return [...files].map(([path, sizeBytes]) => ({ path, sizeBytes }));
}

/** Rows of old files that are no more or not as they were, in order. */
function listReplacedFiles({ newSpace, oldSpace }: PatchPlan): number[] {
  const kept = new Set<number>();
  for (const entry of newSpace.entries) {
    if (entry.kind === 'file' && entry.origin.kind === 'copy') kept.add(entry.origin.oldFile);
  }
  return oldSpace.files.map((_, row) => row).filter((row) => !kept.has(row));
}

function toSegments(
  { segments, oldSpace, indexBudgetBytes }: PatchPlan,
  oldStreams: readonly DeflateStream[],
  streamsOf: (path: string) => readonly DescribedStream[],
): ExpandedSegments | undefined {
  const space = new ExpandedSpace(oldSpace.totalBytes, oldStreams);
  const spans = new Map<readonly OldSpan[], readonly OldSpan[]>();
  for (const { task, spans: real } of segments) {
    if (spans.has(real)) continue;
    const expanded = real.map((span) => expandSpan(space, span));
    const density = INDEX_DENSITY[task.effort];
    const before = planIndex(countSpanBytes(real), indexBudgetBytes, density);
    const after = planIndex(countSpanBytes(expanded), indexBudgetBytes, density);
    if (before === undefined || after === undefined || after.step > SPARSER_MAX * before.step)
      return undefined;
    spans.set(real, expanded);
  }
  return {
    oldStreams,
    segments: segments.map((segment) => ({
      task: { ...segment.task, streams: chooseSegmentStreams(segment.task, streamsOf) },
      spans: spans.get(segment.spans) ?? segment.spans,
    })),
  };
}

function expandSpan(space: ExpandedSpace, { start, length }: OldSpan): OldSpan {
  const from = space.toExpanded(start);
  return { start: from, length: space.toExpanded(start + length) - from };
}
