/** Time as the launcher's services see it; tests pass one they move by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls `action` once after `delayMs`; the result cancels it. */
  readonly after: (delayMs: number, action: () => void) => () => void;
  /** Calls `action` every `periodMs`; the result stops it. */
  readonly every: (periodMs: number, action: () => void) => () => void;
}

/** The machine's clock. Its timers never keep a process alive by themselves. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    timer.unref?.();
    return () => clearTimeout(timer);
  },
  every: (periodMs, action) => {
    const timer = setInterval(action, periodMs);
    timer.unref?.();
    return () => clearInterval(timer);
  },
};

/** A time as the bridge and the profile's files carry it. */
export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
