import { serveTasks } from '../../threads/task-server.ts';
import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { type MatchIndex, MatchKernel } from '../../kernels/match/match-kernel.ts';
import type { MatchMemory } from '../../kernels/match/match-memory.ts';
import { threadData, throwIfStopped } from '../../threads/stop-flag.ts';
import type { AddressMap } from '../../executables/address-map.ts';
import { makeAddressMap } from '../../executables/make-address-map.ts';
import type { OldFile } from '../../formats/patch.ts';
import type { Alignment } from '../match/alignment.ts';
import { bridgeGaps, type ExecutablePair } from '../match/executable-pairs.ts';
import { ExpandedOld } from './expanded-old.ts';
import type { OldSpace, OldSpan } from '../plan/old-space.ts';
import {
  type AlignedSegment,
  alignSegment,
  type MadeSegment,
  makeSegment,
  type SegmentTask,
} from './segment-maker.ts';
import { localPosition, mapSpans } from '../plan/span-map.ts';
import { TreeFiles } from '../tree-files.ts';

/** What a thread knows from its start. */
export interface DeltaWorkerData {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly oldSpace: OldSpace;
  /** Streams of old files that are expanded; offsets count in the old space. */
  readonly oldStreams: readonly DeflateStream[];
  /** Shared by all threads. */
  readonly matchMemory: MatchMemory;
  /** From 0: which part of the memory is this thread's own. */
  readonly thread: number;
}

/** The index that the shared memory holds, one at a time. */
export interface SharedIndex extends MatchIndex {
  /** Of the expanded old space. */
  readonly spans: readonly OldSpan[];
}

/** How addresses moved, by row of the old space's files. */
type AddressMaps = ReadonlyMap<number, AddressMap>;

export type DeltaTask =
  /** Build it, while no thread uses the one before. */
  | { readonly kind: 'index'; readonly index: SharedIndex }
  | { readonly kind: 'align'; readonly index: SharedIndex; readonly task: SegmentTask }
  | { readonly kind: 'map'; readonly index: SharedIndex; readonly pair: ExecutablePair }
  /** What the index's segments are made with; a thread keeps it, and with it what it derives from each map. */
  | { readonly kind: 'take-maps'; readonly index: SharedIndex; readonly addressMaps: AddressMaps }
  | {
      readonly kind: 'make';
      readonly index: SharedIndex;
      readonly task: SegmentTask;
      /** Where it had to be known earlier. */
      readonly alignment: Alignment | undefined;
    };

export type DeltaResult =
  | { readonly kind: 'indexed' }
  | { readonly kind: 'aligned'; readonly aligned: AlignedSegment }
  | { readonly kind: 'took-maps' }
  | { readonly kind: 'mapped'; readonly map: AddressMap | undefined }
  | { readonly kind: 'made'; readonly segment: MadeSegment };

const { oldRoot, newRoot, oldSpace, oldStreams, matchMemory, thread } = threadData<DeltaWorkerData>();
const oldFiles = new TreeFiles(oldRoot);
const newFiles = new TreeFiles(newRoot);
const old = new ExpandedOld(oldFiles, oldSpace, oldStreams);
const matcher = new MatchKernel(matchMemory, thread, throwIfStopped);

let addressMaps: AddressMaps = new Map();

serveTasks<DeltaTask, DeltaResult>((task) => {
  const { index } = task;
  matcher.openIndex(index);
  if (task.kind === 'index') {
    old.readInto(index.spans, matcher.old);
    matcher.buildIndex();
    return { kind: 'indexed' };
  }
  if (task.kind === 'map') return { kind: 'mapped', map: mapAddresses(task.pair, index) };
  if (task.kind === 'take-maps') {
    addressMaps = task.addressMaps;
    return { kind: 'took-maps' };
  }
  const sources = { old, oldFiles, newFiles, matcher, indexed: mapSpans(index.spans) };
  if (task.kind === 'align') return { kind: 'aligned', aligned: alignSegment(task.task, sources) };
  return {
    kind: 'made',
    segment: makeSegment(task.task, sources, { alignment: task.alignment, addressMaps }),
  };
});

function mapAddresses(
  { newPath, newFileBytes, oldFile, rows }: ExecutablePair,
  { spans }: SharedIndex,
): AddressMap | undefined {
  const oldBytes = findIndexed(oldFile, spans) ?? readOldFile(oldFile);
  const newBytes = newFiles.read(newPath, 0, newFileBytes);
  try {
    return makeAddressMap(oldBytes, newBytes, bridgeGaps(rows));
  } finally {
    // As large as the file: segments are made next, and a collection may be late.
    newBytes.buffer.transfer(0);
  }
}

/** An old file as the index holds it, when it is there whole and has no streams. */
function findIndexed(oldFile: number, spans: readonly OldSpan[]): Uint8Array | undefined {
  const { sizeBytes } = oldSpace.files[oldFile] as OldFile;
  const start = oldSpace.starts[oldFile] as number;
  const from = old.space.toExpanded(start);
  const to = old.space.toExpanded(start + sizeBytes);
  const holds = spans.some((span) => span.start <= from && to <= span.start + span.length);
  if (!holds || to - from !== sizeBytes) return undefined;
  const position = localPosition(mapSpans(spans), from);
  return matcher.old.subarray(position, position + sizeBytes);
}

function readOldFile(oldFile: number): Uint8Array {
  const { path, sizeBytes } = oldSpace.files[oldFile] as OldFile;
  return oldFiles.read(path, 0, sizeBytes);
}
