import { availableParallelism } from 'node:os';
import type { PatchSegment } from '../../formats/patch.ts';
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
  readonly signal?: AbortSignal | undefined;
}

type DecodeThread = TaskThread<DecodeTask, Uint8Array<ArrayBuffer>>;

/** Threads that make segments. */
export class SegmentDecoders implements AsyncDisposable {
  readonly #options: DecodersOptions;
  readonly #all: DecodeThread[] = [];
  readonly #idle: DecodeThread[] = [];
  readonly #waiting: ((thread: DecodeThread) => void)[] = [];

  constructor(options: DecodersOptions) {
    this.#options = options;
  }

  /**
   * Make a segment on the next free thread, which takes the task's room with it.
   * @throws {AppError} What `decodeSegment` threw there; `THREAD_FAILED`; the signal's reason if it fires.
   */
  async decode(task: DecodeTask): Promise<Uint8Array<ArrayBuffer>> {
    const thread = await this.#take();
    try {
      return await thread.run(task, task.room === undefined ? [] : [task.room.buffer]);
    } finally {
      this.#give(thread);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.end()));
  }

  #take(): DecodeThread | Promise<DecodeThread> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length >= Math.max(1, this.#options.threads)) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    const thread: DecodeThread = new TaskThread(this.#options);
    this.#all.push(thread);
    return thread;
  }

  #give(thread: DecodeThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
  }
}

type SegmentSize = Pick<PatchSegment, 'newBytes' | 'oldRanges' | 'packedBytes'>;

/** Threads whose segments fit a budget side by side, beside what the process holds already; at least one. */
export function countDecodeThreads(
  segments: readonly SegmentSize[],
  { memoryBytes, heldBytes }: { readonly memoryBytes: number; readonly heldBytes: number },
): number {
  const largest = segments.reduce((most, segment) => Math.max(most, decodingBytes(segment)), 0);
  const fitting = Math.floor((memoryBytes - heldBytes) / (THREAD_BYTES + largest));
  return Math.max(1, Math.min(fitting, segments.length, availableParallelism()));
}

/** Held while a segment is made: its old bytes and their marks, the new bytes and the copy that is sent, and its body. */
function decodingBytes({ newBytes, oldRanges, packedBytes }: SegmentSize): number {
  return oldRanges.reduce((sum, { length }) => sum + 2 * length, 2 * newBytes + 2 * packedBytes);
}
