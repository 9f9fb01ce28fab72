import { availableParallelism } from 'node:os';
import {
  type PatchSegment,
  SEGMENT_EXPANDED_NEW_BYTES_MAX,
  SEGMENT_OLD_BYTES_MAX,
  SEGMENT_ROWS_MAX,
} from '../../formats/patch.ts';
import { sumLengths } from '../../formats/rows.ts';
import { countHeldBytes, SEGMENT_HELD_BYTES_MAX, type SegmentDemand } from '../../formats/segment-demand.ts';
import { parseSegmentBody } from '../../formats/segment-body.ts';
import { TaskThread } from '../../threads/task-thread.ts';
import type { DecodeTask } from './decode-task.ts';

/** What an applying process may hold in all, unless told otherwise. */
export const APPLY_MEMORY_BYTES = 128 * 2 ** 20;
/** A thread beside its segment, as measured: its heap, its code and what compiling that takes, the tables of its coders. */
const THREAD_BYTES = 36 * 2 ** 20;

export interface DecodersOptions {
  /** A script that serves `DecodeTask`s. */
  readonly script: URL;
  readonly data: unknown;
  /** Threads at most; they start when they are needed. */
  readonly threads: number;
  /** What a segment may hold on any of them. Those that hold more, as their streams are expanded, are all made on one. */
  readonly segmentBytes: number;
  readonly signal?: AbortSignal | undefined;
}

type DecodeThread = TaskThread<DecodeTask, Uint8Array<ArrayBuffer>>;

interface WaitingTask {
  readonly isLarge: boolean;
  readonly start: (thread: DecodeThread) => void;
}

/** Threads that make segments. Each keeps the memory of the largest it made. */
export class SegmentDecoders implements AsyncDisposable {
  readonly #options: DecodersOptions;
  readonly #all: DecodeThread[] = [];
  readonly #idle: DecodeThread[] = [];
  readonly #waiting: WaitingTask[] = [];

  constructor(options: DecodersOptions) {
    this.#options = options;
  }

  /**
   * Make a segment on the next free thread, which takes the task's room with it.
   * @throws {AppError} What `decodeSegment` threw there; `THREAD_FAILED`; the signal's reason if it fires.
   */
  async decode(task: DecodeTask): Promise<Uint8Array<ArrayBuffer>> {
    const thread = await this.#take(makingBytes(task) > this.#options.segmentBytes);
    try {
      return await thread.run(task, task.room === undefined ? [] : [task.room.buffer]);
    } finally {
      this.#give(thread);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.end()));
  }

  #take(isLarge: boolean): DecodeThread | Promise<DecodeThread> {
    const idle = this.#idle.findIndex((thread) => this.#mayMake(thread, isLarge));
    if (idle !== -1) return this.#idle.splice(idle, 1)[0] as DecodeThread;
    const most = isLarge ? 1 : Math.max(1, this.#options.threads);
    if (this.#all.length >= most) {
      return new Promise((resolve) => this.#waiting.push({ isLarge, start: resolve }));
    }
    const thread: DecodeThread = new TaskThread(this.#options);
    this.#all.push(thread);
    return thread;
  }

  #give(thread: DecodeThread): void {
    const next = this.#waiting.findIndex(({ isLarge }) => this.#mayMake(thread, isLarge));
    if (next === -1) this.#idle.push(thread);
    else this.#waiting.splice(next, 1)[0]?.start(thread);
  }

  #mayMake(thread: DecodeThread, isLarge: boolean): boolean {
    return !isLarge || thread === this.#all[0];
  }
}

type SegmentSize = Pick<PatchSegment, 'newBytes' | 'packedBytes'> & {
  readonly oldRanges: Iterable<{ readonly length: number }>;
};

/** How many threads to make segments on, and what a segment may hold on each of them. */
export interface DecodingPlan {
  readonly threads: number;
  readonly segmentBytes: number;
}

/** Threads whose segments fit a budget side by side, beside what the process holds already; at least one. */
export function planDecoding(
  segments: readonly SegmentSize[],
  { memoryBytes, heldBytes }: { readonly memoryBytes: number; readonly heldBytes: number },
): DecodingPlan {
  const segmentBytes = segments.reduce((most, segment) => Math.max(most, decodingBytes(segment)), 0);
  const fitting = Math.floor((memoryBytes - heldBytes) / (THREAD_BYTES + segmentBytes));
  const threads = Math.max(1, Math.min(fitting, segments.length, availableParallelism()));
  return { threads, segmentBytes };
}

/** What the table tells of what is held while a segment is made on a thread; of rows it has nothing, so the usual. */
function decodingBytes({ newBytes, oldRanges, packedBytes }: SegmentSize): number {
  const oldBytes = sumLengths(oldRanges);
  const rowCount = Math.min(SEGMENT_ROWS_MAX, Math.floor(packedBytes / USUAL_ROW_BYTES));
  const held = { bodyBytes: packedBytes, rowCount, expansionBytes: 0 };
  return threadBytes({ ...held, newBytes, oldBytes, realOldBytes: 0 }, newBytes);
}

/** Coded rows take 4 bytes each and are the smaller part of a body. */
const USUAL_ROW_BYTES = 16;
/** How many times as long as it was packed an expansion is: columns of small numbers, and corrections that hardly pack. */
const UNPACKED_TIMES = 8;

/** {@link decodingBytes} by the body, which says how many rows there are and what is expanded; it need not be trusted. */
function makingBytes({ segment, compressed }: Pick<DecodeTask, 'segment' | 'compressed'>): number {
  const { newBytes, old, packedBytes } = segment;
  const oldBytes = old.length.reduce((sum, length) => sum + length, 0);
  const body = parseSegmentBody(compressed);
  const rowCount = Math.min(body?.rowCount ?? 0, SEGMENT_ROWS_MAX);
  const held = { bodyBytes: packedBytes, rowCount, expansionBytes: 0 };
  if (body?.expanded === undefined) {
    return threadBytes({ ...held, newBytes, oldBytes, realOldBytes: 0 }, newBytes);
  }
  const expanded = {
    oldBytes: Math.min(body.expanded.oldBytes, SEGMENT_OLD_BYTES_MAX),
    newBytes: Math.min(body.expanded.newBytes, SEGMENT_EXPANDED_NEW_BYTES_MAX),
    realOldBytes: oldBytes,
    expansionBytes: UNPACKED_TIMES * body.expanded.packed.length,
  };
  return threadBytes({ ...held, ...expanded }, newBytes);
}

/** A thread has a copy of the body, and makes one of the new bytes, which it sends. */
function threadBytes(demand: SegmentDemand, newBytes: number): number {
  return Math.min(SEGMENT_HELD_BYTES_MAX, countHeldBytes(demand)) + demand.bodyBytes + newBytes;
}
