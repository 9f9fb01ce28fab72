import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { findProgram } from './find-program.ts';
import { watchProcess } from './proc-meter.ts';
import { GNU_TIME_FORMAT, type Usage, parseGnuTime } from './usage.ts';

export interface Measured extends Usage {
  readonly stdout: string;
}

export interface CommandLimits {
  /** A command that takes longer is ended and reported as too slow. */
  readonly timeoutMs: number;
}

/** As much of a program's output as is kept: enough for JSON and for the reason of a failure. */
const OUTPUT_CHARACTERS_MAX = 1_000_000;

/**
 * Run a command alone and measure it from outside: by GNU time where it is, else by Linux's /proc.
 * @throws {BenchProblem} when it fails, takes too long, or nothing can measure it.
 */
export async function measureCommand(
  command: string,
  args: readonly string[],
  { timeoutMs }: CommandLimits,
): Promise<Measured> {
  const time = await findGnuTime();
  if (time !== undefined) return await measureByTime(time, command, args, timeoutMs);
  if (process.platform !== 'linux') {
    throw new BenchProblem(
      'Nothing here can measure a command’s CPU time and memory.',
      'Install GNU time (on macOS: brew install gnu-time).',
    );
  }
  return await measureByProc(command, args, timeoutMs);
}

/** Where `time` is BSD's or the shell's own, GNU's goes by another name. */
async function findGnuTime(): Promise<string | undefined> {
  return await findProgram(process.platform === 'linux' ? 'time' : 'gtime');
}

async function measureByTime(
  time: string,
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<Measured> {
  const report = join(tmpdir(), `gantry-bench-time-${process.pid}`);
  try {
    const child = start(time, ['-o', report, '-f', GNU_TIME_FORMAT, command, ...args]);
    const stdout = await finish(child, basename(command), timeoutMs);
    const usage = parseGnuTime(await readFile(report, 'utf8'));
    if (usage === undefined) {
      throw new BenchProblem(
        `"${time}" gave no figures.`,
        'Install GNU time; another program of that name is found first.',
      );
    }
    return { ...usage, stdout };
  } finally {
    await rm(report, { force: true });
  }
}

async function measureByProc(command: string, args: readonly string[], timeoutMs: number): Promise<Measured> {
  const child = start(command, args);
  const watch = await watchProcess(child);
  try {
    const stdout = await finish(child, basename(command), timeoutMs);
    return { ...(await watch.finish()), stdout };
  } finally {
    watch.stop();
  }
}

/** In a process group of its own, so that ending it ends what it started. */
function start(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

async function finish(child: ChildProcess, name: string, timeoutMs: number): Promise<string> {
  let late = false;
  const endGroup = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    late = true;
    endGroup();
  }, timeoutMs);
  process.once('exit', endGroup);
  try {
    const [stdout, stderr, code] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      waitForEnd(child),
    ]);
    if (late) {
      throw new BenchProblem(
        `"${name}" took longer than ${Math.round(timeoutMs / 60_000)} minutes.`,
        'Allow it more with --minutes.',
      );
    }
    if (code !== 0)
      throw new BenchProblem(
        `"${name}" ended with exit code ${code}: ${findReason(stderr || stdout)}`,
        'Run it by itself to see more.',
      );
    return stdout;
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', endGroup);
  }
}

function waitForEnd(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  if (stream === null) return text;
  for await (const piece of stream) text = (text + String(piece)).slice(-OUTPUT_CHARACTERS_MAX);
  return text;
}

/** The line that names an error, where one does, else the last ones. */
function findReason(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const named = lines.filter((line) => /error/i.test(line));
  return (named.length > 0 ? named : lines).slice(-2).join(' / ').slice(-500);
}
