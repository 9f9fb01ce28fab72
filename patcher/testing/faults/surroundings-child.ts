/**
 * `node surroundings-child.ts clock|memory|network`: jobs under a wrong clock, with little memory, or on a network that
 * is pulled or not there; prints one line of JSON. The network needs root and `ip` in a namespace of its
 * own (`unshare -n`).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeTree } from '../remove-tree.ts';
import { JOB_SCENARIOS, JobBench, type JobScenario } from './job-scenarios.ts';

export interface SurroundingsReport {
  readonly name: string;
  readonly runs: number;
  readonly old: number;
  readonly next: number;
  readonly refetchedBytes: number;
  readonly worstMiB: number;
  readonly codes: readonly string[];
  readonly failures: readonly string[];
}

const CHILD = fileURLToPath(new URL('../install-child.ts', import.meta.url));
const CLOCK = new URL('shift-clock.ts', import.meta.url).href;
const TEN_YEARS_S = 315_360_000;

const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-around-'));
const live = path.join(scratch, 'live');
await mkdir(live);
if (process.argv[2] === 'network') execFileSync('ip', ['link', 'set', 'lo', 'up']);
const bench = await JobBench.start(path.join(scratch, 'bench'));
const reports: SurroundingsReport[] = [];
try {
  if (process.argv[2] === 'clock') await underClocks();
  else if (process.argv[2] === 'memory') await inLittleMemory();
  else await onNetworks();
} finally {
  await bench.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify(reports)}\n`);

async function underClocks(): Promise<void> {
  const clocks = {
    'ten years back': { GANTRY_CLOCK_SHIFT_S: String(-TEN_YEARS_S) },
    'ten years on': { GANTRY_CLOCK_SHIFT_S: String(TEN_YEARS_S) },
    'an hour back again and again': { GANTRY_CLOCK_JUMP_S: '-3600' },
  };
  for (const [name, env] of Object.entries(clocks))
    reports.push(await runAll(name, JOB_SCENARIOS, { node: ['--import', CLOCK], env }));
}

async function inLittleMemory(): Promise<void> {
  const node = ['--max-old-space-size=32', '--max-semi-space-size=1'];
  reports.push(await runAll('a heap of 32 MiB', JOB_SCENARIOS, { node }));
}

async function onNetworks(): Promise<void> {
  const jobs = ['install', 'update by patch'] as const;
  const untouched = ['update by chunks', 'repair'] as const;
  for (const scenario of [...jobs, ...untouched]) await bench.lay(scenario, live);
  const pull = async (forMs: number) => {
    await sleep(500);
    execFileSync('ip', ['link', 'set', 'lo', 'down']);
    await sleep(forMs);
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
  };
  reports.push(await runAll('the cable pulled for two seconds', jobs, { meanwhile: () => pull(2000) }));
  reports.push(await runAll('no network', untouched, { prefix: ['unshare', '-n'] }));
}

interface Surroundings {
  readonly node?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command that starts the job's process. */
  readonly prefix?: readonly string[];
  /** Runs beside each job. */
  readonly meanwhile?: () => Promise<void>;
}

async function runAll(
  name: string,
  scenarios: readonly JobScenario[],
  around: Surroundings,
): Promise<SurroundingsReport> {
  const total = { old: 0, next: 0, refetchedBytes: 0, worstMiB: 0 };
  const codes = new Set<string>();
  const failures: string[] = [];
  for (const scenario of scenarios) {
    await bench.lay(scenario, live);
    const ended = await runJob(scenario, around);
    if (ended.code !== undefined) codes.add(ended.code);
    total.worstMiB = Math.max(total.worstMiB, ended.peakMiB ?? 0);
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

async function runJob(
  scenario: JobScenario,
  around: Surroundings,
): Promise<{ code?: string; peakMiB?: number }> {
  const job = await bench.jobOf(scenario, live);
  const node = [process.execPath, '--no-warnings', ...(around.node ?? []), CHILD, JSON.stringify(job)];
  const [command = '', ...parameters] = [...(around.prefix ?? []), ...node];
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...around.env },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  const [[status]] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    around.meanwhile?.(),
  ]);
  if (status !== 0) throw new Error(`${scenario} ended with status ${status}`);
  return JSON.parse(Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}') as {
    code?: string;
    peakMiB?: number;
  };
}
