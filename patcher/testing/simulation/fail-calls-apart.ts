import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FailingCalls, FailingCallsReport } from './failing-calls.ts';

const CHILD = fileURLToPath(new URL('failing-calls-child.ts', import.meta.url));

/** As `failCalls`, in a process of its own, since simulating replaces its clock, disk and threads. */
export async function failCallsApart(calls: FailingCalls): Promise<FailingCallsReport> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--no-warnings', CHILD, JSON.stringify(calls)]);
  return JSON.parse(stdout) as FailingCallsReport;
}
