import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isDatabaseDown, openDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isAlive } from './postgres-process.ts';
import { startSupervisedPostgres } from './supervised-postgres.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-postgres-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const database = openDatabase({ url });
  try {
    return (await sql.raw(statement).execute(database)).rows;
  } finally {
    await database.destroy();
  }
}

it('keeps its data, takes over from a server that was left running, and ignores a stale process file', async () => {
  const first = await startEmbeddedPostgres({ folder, volatile: true, outlivesProcess: true });
  await query(first.url, 'create table kept (at int); insert into kept values (7)');
  // As after a kill of the service: nobody stopped the server.
  const second = await startEmbeddedPostgres({ folder, volatile: true });
  expect(isAlive(first.pid)).toBe(false);
  expect(await query(second.url, 'select at from kept')).toEqual([{ at: 7 }]);
  await second.stop();
  // A process id that now is another program's: this one.
  const stale = [process.pid, path.join(folder, 'data'), 0, 1, '', '', '', ''].join('\n');
  await writeFile(path.join(folder, 'data', 'postmaster.pid'), stale, { mode: 0o644 });
  const third = await startEmbeddedPostgres({ folder, volatile: true });
  expect(await query(third.url, 'select at from kept')).toEqual([{ at: 7 }]);
  await third.stop();
});

it('is started again at the same address when it dies', async () => {
  const ended: unknown[] = [];
  const server = await startSupervisedPostgres({ folder, volatile: true }, (error) => ended.push(error));
  const pidFile = await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8');
  const pid = Number(pidFile.split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  for (;;) {
    try {
      await query(server.url, 'select 1');
      if (ended.length > 0) break;
    } catch (error) {
      expect(isDatabaseDown(error)).toBe(true);
    }
  }
  await server.stop();
  expect(ended).toHaveLength(1);
});
