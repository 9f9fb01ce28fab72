import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Names the folder of the run's one Postgres; set before the workers start. */
export const SHARED_POSTGRES_VARIABLE = 'GANTRY_TEST_POSTGRES';

/** Vitest's global set-up: a place for the Postgres that the first test in need of it starts, and its end. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-test-postgres-'));
  process.env[SHARED_POSTGRES_VARIABLE] = folder;
  return async () => {
    const pidFile = path.join(folder, 'cluster', 'data', 'postmaster.pid');
    const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
    // Immediate shutdown: nothing of it is kept.
    if (pid > 0) process.kill(pid, 'SIGQUIT');
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}
