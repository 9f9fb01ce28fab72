import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SimReport } from './simulate-child.ts';

const CHILD = fileURLToPath(new URL('simulate-child.ts', import.meta.url));

/**
 * Run seeds in a process of their own, since simulating replaces its clock, disk and threads.
 * A seed that failed is run again by `node patcher/testing/simulation/simulate-child.ts SEED 1 --trace`.
 */
export async function simulate(first: number, count: number): Promise<SimReport> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--no-warnings', CHILD, String(first), String(count)], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as SimReport;
}
