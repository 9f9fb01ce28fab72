import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RescueReport, RescueStrikes } from './rescue-scenario.ts';

const CHILD = fileURLToPath(new URL('rescue-child.ts', import.meta.url));

/** As `strikeRescues`, in a process of its own, since simulating replaces its clock, disk and threads. */
export async function strikeEveryCall(strikes: RescueStrikes): Promise<RescueReport> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--no-warnings', CHILD, JSON.stringify(strikes)]);
  return JSON.parse(stdout) as RescueReport;
}
