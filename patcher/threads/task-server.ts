import { parentPort, type Transferable } from 'node:worker_threads';
import { AppError, type ErrorData } from '../errors.ts';
import { Stopped, throwIfStopped } from './stop-flag.ts';

/** What a thread is sent. */
export type TaskMessage<Task> =
  | { readonly kind: 'task'; readonly id: number; readonly task: Task }
  /** No more tasks: end. */
  | { readonly kind: 'end' };

/** What a thread sends back: any number of reports, then one end, for each task. */
export type TaskReply<Result> =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly result: Result }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorData }
  /** Our own mistake; the thread ends. */
  | { readonly kind: 'crashed'; readonly cause: unknown };

/** Tells the owner of the thread how many more bytes have been worked on. */
export type ReportBytes = (bytes: number) => void;

/** Bytes between two messages of progress: some hundred messages for each GB. */
const PROGRESS_BYTES = 8 * 2 ** 20;

/**
 * Answer the tasks of a `TaskThread`; called once by a worker's script. A task that is sent while another waits for
 * something is begun then. The thread ends by itself when its owner says so: at once when idle, at the next report or
 * `throwIfStopped` when busy.
 * @param run Does one task. What it throws travels as data if it is an {@link AppError};
 *   anything else is our own mistake, ends the thread and is seen as `THREAD_FAILED`.
 * @param transfers Buffers of a result to be moved rather than copied.
 * @param end Gives back what tasks left open, once no more come.
 */
export function serveTasks<Task, Result>(
  run: (task: Task, report: ReportBytes) => Result | Promise<Result>,
  transfers: (result: Result) => readonly Transferable[] = () => [],
  end: () => void = () => {},
): void {
  const port = parentPort;
  if (port === null) throw new Error('serveTasks runs on a worker thread');
  const reply = (message: TaskReply<Result>, moved: readonly Transferable[] = []) =>
    port.postMessage(message, moved);
  let unreported = 0;
  const flush = () => {
    if (unreported > 0) reply({ kind: 'progress', bytes: unreported });
    unreported = 0;
  };
  const report = (bytes: number) => {
    throwIfStopped();
    unreported += bytes;
    if (unreported >= PROGRESS_BYTES) flush();
  };
  const close = () => {
    end();
    port.close();
  };
  const answer = async (id: number, task: Task): Promise<void> => {
    try {
      throwIfStopped();
      const result = await run(task, report);
      flush();
      reply({ kind: 'done', id, result }, transfers(result));
    } catch (error) {
      // The message to end is on its way.
      if (error instanceof Stopped) return;
      if (error instanceof AppError) {
        reply({ kind: 'failed', id, error: error.toData() });
        return;
      }
      reply({ kind: 'crashed', cause: error });
      close();
    }
  };
  port.on('message', (message: TaskMessage<Task>) => {
    if (message.kind === 'end') close();
    else void answer(message.id, message.task);
  });
}
