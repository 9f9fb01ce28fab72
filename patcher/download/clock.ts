import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as the patcher sees it; passed in so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  readonly now: () => number;
  /** @throws The signal's reason once it aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
  },
};
