import { setImmediate } from 'node:timers/promises';
import { SharedTurn } from '../../../threads/slices.ts';
import { Flushes } from '../../disk/flushes.ts';
import { SpanRooms } from './span-rooms.ts';
import { WORTH_THREADS_BYTES, type WriterThreads } from './writer-threads.ts';
import { type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

/** Spans that are written at once on the thread that fetches. */
const HERE_AT_ONCE = 4;

/** Writes spans on threads, where it is worth starting them, and on the one that fetches too while those have enough. */
export class SpanWriters implements AsyncDisposable {
  /** Of all that is done for spans on this thread. */
  readonly turn = new SharedTurn();
  /** For spans that are to be written. */
  readonly rooms = new SpanRooms();
  readonly #threads: WriterThreads;
  readonly #flushes = new Flushes();
  readonly #isWorthThreads: boolean;
  readonly #onThreads = new Set<Promise<SpanOutcome>>();
  #here = 0;

  /** @param expectedBytes What will be written, about; so little that threads are not worth starting is written here. */
  constructor(threads: WriterThreads, expectedBytes: number) {
    this.#threads = threads;
    this.#isWorthThreads = threads.areStarted || expectedBytes >= WORTH_THREADS_BYTES;
  }

  /** True when each thread, this one too, has all the spans it is given at once: whoever brings more had better wait. */
  get isFull(): boolean {
    return this.#areThreadsBusy && this.#here >= HERE_AT_ONCE;
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
    return !this.#isWorthThreads || this.#threads.areBusy;
  }

  async #writeOnThread(task: SpanTask): Promise<SpanOutcome> {
    const writing = this.#threads.write(task);
    this.#onThreads.add(writing);
    try {
      return await writing;
    } finally {
      this.#onThreads.delete(writing);
    }
  }

  /** Wait for what is still written: threads may outlive the job, whose lock they write under. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#onThreads);
  }
}
