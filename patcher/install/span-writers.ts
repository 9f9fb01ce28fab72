import { availableParallelism } from 'node:os';
import { TaskPool } from '../threads/task-pool.ts';
import { SpanRooms } from './span-rooms.ts';
import { countWrittenBytes, type SpanOutcome, type SpanTask, writeSpan } from './write-span.ts';

/** More wait for the same disk. */
const THREADS_MAX = 4;

/** Starting threads takes as long as writing this, so less than this is written without. */
const HERE_BYTES_MAX = 8 * 2 ** 20;

const THREADS = Math.min(availableParallelism(), THREADS_MAX);

/** Writes spans on threads, once it is known to be worth starting them. */
export class SpanWriters implements AsyncDisposable {
  // No signal: a span that was begun is finished, so that it is known what of it is written.
  readonly #pool = new TaskPool<SpanTask, SpanOutcome>({
    script: new URL('span-worker.ts', import.meta.url),
    data: undefined,
    threads: THREADS,
  });
  /** For spans that are to be written. */
  readonly rooms = new SpanRooms();
  #writtenBytes = 0;
  #unfinished = 0;

  /** True when each thread is at work and another span waits: whoever brings more had better wait too. */
  get isFull(): boolean {
    return this.#unfinished > THREADS;
  }

  /** @throws {AppError} `THREAD_FAILED`. What goes wrong with files is in the outcome. */
  async write(task: SpanTask): Promise<SpanOutcome> {
    this.#unfinished++;
    try {
      return await this.#writeSomewhere(task);
    } finally {
      this.#unfinished--;
    }
  }

  #writeSomewhere(task: SpanTask): Promise<SpanOutcome> {
    if (this.#writtenBytes >= HERE_BYTES_MAX) return this.#pool.run(task);
    this.#writtenBytes += countWrittenBytes(task);
    return writeSpan(task);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}
