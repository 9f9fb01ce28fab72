/**
 * `node contending-jobs-child.ts ROUNDS`: eight processes begin jobs on one install at the same moment, again and again; prints
 * one line of JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildJob } from '../jobs/child-job.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { JobBench } from './job-scenarios.ts';

export interface ContendingJobsReport {
  readonly rounds: number;
  /** Jobs that ended, and jobs that were refused because another had the install. */
  readonly done: number;
  readonly refused: number;
  /** Jobs that ended otherwise, and installs that were not the one new build afterwards. */
  readonly failures: readonly string[];
}

const CHILD = fileURLToPath(new URL('../jobs/install-child.ts', import.meta.url));
/** Of eight launchers; all lead to the new build or leave what is there. */
const CONTENDERS = [
  'update by chunks',
  'update by patch',
  'update in little space',
  'repair',
  'update by chunks',
  'update by patch',
  'update in little space',
  'repair',
] as const;

const rounds = Number(process.argv[2] ?? 1);
const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-contend-'));
const live = path.join(scratch, 'live');
await mkdir(live);
const bench = await JobBench.start(path.join(scratch, 'bench'));
const total = { done: 0, refused: 0 };
const failures: string[] = [];
try {
  for (let round = 0; round < rounds; round++) await contend(round);
} finally {
  await bench.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify({ rounds, ...total, failures })}\n`);

async function contend(round: number): Promise<void> {
  await bench.lay('update by chunks', live);
  const jobs = await Promise.all(CONTENDERS.map((scenario) => bench.jobOf(scenario, live)));
  const started = jobs.map((job) => startJob(job));
  await Promise.all(started.map(({ ready }) => ready));
  for (const { begin } of started) begin();
  const codes = await Promise.all(started.map(({ ended }) => ended));
  const done = codes.filter((code) => code === undefined).length;
  const refused = codes.filter((code) => code === 'INSTALL_LOCKED').length;
  total.done += done;
  total.refused += refused;
  if (done === 0) failures.push(`round ${round}: nobody had the install`);
  if (done + refused < codes.length) failures.push(`round ${round}: ${codes.join(', ')}`);
  try {
    await bench.finish('update by chunks', live);
  } catch (error) {
    failures.push(`round ${round}: ${(error as Error).message}`);
  }
}

interface StartedJob {
  readonly ready: Promise<unknown>;
  readonly begin: () => void;
  /** The code of its error, if it ended with one. */
  readonly ended: Promise<string | undefined>;
}

function startJob(job: ChildJob): StartedJob {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GANTRY_WAIT: '1' },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  const ended = once(child, 'close').then(([status]) => {
    const last = Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}';
    return status === 0 ? (JSON.parse(last) as { code?: string }).code : `status ${status}`;
  });
  const ready = Promise.race([once(child.stdout, 'data'), ended]);
  return { ready, begin: () => void child.stdin.end('\n'), ended };
}
