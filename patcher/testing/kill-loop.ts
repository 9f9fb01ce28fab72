import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildJob } from './install-child.ts';

const CHILD = fileURLToPath(new URL('install-child.ts', import.meta.url));

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
