import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DownloadGrant } from '../../download/hosts/grant.ts';
import type { JobBench, JobScenario } from './job-scenarios.ts';

/** What became of jobs in some surroundings. */
export interface SurroundingsReport {
  readonly name: string;
  readonly runs: number;
  readonly old: number;
  readonly next: number;
  readonly killed: number;
  readonly refetchedBytes: number;
  readonly worstMiB: number;
  /** Of the longest job, until it had ended or said that it cannot. */
  readonly worstSeconds: number;
  readonly codes: readonly string[];
  readonly failures: readonly string[];
  /** Of lines that count them: packets lost and packets that came through. */
  readonly packetsLost?: number;
  readonly packets?: number;
}

export interface Surroundings {
  readonly node?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command that starts the job's process. */
  readonly prefix?: readonly string[];
  /** Where the job downloads from, if not where the bench does. */
  readonly grant?: DownloadGrant;
  /** Longer is a failure. */
  readonly longestS?: number;
  /** Whether jobs must end well (true) or with a typed error (false). */
  readonly ends?: boolean;
  readonly before?: () => void;
  /** Runs beside each job. */
  readonly meanwhile?: () => Promise<void> | undefined;
  /** Before the install is looked at. */
  readonly after?: () => void;
}

export interface RunAroundOptions {
  readonly bench: JobBench;
  /** An empty folder. */
  readonly live: string;
  readonly name: string;
  readonly scenarios: readonly JobScenario[];
  readonly around: Surroundings;
}

const CHILD = fileURLToPath(new URL('../jobs/install-child.ts', import.meta.url));

interface Ended {
  readonly code?: string;
  readonly peakMiB?: number;
  readonly isKilled: boolean;
}

/** Run each job once in these surroundings, see what it left, and let it go on to its end without them. */
export async function runAround(options: RunAroundOptions): Promise<SurroundingsReport> {
  const { bench, live, name, scenarios, around } = options;
  const total = { old: 0, next: 0, killed: 0, refetchedBytes: 0, worstMiB: 0, worstSeconds: 0 };
  const codes = new Set<string>();
  const failures: string[] = [];
  for (const scenario of scenarios) {
    await bench.lay(scenario, live);
    around.before?.();
    const began = performance.now();
    const ended = await runJob(options, scenario);
    const seconds = Math.round((performance.now() - began) / 1000);
    around.after?.();
    if (ended.code !== undefined) codes.add(ended.code);
    if (ended.isKilled) total.killed++;
    total.worstMiB = Math.max(total.worstMiB, ended.peakMiB ?? 0);
    total.worstSeconds = Math.max(total.worstSeconds, seconds);
    const wrong = findWrong(around, ended, seconds);
    if (wrong !== undefined) failures.push(`${name}, ${scenario}: ${wrong}`);
    try {
      const rest = await bench.finish(scenario, live);
      if (rest.rest === 'old' && scenario !== 'repair') total.old++;
      else total.next++;
      total.refetchedBytes += rest.refetchedBytes;
    } catch (error) {
      failures.push(`${name}, ${scenario}: ${(error as Error).message}`);
    }
  }
  return { name, runs: scenarios.length, ...total, codes: [...codes], failures };
}

function findWrong({ ends, longestS }: Surroundings, { code }: Ended, seconds: number): string | undefined {
  if (longestS !== undefined && seconds > longestS) return `took ${seconds} s`;
  if (ends === true && code !== undefined) return `ended with ${code}`;
  return ends === false && code === undefined ? 'ended although it cannot have' : undefined;
}

async function runJob({ bench, live, around }: RunAroundOptions, scenario: JobScenario): Promise<Ended> {
  const { grant, prefix = [], node = [] } = around;
  const job = { ...(await bench.jobOf(scenario, live)), ...(grant === undefined ? {} : { grant }) };
  const [command, ...parameters] = [
    ...prefix,
    process.execPath,
    '--no-warnings',
    ...node,
    CHILD,
    JSON.stringify(job),
  ];
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...around.env },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  const [[status, signal]] = await Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>,
    around.meanwhile?.(),
  ]);
  if (signal === 'SIGKILL') return { isKilled: true };
  if (status !== 0) throw new Error(`${scenario} ended with status ${status}`);
  const last = Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}';
  return { ...(JSON.parse(last) as { code?: string; peakMiB?: number }), isKilled: false };
}
