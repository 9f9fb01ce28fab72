import type { Clock } from '../clock.ts';

/** When the library is asked for again. */
export interface Refresher {
  /** Ask now. @throws What the work throws. */
  readonly refresh: () => Promise<void>;
  /** The player is looking: ask, unless it was asked a moment ago. Never rejects. */
  readonly freshen: () => Promise<void>;
  /** Also ask now and then by itself, so that updates are found while nobody looks. */
  readonly start: () => void;
  readonly close: () => void;
}

export interface RefresherPorts {
  readonly clock: Clock;
  readonly work: () => Promise<void>;
  /** What nobody asked for by name: its failure must not reach anyone. */
  readonly quietly: (work: () => Promise<void>) => Promise<void>;
  /** From 0 to 1; drawn for each wait. */
  readonly random?: () => number;
}

/** A player who goes to and fro must not make the launcher ask each time. */
export const FRESH_MS = 30_000;
/** Between two quiet looks; each wait is up to a fifth shorter or longer, so that launchers do not ask in step. */
export const POLL_PERIOD_MS = 5 * 60 * 1000;
const POLL_JITTER = 0.2;

export function createRefresher({ clock, work, quietly, random = Math.random }: RefresherPorts): Refresher {
  let begunAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let closed = false;

  const refresh = () => {
    begunAt = clock.now();
    return work();
  };
  const scheduleNext = () => {
    if (closed) return;
    const waitMs = POLL_PERIOD_MS * (1 + POLL_JITTER * (2 * random() - 1));
    cancel = clock.after(waitMs, () => {
      scheduleNext();
      void quietly(freshen);
    });
  };
  const freshen = async () => {
    if (clock.now() - begunAt >= FRESH_MS) await refresh();
  };
  return {
    refresh,
    freshen: () => quietly(freshen),
    start: scheduleNext,
    close: () => {
      closed = true;
      cancel?.();
    },
  };
}
