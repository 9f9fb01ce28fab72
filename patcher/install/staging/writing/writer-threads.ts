import { availableParallelism } from 'node:os';
import { TaskPool } from '../../../threads/task-pool.ts';
import type { FullFile, FullOutcome } from './check-full.ts';
import type { SpanOutcome, SpanTask } from './write-span.ts';

/** More wait for the same disk. */
const THREADS_MAX = 4;

/** The thread that fetches has as much to do as one that writes. */
const THREADS = Math.max(1, Math.min(availableParallelism() - 1, THREADS_MAX));

/**
 * Spans a thread is given at once: while the files of one are flushed it writes the next. Together they have enough for the
 * time in which the thread that fetches writes one itself, or one alone would run out of them: with four it was idle for
 * half the time, and installing 3,000 files took 4 % longer.
 */
const SPANS_AT_ONCE = Math.max(4, Math.ceil(8 / THREADS));

/** Starting threads takes as long as writing this. */
export const WORTH_THREADS_BYTES = 8 * 2 ** 20;

/** What a thread is asked to do. */
export type WriterTask = ({ readonly kind: 'span' } & SpanTask) | ({ readonly kind: 'full' } & FullFile);

export type WriterOutcome = SpanOutcome | FullOutcome;

export interface WriterThreadsOptions {
  /** Milliseconds they wait for another job once none uses them: not at all unless told. */
  readonly restMs?: number;
}

/**
 * Threads that write, for all jobs of a process that does one after the other: each takes 50 to 90 ms of CPU to start, and
 * 11 MiB for as long as it is there.
 */
export class WriterThreads {
  readonly #restMs: number;
  #pool: TaskPool<WriterTask, WriterOutcome> | undefined;
  #jobs = 0;
  #tasks = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor({ restMs = 0 }: WriterThreadsOptions = {}) {
    this.#restMs = restMs;
  }

  /** For the time of a job; when none is left they end, at once or after their rest. */
  use(): AsyncDisposable {
    clearTimeout(this.#rest);
    this.#jobs++;
    return { [Symbol.asyncDispose]: () => this.#leave() };
  }

  /** Start them before there is a span: until they have started, something else is done. */
  prepare(): void {
    this.#started().prepare();
  }

  /** True when there are some, for whatever little is to be written. */
  get areStarted(): boolean {
    return this.#pool !== undefined;
  }

  /** True when each has all the spans it is given at once. */
  get areBusy(): boolean {
    return this.#tasks >= THREADS * SPANS_AT_ONCE;
  }

  /** @throws {AppError} `THREAD_FAILED`. What goes wrong with files is in the outcome. */
  async write(task: SpanTask): Promise<SpanOutcome> {
    return (await this.#run({ kind: 'span', ...task })) as SpanOutcome;
  }

  /** @throws {AppError} `THREAD_FAILED`. What goes wrong with the file is in the outcome. */
  async check(file: FullFile): Promise<FullOutcome> {
    return (await this.#run({ kind: 'full', ...file })) as FullOutcome;
  }

  async #run(task: WriterTask): Promise<WriterOutcome> {
    this.#tasks++;
    try {
      return await this.#started().run(task);
    } finally {
      this.#tasks--;
    }
  }

  #started(): TaskPool<WriterTask, WriterOutcome> {
    // No signal: a span that was begun is finished, so that it is known what of it is written.
    return (this.#pool ??= new TaskPool({
      script: new URL('writer-worker.ts', import.meta.url),
      data: undefined,
      threads: THREADS,
      tasksAtOnce: SPANS_AT_ONCE,
    }));
  }

  async #leave(): Promise<void> {
    this.#jobs--;
    if (this.#jobs > 0) return;
    if (this.#restMs === 0) await this.#end();
    else this.#rest = setTimeout(() => void this.#end(), this.#restMs);
  }

  async #end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.[Symbol.asyncDispose]();
  }
}
