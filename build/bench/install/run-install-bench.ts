import { cpSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { findMissing } from '../measure/find-program.ts';
import { measureCommand } from '../measure/measure-command.ts';
import { takeTurns } from '../measure/take-turns.ts';
import type { Usage } from '../measure/usage.ts';
import { listFiles, totalBytes } from '../trees/list-files.ts';
import {
  type Contender,
  installersOf,
  PROGRAMS,
  publishSmallGame,
  publishTree,
  verifiersOf,
} from './contenders.ts';
import type { InstallBench, InstallFigure, InstallTable } from './install-tables.ts';
import { serveFolder } from './serve-folder.ts';

const TIMEOUT_MS = 600_000;
/** How often each runs at least. */
const ROUNDS_MIN = 3;
/**
 * What is over quickly runs more often, for so many seconds in all: how the programs of a pipe come to share two cores is a
 * matter of luck, worth a quarter of half a second.
 */
const ROUNDS_SECONDS = 12;
const ROUNDS_MAX = 15;
/** On the disk, where all that was installed stays until the end. */
const DISK_ROUNDS_MAX = 5;
/** Linux's file system in memory. */
const RAM_DISK = '/dev/shm';
/** It has room for a tree when so many times its bytes are free: what is staged, what is there, and as much to spare. */
const RAM_DISK_ROOM = 3;

interface InstallBenchOptions {
  readonly tree: string;
  readonly root: string;
  readonly work: string;
  readonly log: (line: string) => void;
}

/**
 * Install a tree from a server on this machine, and verify it, against tools that do part of the same; in turns, so
 * that whatever else the machine does strikes all alike. Onto the disk, and where it has the room onto a RAM disk too: what
 * differs is the disk's.
 */
export async function runInstallBench(options: InstallBenchOptions): Promise<InstallBench> {
  const missing = await findMissing(PROGRAMS);
  if (missing.length > 0)
    throw new BenchProblem(`Missing: ${missing.join(', ')}.`, 'Install them and try again.');
  const { tree, root, work, log } = options;
  const store = join(work, 'store');
  mkdirSync(store, { recursive: true });
  log(`publishing ${tree} for every tool`);
  const build = publishTree(root, store);
  const small = publishSmallGame(join(work, 'small'), join(store, 'small'));
  const files = await listFiles(root);
  const bytes = totalBytes(files);
  const server = await serveFolder(store);
  try {
    const { baseUrl } = server;
    const published = { baseUrl, build, before: { baseUrl: `${baseUrl}small/`, build: small } };
    const installers = installersOf(published);
    const out = join(work, 'out');
    const disk = { log, out, keeps: true, roundsMax: DISK_ROUNDS_MAX };
    const onDisk = await runInTurns(installers, disk);
    const inMemory = await installInMemory(installers, options, bytes);
    const installed = join(out, 'to-verify');
    await run(installers[0] as Contender, installed);
    const copy = join(work, 'copy');
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
    const verifiers = verifiersOf(published, installed, copy);
    const verify = await runInTurns(verifiers, { ...disk, roundsMax: ROUNDS_MAX });
    const installs: InstallTable[] = [{ title: 'onto the disk', figures: onDisk }];
    if (inMemory !== undefined) installs.push({ title: 'onto a RAM disk', figures: inMemory });
    return { tree, files: files.length, bytes, installs, verify };
  } finally {
    server.close();
  }
}

/** @returns undefined where there is no RAM disk with room for it. */
async function installInMemory(
  installers: readonly Contender[],
  options: InstallBenchOptions,
  bytes: number,
): Promise<InstallFigure[] | undefined> {
  const free = process.platform === 'linux' ? statfsSync(RAM_DISK) : undefined;
  if (free === undefined || free.bavail * free.bsize < bytes * RAM_DISK_ROOM) return undefined;
  const out = mkdtempSync(join(RAM_DISK, 'gantry-bench-'));
  const remove = () => rmSync(out, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const those = installers.filter(({ flushes }) => flushes !== true);
    return await runInTurns(those, { log: options.log, out, keeps: false, roundsMax: ROUNDS_MAX });
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

interface Turns {
  readonly log: (line: string) => void;
  readonly out: string;
  /**
   * Whether what was installed stays until the end. On a disk nothing is deleted in between: for seconds ext4 gives no
   * deleted inode again, and looks at each for every new file.
   */
  readonly keeps: boolean;
  readonly roundsMax: number;
}

async function runInTurns(contenders: readonly Contender[], turns: Turns): Promise<InstallFigure[]> {
  const { log, out, keeps, roundsMax } = turns;
  const rounds = { least: ROUNDS_MIN, most: () => roundsMax, seconds: ROUNDS_SECONDS };
  mkdirSync(out, { recursive: true });
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  const best = await takeTurns(contenders, rounds, async (contender, round) => {
    // Gantry's records lie beside an install.
    const place = join(out, `${round}-${contenders.indexOf(contender)}`);
    mkdirSync(place, { recursive: true });
    const usage = await run(contender, join(place, 'tree'));
    if (!keeps) rmSync(place, { recursive: true, force: true });
    times.get(contender)?.push(usage.wallSeconds);
    log(`${contender.tool}: ${usage.wallSeconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(2)} CPU s`);
    return { usage };
  });
  return [...best].map(([contender, { usage }]) => ({
    tool: contender.tool,
    medianSeconds: medianOf(times.get(contender) ?? []),
    leastSeconds: usage.wallSeconds,
    cpuSeconds: usage.cpuSeconds,
    peakBytes: usage.peakBytes,
  }));
}

/** Of an even number of values the mean of the two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Not synchronously: this process is the server. */
async function run({ tool, command, tellsUsage }: Contender, into: string): Promise<Usage> {
  const [program = '', ...parameters] = command(into);
  const measured = await measureCommand(program, parameters, { timeoutMs: TIMEOUT_MS });
  const { stdout } = measured;
  const isSound = !stdout.includes('"code"') && !/"damage":\[[^\]]/.test(stdout);
  if (!isSound) throw new BenchProblem(`${tool} failed: ${stdout}`, 'Try again.');
  return tellsUsage === true ? (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Usage) : measured;
}
