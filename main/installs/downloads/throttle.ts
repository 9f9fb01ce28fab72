import type { Clock } from '../../clock.ts';

export interface Throttle {
  /** Runs the action now, or once when the period since the last run is over. */
  readonly request: () => void;
  /** Runs it now whatever the period: for changes that must not wait, such as the end of a download. */
  readonly flush: () => void;
  readonly close: () => void;
}

/** At most one run of `action` a period, the last request never lost. */
export function createThrottle(clock: Clock, periodMs: number, action: () => void): Throttle {
  let lastAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  const run = () => {
    cancel?.();
    cancel = undefined;
    lastAt = clock.now();
    action();
  };
  return {
    request: () => {
      if (cancel !== undefined) return;
      const waitMs = lastAt + periodMs - clock.now();
      if (waitMs <= 0) return run();
      cancel = clock.after(waitMs, run);
    },
    flush: run,
    close: () => {
      cancel?.();
      cancel = undefined;
    },
  };
}
