import { CallingThread, type TaskRunner } from './calling-thread.ts';
import type { ReportBytes } from './task-server.ts';
import { TaskThread } from './task-thread.ts';

export interface RunTasksOptions<Task, Result> {
  readonly script: URL;
  readonly data: unknown;
  readonly taskCount: number;
  /** Makes a task when a thread is free for it, so that not all need to be held at once. */
  readonly toTask: (row: number) => Task;
  /** Threads at most; never more than there are tasks. */
  readonly threads: number;
  /**
   * Does a task on the thread that asks, which is then one of the threads: another takes 50 to 90 ms of CPU to start. It
   * is blocked for as long as each task takes; the signal is looked at in between.
   */
  readonly doHere?: (task: Task, report: ReportBytes) => Result;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: ReportBytes;
  /** Takes each result as it comes, in no order; a thread begins its next task only once this has resolved. */
  readonly onResult: (result: Result, row: number) => void | Promise<void>;
}

/**
 * Do tasks on worker threads. Each thread takes the next task when it has finished one, so that a long task
 * keeps one thread busy and not the others.
 * @throws {AppError} The first failure, of a task or of `onResult`; the signal's reason if it fires. All
 *   threads have ended by then.
 */
export async function runTasks<Task, Result>(options: RunTasksOptions<Task, Result>): Promise<void> {
  const { taskCount, toTask, script, data, onBytes, onResult, doHere } = options;
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  let next = 0;
  const here = doHere && { do: (task: Task) => doHere(task, onBytes), [Symbol.dispose]: () => {} };
  const runThread = async (_: unknown, index: number) => {
    const thread: TaskRunner<Task, Result> =
      here !== undefined && index === 0
        ? new CallingThread(here, signal)
        : new TaskThread<Task, Result>({ script, data, signal, onBytes });
    try {
      while (next < taskCount) {
        const row = next++;
        await onResult(await thread.run(toTask(row)), row);
      }
    } catch (error) {
      stop.abort(error);
    } finally {
      await thread.end();
    }
  };
  const threads = Math.min(Math.max(1, options.threads), taskCount);
  await Promise.all(Array.from({ length: threads }, runThread));
  signal.throwIfAborted();
}
