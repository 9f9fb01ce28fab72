import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildJob } from '../jobs/child-job.ts';

const CHILD = fileURLToPath(new URL('../jobs/install-child.ts', import.meta.url));
const NAMES = new URL('fixed-names.ts', import.meta.url).href;

/** Compiled once, so that a run costs half. */
const COMPILED = path.join(tmpdir(), 'gantry-compiled');

/** System calls that change a file system; `?` lets strace pass over those an architecture lacks. */
const CHANGING_CALLS =
  'open openat creat write writev pwrite64 pwritev truncate ftruncate fallocate ' +
  'copy_file_range sendfile fsync fdatasync mkdir mkdirat rmdir rename renameat renameat2 ' +
  'unlink unlinkat link linkat symlink symlinkat chmod fchmod fchmodat utimensat';
const OPENING = /^(?:open|openat|creat)$/;
const OPENED_TO_CHANGE = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/;

/** One call of a program: its name, the path it is about, and how many like it came before in its thread. */
export interface CallPoint {
  readonly call: string;
  readonly path: string;
  /** Counted from 1. */
  readonly index: number;
}

/** How a traced job ended. */
export interface TracedRun {
  readonly killed: boolean;
  /** Whether the fault struck. */
  readonly struck: boolean;
  /** Code of the error it ended with, if it did. */
  readonly code: string | undefined;
  /** Most memory it took, when it ended by itself. */
  readonly peakMiB: number | undefined;
}

/**
 * Every call with which a job changes what lies under a folder, in order.
 * @throws When the job fails.
 */
export async function listCallPoints(job: ChildJob, under: string, log: string): Promise<CallPoint[]> {
  await trace(job, [
    '-y',
    '-o',
    log,
    '-e',
    `trace=${CHANGING_CALLS.split(' ')
      .map((call) => `?${call}`)
      .join(',')}`,
  ]);
  const points = parsePoints(await readFile(log, 'utf8'), under);
  await rm(log, { force: true });
  return points;
}

/**
 * Run a job with a fault at one of its calls.
 * @param fault strace's words: `signal=SIGKILL`, `error=EIO`.
 * @param persistent For every later call of that name on that path as well.
 */
export async function runWithCallFault(
  job: ChildJob,
  point: CallPoint,
  {
    fault,
    persistent = false,
    log,
  }: { readonly fault: string; readonly persistent?: boolean; readonly log: string },
): Promise<TracedRun> {
  const when = `${point.index}${persistent ? '+' : ''}`;
  const inject = ['-e', `trace=${point.call}`, '-e', `inject=${point.call}:${fault}:when=${when}`];
  const run = await trace(job, ['-P', point.path, '-o', log, ...inject]);
  const said = await readFile(log, 'utf8').catch(() => '');
  await rm(log, { force: true });
  const struck = run.killed || said.includes('(INJECTED)');
  return { ...run, struck };
}

/** The program starts by itself: tracing that too would cost as much as all the rest. */
async function trace(job: ChildJob, options: readonly string[]): Promise<Omit<TracedRun, 'struck'>> {
  const command = ['--no-warnings', '--import', NAMES, CHILD, JSON.stringify(job)];
  const child = spawn(process.execPath, command, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // One order of calls, and every one of them visible.
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: '1',
      UV_USE_IO_URING: '0',
      NODE_COMPILE_CACHE: COMPILED,
      GANTRY_WAIT: '1',
    },
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  await Promise.race([once(child.stdout, 'data'), ended]);
  const traced = await attach(child.pid ?? 0, options);
  child.stdin.end('\n');
  const [status, signal] = await ended;
  await traced.done;
  if (signal === 'SIGKILL') return { killed: true, code: undefined, peakMiB: undefined };
  if (status !== 0)
    throw new Error(`the job failed (${status ?? signal}): ${Buffer.concat(errors).toString()}`);
  const last = Buffer.concat(output).toString().trim().split('\n').at(-1) ?? '{}';
  const { code, peakMiB } = JSON.parse(last) as { code?: string; peakMiB?: number };
  return { killed: false, code, peakMiB };
}

/** @returns Once all threads of the process are traced; what it gives settles when strace has ended with it. */
async function attach(pid: number, options: readonly string[]): Promise<{ readonly done: Promise<unknown> }> {
  const strace = spawn('strace', ['-f', '-e', 'signal=none', ...options, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const done = once(strace, 'close');
  let said = '';
  while (!/ attached/.test(said)) {
    const heard = await Promise.race([once(strace.stderr, 'data') as Promise<[Buffer]>, done]);
    if (!Buffer.isBuffer(heard[0])) throw new Error(`strace did not attach: ${said}`);
    said += heard[0].toString();
  }
  strace.stderr.resume();
  return { done };
}

function parsePoints(log: string, under: string): CallPoint[] {
  const counts = new Map<string, number>();
  const points = new Map<string, CallPoint>();
  const begin = new RegExp(`["<](${escape(under)}(?:${escape(path.sep)}[^">]*)?)[">]`);
  for (const line of log.split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    const at = begin.exec(line)?.[1];
    if (call === undefined || at === undefined) continue;
    const counter = `${thread} ${call} ${at}`;
    const index = (counts.get(counter) ?? 0) + 1;
    counts.set(counter, index);
    if (OPENING.test(call) && !OPENED_TO_CHANGE.test(line)) continue;
    points.set(`${call} ${at} ${index}`, { call, path: at, index });
  }
  return [...points.values()];
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
