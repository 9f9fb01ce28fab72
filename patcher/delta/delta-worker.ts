import { parentPort, workerData } from 'node:worker_threads';
import { AppError, type ErrorData } from '../errors.ts';
import { buildOldIndex, describeIndex, type IndexShape } from './old-index.ts';
import { readSpans } from './old-reads.ts';
import type { OldSpace, OldSpan } from './old-space.ts';
import { type MadeSegment, makeSegment, type SegmentTask } from './segment-maker.ts';
import { mapSpans } from './span-map.ts';
import { TreeFiles } from './tree-files.ts';

/** What a thread knows from its start. */
export interface DeltaWorkerData {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly oldSpace: OldSpace;
}

/** An index as it travels between threads: the memory is shared, not copied. */
export interface SharedIndex {
  readonly spans: readonly OldSpan[];
  readonly old: Uint8Array;
  readonly slots: Uint32Array;
}

export type DeltaTask =
  /** Fill an empty shared index. */
  | { readonly kind: 'index'; readonly index: SharedIndex; readonly shape: IndexShape }
  | { readonly kind: 'segment'; readonly index: SharedIndex; readonly task: SegmentTask };

export type DeltaReply =
  | { readonly kind: 'indexed' }
  | { readonly kind: 'made'; readonly segment: MadeSegment }
  | { readonly kind: 'failed'; readonly error: ErrorData }
  /** Our own mistake: the coordinator fails loudly. */
  | { readonly kind: 'crashed'; readonly reason: string };

const { oldRoot, newRoot, oldSpace } = workerData as DeltaWorkerData;
const oldFiles = new TreeFiles(oldRoot);
const newFiles = new TreeFiles(newRoot);

parentPort?.on('message', (task: DeltaTask) => {
  const reply = answer(task);
  parentPort?.postMessage(reply);
});

function answer(task: DeltaTask): DeltaReply {
  try {
    return run(task);
  } catch (error) {
    if (error instanceof AppError) return { kind: 'failed', error: error.toData() };
    return { kind: 'crashed', reason: String(error instanceof Error ? error.stack : error) };
  }
}

function run(task: DeltaTask): DeltaReply {
  const { spans, old, slots } = task.index;
  if (task.kind === 'index') {
    readSpans(oldFiles, oldSpace, spans, old);
    buildOldIndex(old, task.shape, slots);
    return { kind: 'indexed' };
  }
  const sources = {
    oldSpace,
    oldFiles,
    newFiles,
    index: describeIndex(old, slots),
    indexed: mapSpans(spans),
  };
  return { kind: 'made', segment: makeSegment(task.task, sources) };
}
