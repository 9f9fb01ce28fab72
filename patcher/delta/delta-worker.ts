import { serveTasks } from '../threads/task-server.ts';
import { threadData, throwIfStopped } from '../threads/stop-flag.ts';
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

export type DeltaResult =
  | { readonly kind: 'indexed' }
  | { readonly kind: 'made'; readonly segment: MadeSegment };

const { oldRoot, newRoot, oldSpace } = threadData<DeltaWorkerData>();
const oldFiles = new TreeFiles(oldRoot);
const newFiles = new TreeFiles(newRoot);

serveTasks<DeltaTask, DeltaResult>((task) => {
  const { spans, old, slots } = task.index;
  if (task.kind === 'index') {
    readSpans(oldFiles, oldSpace, spans, old);
    throwIfStopped();
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
});
