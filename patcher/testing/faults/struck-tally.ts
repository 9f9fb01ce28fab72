import type { RestReport } from './job-scenarios.ts';
import type { CallPoint } from './trace-calls.ts';

/** Which of the calls of a job are struck. */
export interface CallChoice {
  /** Every so manieth call. */
  readonly every: number;
  /** Of these only one part of so many, for a process of several. */
  readonly part?: number;
  readonly parts?: number;
}

export function chooseCalls(
  points: readonly CallPoint[],
  { every, part = 0, parts = 1 }: CallChoice,
): readonly CallPoint[] {
  return points.filter((_, at) => at % every === 0 && (at / every) % parts === part);
}

/** What became of installs whose jobs were struck. */
export interface StruckCounts {
  readonly struck: number;
  /** At rest they were the old build, the new one, or between the two. */
  readonly old: number;
  readonly next: number;
  readonly between: number;
  readonly resumed: number;
  readonly checkedBytes: number;
  readonly refetchedBytes: number;
  readonly worstMiB: number;
}

const COUNT_OF = { old: 'old', new: 'next', between: 'between' } as const;

/** Counts runs as they end. */
export class StruckTally {
  readonly #counts = {
    struck: 0,
    old: 0,
    next: 0,
    between: 0,
    resumed: 0,
    checkedBytes: 0,
    refetchedBytes: 0,
    worstMiB: 0,
  };

  get counts(): StruckCounts {
    return this.#counts;
  }

  addRun({ struck, peakMiB }: { readonly struck: boolean; readonly peakMiB?: number | undefined }): void {
    if (struck) this.#counts.struck++;
    this.#counts.worstMiB = Math.max(this.#counts.worstMiB, peakMiB ?? 0);
  }

  addRest({ rest, resumed, checkedBytes, refetchedBytes }: RestReport): void {
    this.#counts[COUNT_OF[rest]]++;
    if (resumed) this.#counts.resumed++;
    this.#counts.checkedBytes += checkedBytes;
    this.#counts.refetchedBytes += refetchedBytes;
  }
}
