import type { Clock } from '../clock.ts';

/** A clock that stands still until a test moves it. */
export interface HandClock extends Clock {
  readonly advance: (milliseconds: number) => void;
}

export function createHandClock(startAt = Date.UTC(2026, 10, 21)): HandClock {
  let now = startAt;
  const timers = new Set<{ at: number; periodMs: number | null; action: () => void }>();
  const add = (at: number, periodMs: number | null, action: () => void) => {
    const timer = { at, periodMs, action };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    now: () => now,
    after: (delayMs, action) => add(now + delayMs, null, action),
    every: (periodMs, action) => add(now + periodMs, periodMs, action),
    advance: (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        if (due.periodMs === null) timers.delete(due);
        else due.at += due.periodMs;
        due.action();
      }
      now = end;
    },
  };
}
