import type { Clock } from '../../download/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  cancelled: boolean;
}

/** Time that passes only when everybody waits for it: tests of hours of waiting take milliseconds. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #heap: Timer[] = [];
  /** Timers in the heap that nobody waits for. */
  #cancelled = 0;
  /** Real work under way; time stands still until it is done. */
  readonly #held = new Set<Promise<unknown>>();

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#cancel(timer);
        reject(signal?.reason);
      };
      const timer = this.#add(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  };

  /** Call `act` after so long. */
  readonly after = (ms: number, act: () => void): void => void this.#add(ms, act);

  /** Do what takes real time, such as a request over a socket, in no virtual time. */
  async hold<Value>(work: () => Promise<Value>): Promise<Value> {
    const held = work();
    this.#held.add(held);
    try {
      return await held;
    } finally {
      this.#held.delete(held);
    }
  }

  /** Let time pass until `work` has settled. @throws What `work` throws; if it waits for nothing that time brings. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    const state = { settled: false };
    const end = (): void => {
      state.settled = true;
    };
    work.then(end, end);
    for (await untilIdle(); !state.settled; await untilIdle()) {
      if (this.#held.size > 0) await Promise.race(this.#held).catch(() => undefined);
      else if (!this.#step()) throw new Error('nothing is left that time could bring');
    }
    return work;
  }

  #add(ms: number, wake: () => void): Timer {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, wake, cancelled: false };
    push(this.#heap, timer);
    return timer;
  }

  /** Most timers of a download are for silence that never comes: they are swept out once they are the most. */
  #cancel(timer: Timer): void {
    timer.cancelled = true;
    if (++this.#cancelled < 1000 || this.#cancelled < this.#heap.length / 2) return;
    const left = this.#heap.filter(({ cancelled }) => !cancelled);
    this.#heap = [];
    for (const each of left) push(this.#heap, each);
    this.#cancelled = 0;
  }

  #step(): boolean {
    for (let timer = pop(this.#heap); timer !== undefined; timer = pop(this.#heap)) {
      if (timer.cancelled) {
        this.#cancelled--;
        continue;
      }
      this.#now = timer.at;
      timer.wake();
      return true;
    }
    return false;
  }
}

/** One turn of the event loop: by its end every promise that could go on has. */
function untilIdle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(timer, heap[parent] as Timer)) break;
    heap[at] = heap[parent] as Timer;
    at = parent;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child++;
    if (!isBefore(heap[child] as Timer, last)) break;
    heap[at] = heap[child] as Timer;
    at = child;
  }
  heap[at] = last;
  return first;
}
