import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder } from './data-folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test('a folder has one owner at a time', async () => {
  const release = await lockDataFolder(folder);
  await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'SERVICE_ALREADY_RUNNING' });
  await release();
  await (await lockDataFolder(folder))();
});

test.runIf(process.platform === 'linux')('a killed owner that nobody collected does not count', async () => {
  // The inner shell becomes a zombie: `exec` leaves it a parent that never waits for its children.
  const script = 'sh -c "read line" <&3 & echo $!; exec sleep 60';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  try {
    const [line] = (await once(parent.stdout as Readable, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await writeFile(path.join(folder, 'service.lock'), JSON.stringify({ pid, began, token: 'other' }));
    await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: 'SERVICE_ALREADY_RUNNING' });
    execFileSync('kill', ['-9', String(pid)]);
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    await (await lockDataFolder(folder))();
  } finally {
    parent.kill('SIGKILL');
  }
});
