import { isMainThread, workerData } from 'node:worker_threads';

/** Bytes of the memory a thread and its owner share for it. */
const FLAG_BYTES = 4;

/** One bit of shared memory by which the owner of a thread asks it to stop, heard in the middle of a task. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

/** What every thread of ours is started with. */
export interface ThreadData<Data> {
  readonly stopFlag: StopFlag;
  readonly data: Data;
}

/** Unwinds a task whose thread shall end. Not an error: nobody waits for what the task would have made. */
export class Stopped extends Error {}

export function createStopFlag(): StopFlag {
  return new Int32Array(new SharedArrayBuffer(FLAG_BYTES));
}

export function raise(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
}

/** What the thread was given when it started. */
export function threadData<Data>(): Data {
  return (workerData as ThreadData<Data>).data;
}

/**
 * Called by long work every few MiB, and between steps that cannot be interrupted: threads are never terminated
 * from outside, since that aborts the process if it strikes while a zlib object is being made.
 * On a thread that is not one of ours it does nothing.
 * @throws {Stopped}
 */
export function throwIfStopped(): void {
  if (OWN_FLAG !== undefined && Atomics.load(OWN_FLAG, 0) !== 0) throw new Stopped();
}

const OWN_FLAG = findOwnFlag();

function findOwnFlag(): StopFlag | undefined {
  if (isMainThread) return undefined;
  const flag: unknown = (workerData as Partial<ThreadData<unknown>> | null)?.stopFlag;
  return flag instanceof Int32Array ? (flag as StopFlag) : undefined;
}
