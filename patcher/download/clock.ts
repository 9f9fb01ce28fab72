/** Time as the patcher sees it; passed in so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  readonly now: () => number;
  /** @throws The signal's reason once it aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Sleep, unless woken before.
 * @param onWake Gets what wakes the sleeper, and gives what takes it back.
 * @throws The signal's reason once it aborts.
 */
export async function sleepUnlessWoken(
  clock: Clock,
  ms: number,
  {
    onWake,
    signal,
  }: {
    readonly onWake: (wake: () => void) => () => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  signal?.throwIfAborted();
  // Not `AbortSignal.any`: a job's signal lives for hours and would keep something of each of its sleeps.
  const either = new AbortController();
  const stop = () => either.abort();
  signal?.addEventListener('abort', stop, { once: true });
  const takeBack = onWake(stop);
  try {
    await clock.sleep(ms, either.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!either.signal.aborted) throw error;
  } finally {
    takeBack();
    signal?.removeEventListener('abort', stop);
  }
}

export const systemClock: Clock = {
  now: () => performance.now(),
  // Not that of `node:timers/promises`, which makes an exception with a stack of each sleep that is broken off: the fetcher
  // breaks one off for each read.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
