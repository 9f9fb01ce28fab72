import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { launcherErrors } from '../launcher-errors.ts';
import { errnoOf, isMissing } from './document.ts';
import { makeProfileFolder } from './profile-folder.ts';

/** One launcher writes a profile at a time. */
export interface ProfileLock {
  readonly release: () => Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** When that process began, where the system tells; a reused pid has another. */
  readonly startedAt: string | null;
}

/** A lock file without a readable holder is one being written; it is tried this often before it counts as left behind. */
const UNREADABLE_TRIES = 10;
const UNREADABLE_WAIT_MS = 20;

/**
 * Take the profile's lock; one left by a process that has ended is taken over.
 * @param name Which lock of the profile: `launcher` for the whole, `session` around one token refresh.
 * @throws {AppError} `PROFILE_IN_USE` while another process holds it.
 */
export async function lockProfile(folder: string, name: 'launcher' | 'session'): Promise<ProfileLock> {
  await makeProfileFolder(folder);
  const file = path.join(folder, `${name}.lock`);
  const own: Holder = { pid: process.pid, startedAt: processStart(process.pid) };
  for (let unreadable = 0; ; ) {
    if (await createLock(file, own, folder)) return { release: () => rm(file, { force: true }) };
    const holder = await readHolder(file);
    if (holder !== null && isAlive(holder)) {
      throw launcherErrors.error('PROFILE_IN_USE', { folder, pid: holder.pid });
    }
    if (holder === null && ++unreadable < UNREADABLE_TRIES) {
      await new Promise((resolve) => setTimeout(resolve, UNREADABLE_WAIT_MS));
      continue;
    }
    await rm(file, { force: true });
  }
}

async function createLock(file: string, holder: Holder, folder: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(holder));
    } finally {
      await handle.close();
    }
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return false;
    throw launcherErrors.error('PROFILE_NOT_WRITABLE', { folder, errno: errnoOf(cause) }, cause);
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    const raw: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof raw !== 'object' || raw === null || !('pid' in raw) || typeof raw.pid !== 'number')
      return null;
    const startedAt = 'startedAt' in raw && typeof raw.startedAt === 'string' ? raw.startedAt : null;
    return { pid: raw.pid, startedAt };
  } catch (cause) {
    if (isMissing(cause) || cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    // EPERM: it lives, under another user.
    if (errnoOf(cause) !== 'EPERM') return false;
  }
  const startedAt = processStart(holder.pid);
  return holder.startedAt === null || startedAt === null || startedAt === holder.startedAt;
}

/** Linux tells when a process began (field 22 of its stat line, after the name in brackets); elsewhere null. */
function processStart(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null; // It ended, or /proc is not there: the pid alone decides.
  }
}
