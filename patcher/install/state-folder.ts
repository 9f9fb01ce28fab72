import { lstatSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { hasErrno, installErrors } from './install-errors.ts';

/** The one name inside an install that is the launcher's; no build may use it. */
export const STATE_FOLDER = '.gantry';

/** Where the install's own records lie. All inside the install, so that renames stay on one file system. */
export interface StateFolder {
  /** The install's root, with links on the way to it resolved. */
  readonly root: string;
  readonly folder: string;
  readonly installed: string;
  readonly manifests: string;
  readonly journal: string;
  readonly commitList: string;
  readonly staging: string;
  readonly aside: string;
  readonly lock: string;
}

export function stateFolderOf(root: string): StateFolder {
  const folder = path.join(root, STATE_FOLDER);
  return {
    root,
    folder,
    installed: path.join(folder, 'installed.json'),
    manifests: path.join(folder, 'manifests'),
    journal: path.join(folder, 'journal'),
    commitList: path.join(folder, 'commit.json'),
    staging: path.join(folder, 'staging'),
    aside: path.join(folder, 'aside'),
    lock: path.join(folder, 'lock'),
  };
}

/** Find the state folder of an existing install; undefined when there is none. */
export async function findStateFolder(root: string): Promise<StateFolder | undefined> {
  try {
    const state = stateFolderOf(await realpath(root));
    assertOwnFolder(state.folder);
    return state;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Make root and state folder as needed. Staging is private: nobody may swap files between check and commit. */
export async function openStateFolder(root: string): Promise<StateFolder> {
  await mkdir(root, { recursive: true });
  const state = stateFolderOf(await realpath(root));
  for (const folder of [state.folder, state.lock, state.manifests, state.staging, state.aside]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    assertOwnFolder(folder);
  }
  await chmod(state.folder, 0o700);
  return state;
}

/** @throws {AppError} `INSTALL_PATH_UNSAFE` unless this is a real folder. */
function assertOwnFolder(folder: string): void {
  if (!lstatSync(folder).isDirectory()) throw installErrors.error('INSTALL_PATH_UNSAFE', { path: folder });
}
