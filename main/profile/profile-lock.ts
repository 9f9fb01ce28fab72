import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../patcher/errors.ts';
import { acquireInstallLock } from '../../patcher/install/state/install-lock.ts';
import { launcherErrors } from '../launcher-errors.ts';
import { errnoOf } from './document.ts';
import { makeProfileFolder } from './profile-folder.ts';

/** One launcher writes a profile at a time. */
export interface ProfileLock {
  readonly release: () => Promise<void>;
}

/**
 * Take the profile's lock, as an install's is taken; one left by a process that has ended does not count.
 * @param name Which lock of the profile: `launcher` for the whole, `session` around one token refresh.
 * @throws {AppError} `PROFILE_IN_USE` while another process holds it; `PROFILE_NOT_WRITABLE`.
 */
export async function lockProfile(folder: string, name: 'launcher' | 'session'): Promise<ProfileLock> {
  await makeProfileFolder(folder);
  const claims = path.join(folder, 'locks', name);
  try {
    await mkdir(claims, { recursive: true, mode: 0o700 });
    return await acquireInstallLock(claims);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'INSTALL_LOCKED') {
      throw launcherErrors.error('PROFILE_IN_USE', { folder, pid: cause.details['pid'] });
    }
    throw launcherErrors.error('PROFILE_NOT_WRITABLE', { folder, errno: errnoOf(cause) }, cause);
  }
}
