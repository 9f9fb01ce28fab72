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
