import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** The project's commands, by the program a user starts. */
const programs = {
  gantry: 'backend/publisher/gantry.ts',
  'gantry-player': 'main/hosts/headless/gantry-player.ts',
  'browser-launcher': 'main/hosts/browser/browser-launcher.ts',
} as const;
export type ProgramName = keyof typeof programs;

export interface CommandOptions {
  /** Where the program keeps its session and settings. */
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Given on standard input. */
  readonly input?: string;
  /** The folder the program is started in. */
  readonly cwd?: string;
  /** Where the program's progress goes; 'inherit' shows it. */
  readonly progress?: 'inherit' | 'ignore';
}

/** A command ended with another exit code than 0: what it printed says why. */
export class CommandFailed extends Error {
  readonly exitCode: number | null;
  /** Standard error, then standard output. */
  readonly output: string;

  constructor(command: string, exitCode: number | null, output: string) {
    super(`"${command}" ended with exit code ${exitCode}\n${output.trim()}`);
    this.name = 'CommandFailed';
    this.exitCode = exitCode;
    this.output = output;
  }
}

/**
 * Run one of the project's commands as a user would, with `--json`.
 * @returns the last JSON line it printed.
 * @throws {CommandFailed}
 */
export async function runCommand(
  program: ProgramName,
  args: readonly string[],
  options: CommandOptions,
): Promise<Record<string, unknown>> {
  const child = startProcess(program, [...args, '--json'], options);
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, exitCode] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  const lastLine = stdout.trim().split('\n').at(-1) ?? '';
  if (exitCode !== 0) throw new CommandFailed([program, ...args].join(' '), exitCode, `${stderr}\n${stdout}`);
  return JSON.parse(lastLine) as Record<string, unknown>;
}

/** A program that keeps running, and the JSON line with which it said that it is ready. */
export interface RunningProgram {
  readonly ready: Record<string, unknown>;
  readonly exited: Promise<number | null>;
  /** What it wrote to standard error until now. */
  readonly log: () => string;
  /** Ask it to end, and wait until it has. */
  readonly stop: () => Promise<void>;
}

/** Start a program that runs until stopped and wait for its `{"ready":true,…}` line. */
export async function startProgram(
  program: ProgramName,
  args: readonly string[],
  options: CommandOptions,
): Promise<RunningProgram> {
  const child = startProcess(program, [...args, '--json'], options);
  child.stdin?.end();
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    log += piece;
  });
  const ready = await Promise.race([
    findReadyLine(child),
    exited.then((code): never => {
      throw new CommandFailed([program, ...args].join(' '), code, log);
    }),
  ]);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { ready, exited, log: () => log, stop };
}

/** Start a program and leave everything else to the caller. */
export function startProcess(
  program: ProgramName,
  args: readonly string[],
  options: CommandOptions,
): ChildProcess {
  return spawn(process.execPath, [`${projectFolder}${programs[program]}`, ...args], {
    env: { ...process.env, GANTRY_HOME: options.home, ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['pipe', 'pipe', options.progress === 'inherit' ? 'inherit' : 'pipe'],
  });
}

async function findReadyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new TypeError('the program was started without a standard output');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const value = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
    if (value['ready'] === true) {
      child.stdout.resume();
      return value;
    }
  }
  return await new Promise<never>(() => undefined);
}

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) return '';
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}
