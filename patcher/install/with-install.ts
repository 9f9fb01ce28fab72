import { installErrors, typed } from './install-errors.ts';
import { acquireInstallLock } from './install-lock.ts';
import { readInstallState } from './install-state.ts';
import type { JournalContent } from './journal-format.ts';
import { type Recovered, recoverInstall } from './recover.ts';
import { removeEmptyRoot } from './remove-install.ts';
import { type StateFolder, findStateFolder, openStateFolder } from './state-folder.ts';
import { mkdir } from 'node:fs/promises';

/** As {@link withInstall}, for what makes sense only where a build is installed; makes no folder. */
export async function withExisting<T>(
  root: string,
  work: (state: StateFolder, pending: JournalContent | undefined) => Promise<T>,
): Promise<T> {
  if ((await readInstallState(root)).installed === null) throw installErrors.error('INSTALL_ABSENT');
  return withInstall(root, work);
}

/** Become the one writer, bring the install to rest, work, and let go. */
export function withInstall<T>(
  root: string,
  work: (state: StateFolder, pending: JournalContent | undefined) => Promise<T>,
): Promise<T> {
  return typed(async () => {
    const state = (await findStateFolder(root)) ?? (await openStateFolder(root));
    await mkdir(state.lock, { recursive: true, mode: 0o700 });
    const lock = await acquireInstallLock(state.lock);
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
  });
}
