import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallFault } from './fault-calls.ts';
import type { ChildJob } from './child-job.ts';

const CHILD = fileURLToPath(new URL('install-child.ts', import.meta.url));
const FAULTS = new URL('fault-calls.ts', import.meta.url).href;

/**
 * Run a job in a process of its own and kill it after a while.
 * @param killAfterMs Counted from when the job begins; undefined lets it end by itself.
 * @returns True when it was killed before it ended.
 */
export async function runAndKill(job: ChildJob, killAfterMs: number | undefined): Promise<boolean> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  await Promise.race([once(child.stdout, 'data'), exited]);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code, signal] = await exited;
  clearTimeout(timer);
  if (signal === 'SIGKILL') return true;
  if (code !== 0) throw new Error(`the job failed: ${Buffer.concat(errors).toString()}`);
  return false;
}

/** How a job with a fault ended. */
export interface FaultedRun {
  readonly killed: boolean;
  /** Code of the error it ended with, if it did. */
  readonly code: string | undefined;
  /** Calls that change the file system, when it was not killed. */
  readonly calls: number;
}

/** Run a job in a process of its own with a fault at one of its calls. */
export async function runWithFault(job: ChildJob, fault: CallFault): Promise<FaultedRun> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', FAULTS, CHILD, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GANTRY_FAULT: JSON.stringify(fault) },
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === 'SIGKILL') return { killed: true, code: undefined, calls: 0 };
  const said = Buffer.concat(errors).toString();
  if (status !== 0) throw new Error(`the job failed: ${said}`);
  const last = Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}';
  const { code } = JSON.parse(last) as { code?: string };
  return { killed: false, code, calls: Number(/calls=(\d+)/.exec(said)?.[1]) };
}
