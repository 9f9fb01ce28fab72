import type { AddressMap } from '../../executables/address-map.ts';
import type { PatchAddressMap } from '../../formats/patch.ts';
import type { AddressMapRoom } from '../../formats/address-map-room.ts';
import { createMatchMemory } from '../../kernels/match/match-memory.ts';
import { CallingThread, type TaskRunner } from '../../threads/calling-thread.ts';
import { TaskThread } from '../../threads/task-thread.ts';
import { deltaErrors } from '../delta-errors.ts';
import type { DeltaResult, DeltaTask, DeltaWorkerData, SharedIndex } from './delta-work.ts';
import {
  type AlignedPieces,
  type ExecutablePair,
  findExecutables,
  pairExecutables,
} from '../match/executable-pairs.ts';
import { INDEX_DENSITY, type IndexShape, planIndex } from '../plan/old-index.ts';
import { countSpanBytes, type OldSpan } from '../plan/old-space.ts';
import type { AlignedSegment, MadeSegment, SegmentTask } from './segment-maker.ts';
import { countExpandedBytes } from './segment-streams.ts';
import { countMapBytes } from './thread-memory.ts';

type DeltaThread = TaskRunner<DeltaTask, DeltaResult>;

/** A segment to make and the old bytes to make it from. */
export interface ScheduledSegment {
  readonly task: SegmentTask;
  /** Of the old space, expanded once streams are known; the same array for all segments that share an index. */
  readonly spans: readonly OldSpan[];
}

export interface ScheduleOptions {
  readonly data: Omit<DeltaWorkerData, 'matchMemory' | 'thread'>;
  readonly segments: readonly ScheduledSegment[];
  /** Threads; 0 to work on the calling one. */
  readonly workers: number;
  readonly indexBudgetBytes: number;
  readonly memoryBudgetBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each segment as it is made, in any order, one after the other. */
  readonly onSegment: (row: number, segment: MadeSegment) => Promise<void>;
  /** Maps there is no room for are not made use of. */
  readonly addressMapRoom: AddressMapRoom;
  /** Told of each map that segments made with it use; `oldFile` counts in the old space's files. */
  readonly onAddressMap: (map: PatchAddressMap) => void;
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
  const count = Math.min(options.workers, segments.length);
  const matchMemory = createMatchMemory({
    indexBytes: Math.max(...groups.map(({ shape }) => shape.memoryBytes)),
    newBytesMax: Math.max(...segments.map(({ task }) => countExpandedBytes(task))),
    threads: Math.max(1, count),
  });
  const script = new URL('delta-worker.ts', import.meta.url);
  const dataOf = (thread: number): DeltaWorkerData => ({ ...options.data, matchMemory, thread });
  const threads =
    count === 0
      ? [await openHere(dataOf(0), signal)]
      : Array.from(
          { length: count },
          (_, thread): DeltaThread => new TaskThread({ script, data: dataOf(thread), signal }),
        );
  try {
    for (const group of groups) await makeGroup(threads, group, options);
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** Loaded only where it is needed: it takes as long as a tenth of a thread's work on a few MiB. */
async function openHere(data: DeltaWorkerData, signal: AbortSignal | undefined): Promise<DeltaThread> {
  const { DeltaWork } = await import('./delta-work.ts');
  return new CallingThread(new DeltaWork(data), signal);
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
  group: SegmentGroup,
  options: ScheduleOptions,
): Promise<void> {
  const { rows, spans, shape } = group;
  const { segments, onSegment, onAddressMap } = options;
  const index = { spans, oldBytes: countSpanBytes(spans), ...shape };
  for (const [row, thread] of threads.entries()) {
    expectKind(await thread.run({ kind: 'index', index, build: row === 0 }), 'indexed');
  }
  const alignments = await alignExecutables(threads, group, options);
  const addressMaps = await mapAddresses(threads, alignments, index, options);
  const firstSegment = rows[0] as number;
  for (const [oldFile, map] of addressMaps) onAddressMap({ oldFile, firstSegment, map });
  for (const thread of threads) {
    expectKind(await thread.run({ kind: 'take-maps', addressMaps }), 'took-maps');
  }
  let written = Promise.resolve();
  await spread(threads, rows, options, async (thread, row) => {
    const { task } = segments[row] as ScheduledSegment;
    const alignment = alignments.get(row)?.segment.alignment;
    // Millions of rows are large.
    alignments.delete(row);
    const { segment } = expectKind(await thread.run({ kind: 'make', task, alignment }), 'made');
    written = written.then(() => onSegment(row, segment));
    await written;
  });
}

interface AlignedExecutables extends AlignedPieces {
  readonly segment: AlignedSegment;
}

/** Align the segments that hold executables, before any is coded: a reference may lead from one to another. */
async function alignExecutables(
  threads: readonly DeltaThread[],
  { rows }: SegmentGroup,
  options: ScheduleOptions,
): Promise<Map<number, AlignedExecutables>> {
  const { segments, data } = options;
  // At effort fast, a map takes longer to make than all else.
  if (rows.every((row) => segments[row]?.task.effort === 'fast')) return new Map();
  const piecesOf = (row: number): SegmentTask['pieces'] => segments[row]?.task.pieces ?? [];
  const executables = await findExecutables(data.newRoot, rows.flatMap(piecesOf));
  const holding = rows.filter((row) => piecesOf(row).some(({ path }) => executables.has(path)));
  const aligned = new Map<number, AlignedExecutables>();
  await spread(threads, holding, options, async (thread, row) => {
    const { task } = segments[row] as ScheduledSegment;
    const { aligned: segment } = expectKind(await thread.run({ kind: 'align', task }), 'aligned');
    const pieces = task.pieces.filter(({ path }) => executables.has(path));
    aligned.set(row, { pieces, alignment: segment.real, segment });
  });
  return aligned;
}

/**
 * Each old file has one map at most: the largest new executable made from it decides. Files too large for the budget go
 * without: their bytes are compared as they are.
 */
async function mapAddresses(
  threads: readonly DeltaThread[],
  alignments: ReadonlyMap<number, AlignedExecutables>,
  index: SharedIndex & IndexShape,
  options: ScheduleOptions,
): Promise<Map<number, AddressMap>> {
  const segments = [...alignments].sort(([a], [b]) => a - b).map(([, aligned]) => aligned);
  const roomBytes = options.memoryBudgetBytes - index.memoryBytes;
  const takes = (pair: ExecutablePair): number => countMapBytes(pair, index.spans, options.data);
  const pairs = pairExecutables(segments, options.data.oldSpace).filter((pair) => takes(pair) <= roomBytes);
  const atOnce = Math.floor(roomBytes / Math.max(1, ...pairs.map(takes)));
  const maps = new Map<number, AddressMap>();
  await spread(threads.slice(0, atOnce), pairs, options, async (thread, pair) => {
    const { map } = expectKind(await thread.run({ kind: 'map', pair }), 'mapped');
    if (map !== undefined) maps.set(pair.oldFile, map);
  });
  const sorted = [...maps].sort(([a], [b]) => a - b);
  return new Map(sorted.filter(([, map]) => options.addressMapRoom.take(map)));
}

/** Give each thread the next item when it has finished one. @throws The first failure, when all have ended. */
async function spread<Item>(
  threads: readonly DeltaThread[],
  items: readonly Item[],
  { signal }: ScheduleOptions,
  run: (thread: DeltaThread, item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (thread: DeltaThread): Promise<void> => {
    while (next < items.length) {
      signal?.throwIfAborted();
      await run(thread, items[next++] as Item);
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
