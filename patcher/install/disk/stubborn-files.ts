import { renameSync } from 'node:fs';
import { rename, rmdir, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from '../install-errors.ts';

/** Virus scanners, indexers and backup programs hold files open for moments; five tries are three seconds. */
const TRIES = 5;
const FIRST_WAIT_MS = 100;

/** What decides whether a refused operation is tried again. */
export interface Patience {
  readonly platform: NodeJS.Platform;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const SYSTEM: Patience = { platform: process.platform, sleep };

/**
 * Do something with a name again while something else holds its file open, with doubling waits.
 * On Windows a file held open gives EPERM, EACCES or EBUSY; elsewhere only EBUSY may pass, as the
 * others say for good that it is not ours to change.
 * @throws The last refusal, or at once what waiting cannot mend.
 */
export async function stubbornly<T>(work: () => Promise<T>, patience: Patience = SYSTEM): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error, patience.platform) || attempt === TRIES) throw error;
      await patience.sleep(FIRST_WAIT_MS * 2 ** attempt);
    }
  }
}

function mayPass(error: unknown, platform: NodeJS.Platform): boolean {
  return hasErrno(error, ...(platform === 'win32' ? ['EPERM', 'EACCES', 'EBUSY'] : ['EBUSY']));
}

/**
 * Rename here and now: the way to another thread and back takes several times the CPU of the call.
 * @returns False when something holds the file open: {@link renameStubbornly} may succeed.
 */
export function renameAtOnce(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (mayPass(error, process.platform)) return false;
    throw error;
  }
}

/** Rename; again while something holds the file open. */
export function renameStubbornly(from: string, to: string): Promise<void> {
  return stubbornly(() => rename(from, to));
}

/** Remove a file or link; again while something holds it open. Nothing there is success. */
export async function unlinkStubbornly(file: string): Promise<void> {
  try {
    await stubbornly(() => unlink(file));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

/** Remove a folder if nothing is in it. @returns False when something is. */
export async function removeFolderIfEmpty(folder: string): Promise<boolean> {
  try {
    await stubbornly(() => rmdir(folder));
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return true;
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
