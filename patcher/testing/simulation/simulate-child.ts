/**
 * `node simulate-child.ts FIRST COUNT [--trace] [--flushes quick|slow]`: run so many seeds from the first on, in this one
 * process, and print one line of JSON with what was counted and every seed that failed. The same seed gives the same run.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { SimCounts } from './player-run.ts';
import type { SeedFailure } from './run-seed.ts';
import { SimCrash } from './sim-errno.ts';
import { type SimFlushes, SimWorld } from './sim-world.ts';

export interface SimReport {
  readonly seeds: number;
  readonly counts: SimCounts;
  readonly besideFlushes: SimWorld['besideFlushes'];
  readonly failures: readonly SeedFailure[];
  readonly worstMiB: number;
  /** SHA-256 of everything that happened, to see that the same seeds give the same run. */
  readonly digest: string;
}

// What a killed program had still to say is nobody's business.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof SimCrash)) throw error;
});

const {
  positionals: [first = '0', count = '100'],
  values: { trace, flushes },
} = parseArgs({
  allowPositionals: true,
  options: { trace: { type: 'boolean' }, flushes: { type: 'string' } },
});
const world = new SimWorld();
// Only now, so that no module keeps the real clock, disk or threads it found when it was loaded.
const { runSeed } = await import('./run-seed.ts');
const failures: SeedFailure[] = [];
const counts: SimCounts = {
  operations: 0,
  moves: 0,
  kills: 0,
  powerCuts: 0,
  refusals: 0,
  old: 0,
  next: 0,
  resumed: 0,
  refetchedBytes: 0,
  checkedBytes: 0,
};
const digest = createHash('sha256');
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const { failure, trace: said } = await runSeed(world, seed, counts, flushes as SimFlushes | undefined);
  digest.update(said.join('\n'));
  if (failure === undefined) continue;
  failures.push(failure);
  if (trace === true) process.stderr.write(`${failure.trace.join('\n')}\n`);
}
const worstMiB = Math.round(process.resourceUsage().maxRSS / 1024);
const report: SimReport = {
  seeds: Number(count),
  counts,
  besideFlushes: world.besideFlushes,
  failures,
  worstMiB,
  digest: digest.digest('hex'),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
