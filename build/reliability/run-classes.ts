import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Amount, FaultClass, FaultCommand, Need, Size } from './fault-classes.ts';
import { mergeReports } from './merge-reports.ts';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/** What one program said. */
export interface FaultRun {
  readonly fault: string;
  readonly how: string;
  readonly size: Size;
  readonly date: string;
  readonly seconds: number;
  /** The line of JSON; its shape is the program's. Of several processes, added up. */
  readonly said: unknown;
}

/** Results by class, kept between runs so that classes can be run one by one. */
export interface Results {
  runs: Record<string, FaultRun[]>;
  /** Classes the machine does not permit, with what is missing. */
  missing: Record<string, string>;
}

export async function readResults(file: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { runs: {}, missing: {} };
    throw error;
  }
}

/** Run a class, or its faults with `named` in their names, and keep what its programs say. @throws When a program fails. */
export async function runClass(
  faultClass: FaultClass,
  results: Results,
  options: {
    readonly amount: Amount;
    readonly file: string;
    readonly named: string;
    readonly log: (line: string) => void;
  },
): Promise<void> {
  const { id, needs } = faultClass;
  delete results.missing[id];
  /** @returns False when this machine does not permit it, which is then said. */
  const isPossible = (need: Need | undefined): boolean => {
    if (need === undefined || isPermitted(need.command)) return true;
    results.missing[id] = need.what;
    options.log(`${id}: this machine does not permit ${need.what}`);
    return false;
  };
  if (!isPossible(needs)) {
    await keepClass(id, results, options.file);
    return;
  }
  const commands = faultClass.commands(options.amount);
  // What an earlier run said stays until this one says it anew: it may be stopped.
  const runs = new Map((results.runs[id] ?? []).map((run) => [run.fault, run]));
  for (const command of commands) {
    if (!command.fault.includes(options.named) || !isPossible(command.needs)) continue;
    const began = performance.now();
    const { fault, how } = command;
    const { size, atOnce } = options.amount;
    const readSeconds = () => Math.round((performance.now() - began) / 100) / 10;
    await runShards(command, atOnce, async (said) => {
      const date = new Date().toISOString().slice(0, 10);
      runs.set(fault, { fault, how, size, date, seconds: readSeconds(), said });
      results.runs[id] = commands.flatMap((one) => runs.get(one.fault) ?? []);
      await keepClass(id, results, options.file);
    });
    options.log(`${fault}: ${readSeconds()} s`);
  }
  await keepClass(id, results, options.file);
}

function isPermitted([command = '', ...parameters]: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0;
}

/**
 * All processes of a command, so many at once.
 * @param keep Told what they said so far, added up, whenever another one has ended.
 */
async function runShards(
  command: FaultCommand,
  atOnce: number,
  keep: (said: unknown) => Promise<void>,
): Promise<void> {
  let said: unknown;
  let next = 0;
  let kept = Promise.resolve();
  const runSome = async () => {
    for (let shard = next++; shard < command.shards.length; shard = next++) {
      const one = await runProgram(command, command.shards[shard] ?? []);
      said = mergeReports(said, one);
      const soFar = said;
      kept = kept.then(() => keep(soFar));
      await kept;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
}

async function runProgram(
  { prefix = [], node = [], program }: FaultCommand,
  parameters: readonly string[],
): Promise<unknown> {
  const [command = '', ...rest] = [
    ...prefix,
    process.execPath,
    '--no-warnings',
    ...node,
    join(projectFolder, program),
    ...parameters,
  ];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => child.kill();
  process.once('exit', stop);
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  const [status] = (await once(child, 'close')) as [number | null];
  process.off('exit', stop);
  if (status !== 0) throw new Error(`${program} ended with status ${status}`);
  return JSON.parse(Buffer.concat(output).toString().trim().split('\n').at(-1) ?? 'null');
}

/** Only this class's part: another run may be writing those of others. */
async function keepClass(id: string, { runs, missing }: Results, file: string): Promise<void> {
  const kept = await readResults(file);
  delete kept.missing[id];
  if (runs[id] !== undefined) kept.runs[id] = runs[id];
  if (missing[id] !== undefined) kept.missing[id] = missing[id];
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `${JSON.stringify(kept, null, 1)}\n`);
}
