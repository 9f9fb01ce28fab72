/**
 * `node call-faults-child.ts '<json>'`: strike jobs at their system calls, one run a call, and print one line of
 * JSON with what became of the installs. Needs strace (Linux).
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { ChildJob } from '../jobs/child-job.ts';
import { JobBench, type JobScenario } from './job-scenarios.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { type CallChoice, chooseCalls, type StruckCounts, StruckTally } from './struck-tally.ts';
import { type CallPoint, listCallPoints, runWithCallFault } from './trace-calls.ts';

export interface CallFaultsRequest extends CallChoice {
  readonly scenarios: readonly JobScenario[];
  /** Whether threads write what the struck jobs fetch, however little it is. */
  readonly byThreads?: boolean;
  /** strace's words: `signal=SIGKILL`, `error=EIO`. */
  readonly fault: string;
  readonly persistent?: boolean;
  /** Only these calls; all that change something when absent. */
  readonly calls?: readonly string[];
}

export interface CallFaultsReport extends StruckCounts {
  readonly scenario: JobScenario;
  readonly points: number;
  readonly runs: number;
  readonly codes: readonly string[];
  /** What broke, with the call that broke it. */
  readonly failures: readonly string[];
}

const request = JSON.parse(process.argv[2] ?? '{}') as CallFaultsRequest;
// A killed process leaves its file system whole, so one in memory does.
const scratch = await mkdtemp('/dev/shm/gantry-calls-');
const bench = await JobBench.start(path.join(scratch, 'bench'));
const reports: CallFaultsReport[] = [];
try {
  for (const scenario of request.scenarios) reports.push(await strikeAll(scenario));
} finally {
  await bench.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify(reports)}\n`);

async function strikeAll(scenario: JobScenario): Promise<CallFaultsReport> {
  const live = path.join(scratch, 'live');
  await mkdir(live, { recursive: true });
  await bench.lay(scenario, live);
  const job = { ...(await bench.jobOf(scenario, live)), byThreads: request.byThreads === true };
  const log = path.join(scratch, 'strace.log');
  const points = await listCallPoints(job, live, log);
  const wanted = points.filter(({ call }) => request.calls?.includes(call) ?? true);
  const chosen = chooseCalls(wanted, request);
  const tally = new StruckTally();
  const codes = new Set<string>();
  const failures: string[] = [];
  for (const point of chosen) {
    try {
      await strikeOnce({ scenario, live, job, log }, point, tally, codes);
    } catch (error) {
      failures.push(
        `${scenario}, ${point.call} ${point.index} of ${point.path}: ${(error as Error).message}`,
      );
    }
  }
  return {
    scenario,
    points: wanted.length,
    runs: chosen.length,
    ...tally.counts,
    codes: [...codes],
    failures,
  };
}

async function strikeOnce(
  place: { scenario: JobScenario; live: string; job: ChildJob; log: string },
  point: CallPoint,
  tally: StruckTally,
  codes: Set<string>,
): Promise<void> {
  const { scenario, live, job, log } = place;
  await bench.lay(scenario, live);
  const { fault, persistent } = request;
  const run = await runWithCallFault(job, point, {
    fault,
    ...(persistent === true ? { persistent } : {}),
    log,
  });
  tally.addRun(run);
  if (run.code !== undefined) codes.add(run.code);
  tally.addRest(await bench.finish(scenario, live));
}
