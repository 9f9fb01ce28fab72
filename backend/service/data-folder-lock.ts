import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../db/postgres-process.ts';
import { startErrors } from './errors.ts';

interface Owner {
  readonly pid: number;
  /** When that process began, as the system tells it; tells a reused process id from the owner. */
  readonly began: string;
  readonly token: string;
}

/** Longer than two contenders need between finding a lock stale and replacing it. */
const SETTLE_MS = 150;

/**
 * Make this process the only one that uses a data folder. A lock whose process is gone counts for nothing.
 * @returns lets go of it.
 * @throws {AppError} `SERVICE_ALREADY_RUNNING`
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'service.lock');
  await mkdir(folder, { recursive: true });
  const own: Owner = {
    pid: process.pid,
    began: processBegan(process.pid),
    token: randomBytes(8).toString('hex'),
  };
  if (!(await create(file, own))) {
    await assertStale(file, folder);
    await replace(file, own);
    // Another process may have found the same stale lock: whoever replaced it last has it.
    await delay(SETTLE_MS);
    if ((await readOwner(file))?.token !== own.token) await assertStale(file, folder);
  }
  return async () => {
    if ((await readOwner(file))?.token === own.token) await rm(file, { force: true });
  };
}

async function create(file: string, own: Owner): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function replace(file: string, own: Owner): Promise<void> {
  const made = `${file}.${own.token}`;
  await writeFile(made, JSON.stringify(own), { mode: 0o600 });
  await rename(made, file);
}

async function assertStale(file: string, folder: string): Promise<void> {
  const owner = await readOwner(file);
  if (owner === undefined || !isAlive(owner.pid)) return;
  if (processBegan(owner.pid) !== owner.began) return;
  throw startErrors.error('SERVICE_ALREADY_RUNNING', { pid: owner.pid, folder });
}

/** @returns undefined for a lock that a kill left half written. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** '' where the system does not tell, so that a living process id is believed. */
function processBegan(pid: number): string {
  try {
    if (process.platform === 'linux') return ticksAtStart(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (process.platform === 'win32') return '';
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/**
 * Field 22 of proc(5)'s stat; the second, the program's name, may hold spaces and brackets.
 * A zombie has no beginning: it was killed, and in a container nobody may ever collect it.
 */
function ticksAtStart(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
}
