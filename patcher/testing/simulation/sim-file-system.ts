import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { SimCalls } from './sim-calls.ts';
import type { SimScheduler } from './sim-scheduler.ts';
import { SimCrash } from './sim-errno.ts';

type AnyFunction = (this: unknown, ...parameters: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;

/** Which parameter is the path on the disk, where it is not the first. */
const PATH_PARAMETER: Readonly<Record<string, number>> = { symlink: 1 };

/**
 * Let this process's `node:fs` and `node:fs/promises` answer for paths on simulated disks; all others go to the
 * real ones. A call that is not simulated fails loudly.
 */
export function replaceFileSystem(calls: SimCalls, scheduler: SimScheduler): void {
  const simulated = calls as unknown as Functions;
  const promises = fs.promises as unknown as Functions;
  const sync = fs as unknown as Functions;
  for (const name of Object.keys(promises)) {
    if (typeof promises[name] !== 'function') continue;
    replace(promises, name, name, calls, (parameters) => {
      if (name === 'open') return openHandle(calls, scheduler, parameters as [string]);
      return unlessGone(scheduler.step(() => callSimulated(simulated, name, parameters)));
    });
  }
  for (const name of Object.keys(sync)) {
    if (typeof sync[name] !== 'function' || /^[A-Z_]/.test(name)) continue;
    const isSync = name.endsWith('Sync');
    const plain = isSync ? name.slice(0, -4) : name;
    replace(sync, name, plain, calls, (parameters) => {
      if (isSync) return callSimulated(simulated, plain, parameters);
      // Its like of Node's gives nothing back.
      const call = () => callSimulated(simulated, plain, parameters.slice(0, -1));
      const done =
        plain === 'fsync' ? flush(calls, scheduler, parameters[0] as number) : scheduler.step(call);
      void callBack(done, parameters);
      return undefined;
    });
  }
  syncBuiltinESMExports();
}

function replace(
  target: Functions,
  name: string,
  plain: string,
  calls: SimCalls,
  simulate: (parameters: unknown[]) => unknown,
): void {
  const original = target[name] as AnyFunction;
  const at = PATH_PARAMETER[plain] ?? 0;
  const replaced = function (this: unknown, ...parameters: unknown[]): unknown {
    return calls.owns(parameters[at]) ? simulate(parameters) : original.apply(this, parameters);
  };
  target[name] = Object.assign(replaced, original);
}

function callSimulated(simulated: Functions, name: string, parameters: unknown[]): unknown {
  const call = simulated[name];
  if (call === undefined) throw new Error(`the simulated disk has no ${name}`);
  return call.apply(simulated, parameters);
}

/** For calls whose last parameter hears what comes of them. */
async function callBack(done: Promise<unknown>, parameters: readonly unknown[]): Promise<void> {
  const hear = parameters.at(-1) as (error: unknown, value?: unknown) => void;
  let value: unknown;
  try {
    value = await unlessGone(done);
  } catch (error) {
    hear(error);
    return;
  }
  hear(null, value);
}

/** Others go on while a disk flushes. */
function flush(calls: SimCalls, scheduler: SimScheduler, descriptor: number): Promise<void> {
  const { ms, end } = calls.beginFsync(descriptor);
  return scheduler.step(end, ms);
}

/** Nobody hears of a call during which the program was killed. */
async function unlessGone<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SimCrash) return new Promise<never>(() => {});
    throw error;
  }
}

async function openHandle(
  calls: SimCalls,
  scheduler: SimScheduler,
  [at, flags, mode]: [string, (string | number)?, number?],
): Promise<SimHandle> {
  const descriptor = await unlessGone(scheduler.step(() => calls.open(at, flags, mode)));
  return new SimHandle(calls, scheduler, descriptor);
}

interface Span {
  readonly offset?: number;
  readonly length?: number;
  readonly position?: number | null;
}

/** What `open` of `node:fs/promises` gives, for a simulated file. */
class SimHandle {
  readonly fd: number;
  readonly #calls: SimCalls;
  readonly #scheduler: SimScheduler;
  /** Where the next read without a place begins. */
  #position = 0;

  constructor(calls: SimCalls, scheduler: SimScheduler, descriptor: number) {
    this.#calls = calls;
    this.#scheduler = scheduler;
    this.fd = descriptor;
  }

  async read(into: Uint8Array, ...span: [Span] | [number?, number?, (number | null)?]) {
    const { offset, length, position } = toSpan(span);
    const from = position ?? this.#position;
    const bytesRead = await this.#step(() => this.#calls.read(this.fd, into, offset, length, from));
    if (position === null || position === undefined) this.#position += bytesRead;
    return { bytesRead, buffer: into };
  }

  async write(from: Uint8Array, ...span: [Span] | [number?, number?, (number | null)?]) {
    const { offset, length, position } = toSpan(span);
    const bytesWritten = await this.#step(() => this.#calls.write(this.fd, from, offset, length, position));
    return { bytesWritten, buffer: from };
  }

  stat(options?: { bigint?: boolean }) {
    return this.#step(() => this.#calls.fstat(this.fd, options));
  }

  sync() {
    return unlessGone(flush(this.#calls, this.#scheduler, this.fd));
  }

  datasync() {
    return this.sync();
  }

  truncate(sizeBytes?: number) {
    return this.#step(() => this.#calls.ftruncate(this.fd, sizeBytes));
  }

  chmod(mode: number) {
    return this.#step(() => this.#calls.fchmod(this.fd, mode));
  }

  utimes(accessed: number | Date, modified: number | Date) {
    return this.#step(() => this.#calls.futimes(this.fd, accessed, modified));
  }

  appendFile(content: Uint8Array | string) {
    return this.#step(() => this.#calls.writeAll(this.fd, content, this.#calls.sizeOf(this.fd)));
  }

  writeFile(content: Uint8Array | string) {
    return this.#step(() => this.#calls.writeAll(this.fd, content));
  }

  close() {
    return this.#step(() => this.#calls.close(this.fd));
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #step<T>(work: () => T): Promise<T> {
    return unlessGone(this.#scheduler.step(work));
  }
}

function toSpan(span: [Span] | [number?, number?, (number | null)?]): Span {
  const [first, length, position] = span;
  if (typeof first === 'object') return first;
  return {
    ...(first === undefined ? {} : { offset: first }),
    ...(length === undefined ? {} : { length }),
    position: position ?? null,
  };
}
