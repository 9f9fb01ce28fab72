import type { DeflateStream } from '../../containers/deflate-stream.ts';
import { type MatchIndex, MatchKernel } from '../../kernels/match/match-kernel.ts';
import type { MatchMemory } from '../../kernels/match/match-memory.ts';
import type { TaskWork } from '../../threads/calling-thread.ts';
import { throwIfStopped } from '../../threads/stop-flag.ts';
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
  type SegmentSources,
  type SegmentTask,
} from './segment-maker.ts';
import { localPosition, mapSpans, type SpanMap } from '../plan/span-map.ts';
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
  /** Turn to an index: to build it, while no thread uses the one before, or because another thread has. */
  | { readonly kind: 'index'; readonly index: SharedIndex; readonly build: boolean }
  | { readonly kind: 'align'; readonly task: SegmentTask }
  | { readonly kind: 'map'; readonly pair: ExecutablePair }
  /** What the index's segments are made with; a thread keeps it, and with it what it derives from each map. */
  | { readonly kind: 'take-maps'; readonly addressMaps: AddressMaps }
  | {
      readonly kind: 'make';
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

/** One thread's part in making segments. */
export class DeltaWork implements TaskWork<DeltaTask, DeltaResult> {
  readonly #oldSpace: OldSpace;
  readonly #oldFiles: TreeFiles;
  readonly #newFiles: TreeFiles;
  readonly #old: ExpandedOld;
  readonly #matcher: MatchKernel;
  #spans: readonly OldSpan[] = [];
  #indexed: SpanMap = mapSpans([]);
  #addressMaps: AddressMaps = new Map();

  constructor({ oldRoot, newRoot, oldSpace, oldStreams, matchMemory, thread }: DeltaWorkerData) {
    this.#oldSpace = oldSpace;
    this.#oldFiles = new TreeFiles(oldRoot);
    this.#newFiles = new TreeFiles(newRoot);
    this.#old = new ExpandedOld(this.#oldFiles, oldSpace, oldStreams);
    this.#matcher = new MatchKernel(matchMemory, thread, throwIfStopped);
  }

  do(task: DeltaTask): DeltaResult {
    switch (task.kind) {
      case 'index':
        this.#turnTo(task.index, task.build);
        return { kind: 'indexed' };
      case 'map':
        return { kind: 'mapped', map: this.#mapAddresses(task.pair) };
      case 'take-maps':
        this.#addressMaps = task.addressMaps;
        return { kind: 'took-maps' };
      case 'align':
        return { kind: 'aligned', aligned: alignSegment(task.task, this.#sources()) };
      case 'make': {
        const knowledge = { alignment: task.alignment, addressMaps: this.#addressMaps };
        return { kind: 'made', segment: makeSegment(task.task, this.#sources(), knowledge) };
      }
    }
  }

  [Symbol.dispose](): void {
    this.#oldFiles[Symbol.dispose]();
    this.#newFiles[Symbol.dispose]();
  }

  #turnTo(index: SharedIndex, build: boolean): void {
    this.#spans = index.spans;
    this.#indexed = mapSpans(index.spans);
    this.#matcher.openIndex(index);
    if (!build) return;
    this.#old.readInto(index.spans, this.#matcher.old);
    this.#matcher.buildIndex();
  }

  #sources(): SegmentSources {
    return {
      old: this.#old,
      oldFiles: this.#oldFiles,
      newFiles: this.#newFiles,
      matcher: this.#matcher,
      indexed: this.#indexed,
    };
  }

  #mapAddresses({ newPath, newFileBytes, oldFile, rows }: ExecutablePair): AddressMap | undefined {
    const oldBytes = this.#findIndexed(oldFile) ?? this.#readOldFile(oldFile);
    const newBytes = this.#newFiles.read(newPath, 0, newFileBytes);
    try {
      return makeAddressMap(oldBytes, newBytes, bridgeGaps(rows));
    } finally {
      // As large as the file: segments are made next, and a collection may be late.
      newBytes.buffer.transfer(0);
    }
  }

  /** An old file as the index holds it, when it is there whole and has no streams. */
  #findIndexed(oldFile: number): Uint8Array | undefined {
    const { sizeBytes } = this.#oldSpace.files[oldFile] as OldFile;
    const start = this.#oldSpace.starts[oldFile] as number;
    const from = this.#old.space.toExpanded(start);
    const to = this.#old.space.toExpanded(start + sizeBytes);
    const holds = this.#spans.some((span) => span.start <= from && to <= span.start + span.length);
    if (!holds || to - from !== sizeBytes) return undefined;
    const position = localPosition(this.#indexed, from);
    return this.#matcher.old.subarray(position, position + sizeBytes);
  }

  #readOldFile(oldFile: number): Uint8Array {
    const { path, sizeBytes } = this.#oldSpace.files[oldFile] as OldFile;
    return this.#oldFiles.read(path, 0, sizeBytes);
  }
}
