/** How many streams run at once: narrower when the server asks for it, slowly wider again. */
export class StreamWidth {
  readonly #max: number;
  #width: number;
  #finishedSinceChange = 0;

  constructor(initial = 4, max = 8) {
    this.#width = initial;
    this.#max = max;
  }

  get current(): number {
    return this.#width;
  }

  /** One item ended; `throttled` when the server asked to slow down meanwhile. */
  finished(throttled: boolean): void {
    this.#finishedSinceChange++;
    if (throttled) this.#change(Math.max(1, Math.floor(this.#width / 2)));
    else if (this.#finishedSinceChange >= this.#width * 2) this.#change(Math.min(this.#max, this.#width + 1));
  }

  #change(width: number): void {
    this.#width = width;
    this.#finishedSinceChange = 0;
  }
}

export interface ParallelOptions {
  /** Asked before each start. */
  readonly width: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Run `work` over items, several at a time, started in order. The first failure aborts the others,
 * waits for them, and is thrown.
 */
export async function runParallel<Item>(
  items: Iterable<Item>,
  options: ParallelOptions,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const iterator = items[Symbol.iterator]();
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const start = (item: Item): void => {
    const run = work(item, signal)
      .catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
      })
      .finally(() => running.delete(run));
    running.add(run);
  };

  for (let next = iterator.next(); next.done !== true && !signal.aborted; next = iterator.next()) {
    start(next.value);
    while (running.size >= Math.max(1, options.width())) await Promise.race(running);
  }
  await Promise.all(running);
  options.signal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
}
