import { mkdir } from 'node:fs/promises';
import { hasErrno, installErrors, typed } from './install-errors.ts';
import { acquireInstallLock, type InstallLock } from './state/install-lock.ts';
import { readInstallState } from './install-state.ts';
import type { JournalContent } from './state/journal-format.ts';
import { type Recovered, recoverInstall } from './recover.ts';
import { removeEmptyRoot } from './remove-install.ts';
import { findStateFolder, openStateFolder, type StateFolder } from './state/state-folder.ts';

type Work<T> = (state: StateFolder, pending: JournalContent | undefined) => Promise<T>;
/** @param refusal What the system said when the install's folder was to be written to. */
type ReadOnlyWork<T> = (state: StateFolder, refusal: unknown) => Promise<T>;

/** As {@link withInstall}, for what makes sense only where a build is installed; makes no folder. */
export async function withExisting<T>(root: string, work: Work<T>): Promise<T> {
  await assertInstalled(root);
  return withInstall(root, work);
}

/**
 * As {@link withExisting}, where the place may be one that cannot be written to, as a drive with a switch against it or a
 * folder of another account's: then nothing is locked or brought to rest, and only read.
 */
export async function withReadable<T>(root: string, work: Work<T>, readOnly: ReadOnlyWork<T>): Promise<T> {
  await assertInstalled(root);
  return typed(async () => {
    const state = await openInstall(root);
    let lock: InstallLock;
    try {
      lock = await claimInstall(state);
    } catch (error) {
      if (!hasErrno(error, 'EROFS', 'EACCES', 'EPERM')) throw error;
      return readOnly(state, error);
    }
    return workLocked({ root, state, lock }, work);
  });
}

/** Become the one writer, bring the install to rest, work, and let go. */
export function withInstall<T>(root: string, work: Work<T>): Promise<T> {
  return typed(async () => {
    const state = await openInstall(root);
    return workLocked({ root, state, lock: await claimInstall(state) }, work);
  });
}

async function assertInstalled(root: string): Promise<void> {
  if ((await readInstallState(root)).installed === null) throw installErrors.error('INSTALL_ABSENT');
}

async function openInstall(root: string): Promise<StateFolder> {
  return (await findStateFolder(root)) ?? openStateFolder(root);
}

async function claimInstall(state: StateFolder): Promise<InstallLock> {
  await mkdir(state.lock, { recursive: true, mode: 0o700 });
  return acquireInstallLock(state.lock);
}

async function workLocked<T>(
  { root, state, lock }: { readonly root: string; readonly state: StateFolder; readonly lock: InstallLock },
  work: Work<T>,
): Promise<T> {
  let recovered: Recovered;
  try {
    recovered = await recoverInstall(state);
    if (recovered.kind === 'here') {
      // An uninstall that was finished just now took the folders with it.
      await openStateFolder(root);
      return await work(state, recovered.pending);
    }
    lock.followTo(recovered.to.lock);
  } finally {
    await lock.release();
  }
  await removeEmptyRoot(state);
  throw installErrors.error('INSTALL_MOVED', { path: recovered.to.root });
}
