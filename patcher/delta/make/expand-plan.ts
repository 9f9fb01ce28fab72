import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { ExpandedSpace } from '../../containers/expanded-space.ts';
import type {
  AlikeStream,
  DescribedStream,
  ExpansionOptions,
  ExpansionPlan,
} from '../../containers/plan-expansion.ts';
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
 * A second of a player's CPU has to win some 5 MB, all counted that an expanded stream takes: 30 ns for a byte of content, and
 * twice as much where much is corrected. With less, downloading the packed one is sooner done from some 40 Mbit/s on. A unit of
 * work is some 4 ns, cheaper here than elsewhere, so that what zlib made is searched for as zlib did unless that takes very long.
 */
const WORTH = {
  default: { leastAlike: 0.4, leastWon: 0.15, leastWonCorrected: 0.3, bytesPerWork: 0.002 },
  max: { leastAlike: 0, leastWon: 0, leastWonCorrected: 0, bytesPerWork: 0 },
} as const satisfies Partial<Record<Effort, ExpansionOptions>>;
/**
 * Old content makes the index larger and so sparser for all that is compared: as much of it is taken as leaves the index as
 * dense as it was, or else half as dense, the least alike left out first.
 */
const SPARSER = [
  { times: 1, leastAlike: [0, 1 / 20, 1 / 10, 1 / 5] },
  { times: 2, leastAlike: [1 / 5, 1 / 3, 1 / 2, 3 / 4] },
];

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
  const task = { oldFiles, newFiles, ...WORTH[effort] };
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

/** Rows of old files that are no more or not as they were, in order, without those that players change. */
function listReplacedFiles({ newSpace, oldSpace, playersFiles }: PatchPlan): number[] {
  const kept = new Set(playersFiles);
  for (const entry of newSpace.entries) {
    if (entry.kind === 'file' && entry.origin.kind === 'copy') kept.add(entry.origin.oldFile);
  }
  return oldSpace.files.map((_, row) => row).filter((row) => !kept.has(row));
}

function toSegments(
  plan: PatchPlan,
  oldStreams: readonly AlikeStream[],
  streamsOf: (path: string) => readonly DescribedStream[],
): ExpandedSegments | undefined {
  for (const { times, leastAlike } of SPARSER) {
    for (const least of leastAlike) {
      const kept = oldStreams.filter(({ share }) => share >= least);
      const spans = expandSpans(plan, kept, times);
      if (spans === undefined) continue;
      const segments = plan.segments.map((segment) => ({
        task: { ...segment.task, streams: chooseSegmentStreams(segment.task, streamsOf) },
        spans: spans.get(segment.spans) ?? segment.spans,
      }));
      return { oldStreams: kept, segments };
    }
  }
  return undefined;
}

/** @returns What each span becomes; `undefined` where an index would be so many times sparser, or not fit. */
function expandSpans(
  { segments, oldSpace, indexBudgetBytes }: PatchPlan,
  oldStreams: readonly DeflateStream[],
  sparserMost: number,
): ReadonlyMap<readonly OldSpan[], readonly OldSpan[]> | undefined {
  const space = new ExpandedSpace(oldSpace.totalBytes, oldStreams);
  const spans = new Map<readonly OldSpan[], readonly OldSpan[]>();
  for (const { task, spans: real } of segments) {
    if (spans.has(real)) continue;
    const expanded = real.map((span) => expandSpan(space, span));
    const density = INDEX_DENSITY[task.effort];
    const before = planIndex(countSpanBytes(real), indexBudgetBytes, density);
    const after = planIndex(countSpanBytes(expanded), indexBudgetBytes, density);
    if (before === undefined || after === undefined || after.step > sparserMost * before.step)
      return undefined;
    spans.set(real, expanded);
  }
  return spans;
}

function expandSpan(space: ExpandedSpace, { start, length }: OldSpan): OldSpan {
  const from = space.toExpanded(start);
  return { start: from, length: space.toExpanded(start + length) - from };
}
