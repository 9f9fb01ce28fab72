/**
 * `node surroundings-child.ts clock|memory|cgroup|network`: jobs under a wrong clock, with little memory, or on a network that
 * is pulled or not there; prints one line of JSON. The network needs root and `ip` in a namespace of its
 * own (`unshare -n`).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeTree } from '../trees/remove-tree.ts';
import { JOB_SCENARIOS, JobBench, type JobScenario } from './job-scenarios.ts';
import { MemoryCgroup } from './memory-cgroup.ts';
import { runAround, type Surroundings, type SurroundingsReport } from './run-around.ts';

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
  else if (process.argv[2] === 'cgroup') await inCgroups();
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

/** What the system gives, all told; what needs more is killed by it at whatever moment that is. */
async function inCgroups(): Promise<void> {
  for (const limitMiB of [160, 64]) {
    const group = MemoryCgroup.make(limitMiB * 2 ** 20);
    try {
      const name = `${limitMiB} MiB of memory, or killed by the system`;
      reports.push(await runAll(name, JOB_SCENARIOS, { prefix: group.prefix }));
    } finally {
      group.remove();
    }
  }
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

function runAll(
  name: string,
  scenarios: readonly JobScenario[],
  around: Surroundings,
): Promise<SurroundingsReport> {
  return runAround({ bench, live, name, scenarios, around });
}
