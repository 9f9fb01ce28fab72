import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { SharedTurn } from '../../threads/slices.ts';
import { TaskPool } from '../../threads/task-pool.ts';
import { Flushes } from '../disk/flushes.ts';
import { SpanRooms } from './span-rooms.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

/** More wait for the same disk. */
const THREADS_MAX = 4;

/** Spans a thread is given at once: while the files of one are flushed it writes the next. */
const SPANS_AT_ONCE = 4;

/** Starting threads takes as long as writing this, so no more than this is written without. */
const HERE_BYTES_MAX = 8 * 2 ** 20;

/** The thread that fetches has as much to do as one that writes. */
const THREADS = Math.max(1, Math.min(availableParallelism() - 1, THREADS_MAX));

/** Writes spans on threads, where it is worth starting them, and on the one that fetches too while those have enough. */
export class SpanWriters implements AsyncDisposable {
  // No signal: a span that was begun is finished, so that it is known what of it is written.
  readonly #pool = new TaskPool<SpanTask, SpanOutcome>({
    script: new URL('span-worker.ts', import.meta.url),
    data: undefined,
    threads: THREADS,
    tasksAtOnce: SPANS_AT_ONCE,
  });
  /** Of all that is done for spans on this thread. */
  readonly turn = new SharedTurn();
  readonly #flushes = new Flushes();
  /** For spans that are to be written. */
  readonly rooms = new SpanRooms();
  readonly #isWorthThreads: boolean;
  #onThreads = 0;
  #here = 0;

  /** @param expectedBytes What will be written, about; so little that threads are not worth it is written here. */
  constructor(expectedBytes: number) {
    this.#isWorthThreads = expectedBytes > HERE_BYTES_MAX;
  }

  /** Start threads before there is a span: until they have started, something else is done. */
  prepare(): void {
    if (this.#isWorthThreads) this.#pool.prepare();
  }

  /** True when each thread, this one too, has all the spans it is given at once: whoever brings more had better wait. */
  get isFull(): boolean {
    return this.#areThreadsBusy && this.#here >= SPANS_AT_ONCE;
  }

  /** @throws {AppError} `THREAD_FAILED`. What goes wrong with files is in the outcome. */
  async write(task: SpanTask): Promise<SpanOutcome> {
    if (!this.#areThreadsBusy) return this.#writeOnThread(task);
    this.#here++;
    try {
      // In one turn of the event loop dozens of spans may come; that a thread has become free is heard of in the next.
      if (this.#isWorthThreads) await setImmediate();
      if (this.#areThreadsBusy) return await writeSpan(task, { flushes: this.#flushes, turn: this.turn });
    } finally {
      this.#here--;
    }
    return this.#writeOnThread(task);
  }

  get #areThreadsBusy(): boolean {
    return !this.#isWorthThreads || this.#onThreads >= THREADS * SPANS_AT_ONCE;
  }

  async #writeOnThread(task: SpanTask): Promise<SpanOutcome> {
    this.#onThreads++;
    try {
      return await this.#pool.run(task);
    } finally {
      this.#onThreads--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}
