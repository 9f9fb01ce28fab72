/**
 * `node call-faults-child.ts '<json>'`: strike jobs at their system calls, one run a call, and print one line of
 * JSON with what became of the installs. Needs strace (Linux).
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { ChildJob } from '../child-job.ts';
import { JobBench, type JobScenario } from './job-scenarios.ts';
import { removeTree } from '../remove-tree.ts';
import { type CallPoint, listCallPoints, runWithCallFault } from './trace-calls.ts';

export interface CallFaultsRequest {
  readonly scenarios: readonly JobScenario[];
  /** strace's words: `signal=SIGKILL`, `error=EIO`. */
  readonly fault: string;
  readonly persistent?: boolean;
  /** Only these calls; all that change something when absent. */
  readonly calls?: readonly string[];
  /** Every so manieth call. */
  readonly every: number;
  /** Of these only one part of so many, for a process of several. */
  readonly part?: number;
  readonly parts?: number;
}

export interface CallFaultsReport {
  readonly scenario: JobScenario;
  readonly points: number;
  readonly runs: number;
  readonly struck: number;
  readonly old: number;
  readonly next: number;
  readonly between: number;
  readonly resumed: number;
  readonly checkedBytes: number;
  readonly refetchedBytes: number;
  readonly worstMiB: number;
  readonly codes: readonly string[];
  /** What broke, with the call that broke it. */
  readonly failures: readonly string[];
}

const TOTAL_OF = { old: 'old', new: 'next', between: 'between' } as const;
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
  const job = await bench.jobOf(scenario, live);
  const log = path.join(scratch, 'strace.log');
  const points = await listCallPoints(job, live, log);
  const wanted = points.filter(({ call }) => request.calls?.includes(call) ?? true);
  const { every, part = 0, parts = 1 } = request;
  const chosen = wanted.filter((_, at) => at % every === 0 && (at / every) % parts === part);
  const total = {
    struck: 0,
    old: 0,
    next: 0,
    between: 0,
    resumed: 0,
    checkedBytes: 0,
    refetchedBytes: 0,
    worstMiB: 0,
  };
  const codes = new Set<string>();
  const failures: string[] = [];
  for (const point of chosen) {
    try {
      await strikeOnce({ scenario, live, job, log }, point, total, codes);
    } catch (error) {
      failures.push(
        `${scenario}, ${point.call} ${point.index} of ${point.path}: ${(error as Error).message}`,
      );
    }
  }
  return { scenario, points: wanted.length, runs: chosen.length, ...total, codes: [...codes], failures };
}

type Totals = Pick<
  { -readonly [Key in keyof CallFaultsReport]: CallFaultsReport[Key] },
  'struck' | 'old' | 'next' | 'between' | 'resumed' | 'checkedBytes' | 'refetchedBytes' | 'worstMiB'
>;

async function strikeOnce(
  place: { scenario: JobScenario; live: string; job: ChildJob; log: string },
  point: CallPoint,
  total: Totals,
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
  if (run.struck) total.struck++;
  if (run.code !== undefined) codes.add(run.code);
  total.worstMiB = Math.max(total.worstMiB, run.peakMiB ?? 0);
  const rest = await bench.finish(scenario, live);
  total[TOTAL_OF[rest.rest]]++;
  if (rest.resumed) total.resumed++;
  total.checkedBytes += rest.checkedBytes;
  total.refetchedBytes += rest.refetchedBytes;
}
