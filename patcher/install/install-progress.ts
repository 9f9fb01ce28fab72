import type { Clock } from '../download/clock.ts';
import type { PlanFigures } from '../plan/plan.ts';

export type InstallPhase = 'planning' | 'downloading' | 'patching' | 'verifying' | 'copying' | 'committing';

export interface InstallProgress {
  readonly phase: InstallPhase;
  readonly downloadedBytes: number;
  readonly downloadTotalBytes: number;
  readonly writtenBytes: number;
  readonly writeTotalBytes: number;
  readonly networkBytesPerSecond: number;
  readonly diskBytesPerSecond: number;
  /** New bytes that patches made in each second in which one was at work; 0 while none was. */
  readonly patchBytesPerSecond: number;
  /** What a full download would have cost beyond this one. */
  readonly savedBytes: number;
}

/** At most ten reports a second. */
const REPORT_EVERY_MS = 100;
/** Speeds are averages over about this long, so that they can be read. */
const SPEED_WINDOW_MS = 3000;

/** What a job has to do by its plan. */
export interface ProgressTotals {
  readonly downloadBytes: number;
  readonly writeBytes: number;
  readonly savedBytes: number;
}

export function totalsOf({ downloadBytes, writeBytes, fullDownloadBytes }: PlanFigures): ProgressTotals {
  return { downloadBytes, writeBytes, savedBytes: Math.max(0, fullDownloadBytes - downloadBytes) };
}

/** Counts what a job does and reports it, never more often than eyes can follow. */
export class ProgressMeter {
  readonly #report: (progress: InstallProgress) => void;
  readonly #clock: Pick<Clock, 'now'>;
  #phase: InstallPhase = 'planning';
  #totals: ProgressTotals = { downloadBytes: 0, writeBytes: 0, savedBytes: 0 };
  #downloadedBytes = 0;
  #writtenBytes = 0;
  #makers = 0;
  #makingSince = 0;
  #made = { bytes: 0, ms: 0 };
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** Oldest first: when, and the counts then. */
  #samples: { at: number; downloadedBytes: number; writtenBytes: number }[] = [];

  constructor(report: ((progress: InstallProgress) => void) | undefined, clock: Pick<Clock, 'now'>) {
    this.#report = report ?? (() => {});
    this.#clock = clock;
  }

  setTotals(totals: ProgressTotals): void {
    this.#totals = totals;
  }

  /** A phase is always reported, at its beginning. */
  enter(phase: InstallPhase): void {
    this.#phase = phase;
    this.#send();
  }

  downloaded(bytes: number): void {
    this.#downloadedBytes += bytes;
    this.#sendIfDue();
  }

  written(bytes: number): void {
    this.#writtenBytes += bytes;
    this.#sendIfDue();
  }

  /** Watch a patch make bytes: time in which several are at it counts once. */
  async making<Made>(bytes: number, make: () => Promise<Made>): Promise<Made> {
    if (this.#makers++ === 0) this.#makingSince = this.#clock.now();
    try {
      const made = await make();
      this.#made.bytes += bytes;
      return made;
    } finally {
      if (--this.#makers === 0) this.#made.ms += this.#clock.now() - this.#makingSince;
    }
  }

  get downloadedBytes(): number {
    return this.#downloadedBytes;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  #sendIfDue(): void {
    if (this.#clock.now() - this.#reportedAt >= REPORT_EVERY_MS) this.#send();
  }

  #send(): void {
    const now = this.#clock.now();
    this.#reportedAt = now;
    this.#samples.push({ at: now, downloadedBytes: this.#downloadedBytes, writtenBytes: this.#writtenBytes });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) > SPEED_WINDOW_MS)
      this.#samples.shift();
    const oldest = this.#samples[0];
    const seconds = (now - (oldest?.at ?? now)) / 1000;
    const perSecond = (bytes: number, before = 0) =>
      seconds > 0 ? Math.round((bytes - before) / seconds) : 0;
    this.#report({
      phase: this.#phase,
      downloadedBytes: this.#downloadedBytes,
      // Faults make a job fetch more than planned; a total below what is done would read as a bug.
      downloadTotalBytes: Math.max(this.#totals.downloadBytes, this.#downloadedBytes),
      writtenBytes: this.#writtenBytes,
      writeTotalBytes: Math.max(this.#totals.writeBytes, this.#writtenBytes),
      networkBytesPerSecond: perSecond(this.#downloadedBytes, oldest?.downloadedBytes),
      diskBytesPerSecond: perSecond(this.#writtenBytes, oldest?.writtenBytes),
      patchBytesPerSecond: this.#made.ms > 0 ? Math.round((this.#made.bytes * 1000) / this.#made.ms) : 0,
      savedBytes: this.#totals.savedBytes,
    });
  }
}
