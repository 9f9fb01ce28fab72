import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes, syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import type { SimScheduler } from './sim-scheduler.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
const builtin = threads as Writable<typeof threads>;

/** Scripts are loaded one after the other, because each finds its port where the system puts it. */
let loading: Promise<void> = Promise.resolve();
let loaded = 0;

/** Scripts by address, without their types: taking those out for every thread would be a tenth of all the work. */
const sources = new Map<string, string>();

registerHooks({
  load: (url, context, nextLoad) => {
    const { pathname, searchParams } = new URL(url);
    if (!searchParams.has('thread')) return nextLoad(url, context);
    const source = sources.get(pathname) ?? stripTypeScriptTypes(readFileSync(pathname, 'utf8'));
    sources.set(pathname, source);
    return { format: 'module', source, shortCircuit: true };
  },
});

/** What a script on a thread talks through. */
class SimPort extends EventEmitter {
  readonly #send: (message: unknown) => void;
  readonly #end: () => void;

  constructor(send: (message: unknown) => void, end: () => void) {
    super();
    this.#send = send;
    this.#end = end;
  }

  postMessage(message: unknown): void {
    this.#send(message);
  }

  close(): void {
    this.#end();
  }
}

/** A worker thread whose script runs between the steps of the simulation instead of beside them. */
export function makeSimWorker(scheduler: SimScheduler): typeof threads.Worker {
  class SimWorker extends EventEmitter {
    readonly #port: SimPort;
    readonly #ready: Promise<void>;

    constructor(script: URL, { workerData }: { workerData?: unknown } = {}) {
      super();
      const data: unknown = structuredClone(workerData);
      this.#port = new SimPort(
        (message) => this.#later(() => this.emit('message', structuredClone(message))),
        () => this.#later(() => this.emit('exit', 0)),
      );
      this.#ready = loading = loading.then(() => this.#load(script, data));
      scheduler.outside(this.#ready);
    }

    postMessage(message: unknown): void {
      const copy: unknown = structuredClone(message);
      void this.#ready.then(() => this.#later(() => this.#port.emit('message', copy)));
    }

    async #load(script: URL, data: unknown): Promise<void> {
      const url = new URL(script);
      url.searchParams.set('thread', String(loaded++));
      builtin.parentPort = this.#port as unknown as typeof builtin.parentPort;
      builtin.workerData = data;
      syncBuiltinESMExports();
      try {
        await import(url.href);
      } catch (error) {
        this.#later(() => this.#fail(error));
      } finally {
        builtin.parentPort = null;
        syncBuiltinESMExports();
      }
    }

    #later(work: () => void): void {
      scheduler.step(work).catch((error: unknown) => this.#fail(error));
    }

    #fail(error: unknown): void {
      this.emit('error', error);
      this.emit('exit', 1);
    }
  }
  return SimWorker as unknown as typeof threads.Worker;
}
