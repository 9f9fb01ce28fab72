import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SimFlushes } from './sim-world.ts';
import type { SimReport } from './simulate-child.ts';

const CHILD = fileURLToPath(new URL('simulate-child.ts', import.meta.url));

/**
 * Run seeds in a process of their own, since simulating replaces its clock, disk and threads.
 * A seed that failed is run again by `node patcher/testing/simulation/simulate-child.ts SEED 1 --trace`.
 * @param flushes Of all seeds; by default half of them have slow ones.
 */
export async function simulate(first: number, count: number, flushes?: SimFlushes): Promise<SimReport> {
  const run = promisify(execFile);
  const how = flushes === undefined ? [] : ['--flushes', flushes];
  const command = ['--no-warnings', CHILD, String(first), String(count), ...how];
  const { stdout } = await run(process.execPath, command, { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as SimReport;
}
