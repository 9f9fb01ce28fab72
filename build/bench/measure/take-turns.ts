import type { Usage } from './usage.ts';

export interface Rounds<Runner> {
  /** How often one runs at least, however long it takes; once unless told otherwise. */
  readonly least?: number;
  readonly most: (runner: Runner) => number;
  /** Beyond the least, none runs again when all its runs would then take longer, in seconds. */
  readonly seconds: number;
}

/**
 * Run several in turns, so that a slow minute of the machine strikes all alike, each as often as its rounds allow.
 * @param run Undefined where one failed: it drops out.
 * @returns Of each its last run, with the least time and the most memory of all its runs.
 */
export async function takeTurns<Runner, Run extends { readonly usage: Usage }>(
  runners: readonly Runner[],
  { least = 1, most, seconds }: Rounds<Runner>,
  run: (runner: Runner, round: number) => Promise<Run | undefined>,
): Promise<ReadonlyMap<Runner, Run>> {
  const best = new Map<Runner, Run>();
  const spent = new Map<Runner, number>();
  let left = runners;
  for (let round = 0; left.length > 0; round++) {
    const again: Runner[] = [];
    for (const runner of left) {
      const taken = await run(runner, round);
      if (taken === undefined) {
        best.delete(runner);
        continue;
      }
      const { wallSeconds } = taken.usage;
      best.set(runner, { ...taken, usage: leastOf(taken.usage, best.get(runner)?.usage) });
      const sum = (spent.get(runner) ?? 0) + wallSeconds;
      spent.set(runner, sum);
      const isWanted = round + 1 < least || sum + wallSeconds <= seconds;
      if (isWanted && round + 1 < most(runner)) again.push(runner);
    }
    left = again;
  }
  return best;
}

/** What else a machine does only adds to time; memory is counted at its worst. */
function leastOf(usage: Usage, known: Usage = usage): Usage {
  return {
    cpuSeconds: Math.min(known.cpuSeconds, usage.cpuSeconds),
    wallSeconds: Math.min(known.wallSeconds, usage.wallSeconds),
    peakBytes: Math.max(known.peakBytes, usage.peakBytes),
  };
}
