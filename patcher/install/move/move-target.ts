import { access, constants, lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { checkTreePath } from '../../paths/path-policy.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import { folderBeside, STATE_FOLDER, type StateFolder } from '../state/state-folder.ts';

/** Where a move leads, after checking that it may. */
export interface MoveTarget {
  /** Absolute, with links on the way to it resolved; it exists and is empty, or does not exist. */
  readonly root: string;
  /** The nearest folder that exists, itself or above it. */
  readonly existing: string;
  /** Renaming does for one file system; across two every byte is copied. */
  readonly how: 'rename' | 'copy';
}

/** Names a file system may put into its own root; they make a drive no less empty. */
const SYSTEM_NAMES = new Set([
  'lost+found',
  'System Volume Information',
  '$RECYCLE.BIN',
  '.Trashes',
  '.fseventsd',
]);

/**
 * Look at the folder a move should lead to.
 * @param to Any path; a relative one is taken from the working directory.
 * @throws {AppError} `INSTALL_TARGET_…`; file system errors as they come.
 */
export async function findMoveTarget(state: StateFolder, to: string): Promise<MoveTarget> {
  const { existing, missing } = await splitExisting(path.resolve(to));
  const root = path.join(existing, ...missing);
  for (const name of missing.length === 0 ? [path.basename(root)] : missing) checkFolderName(root, name);
  if (isWithin(root, state.root) || isWithin(root, state.folder)) {
    throw installErrors.error('INSTALL_TARGET_INSIDE', { path: root });
  }
  if (missing.length === 0) await assertEmpty(root);
  if (lstatOrUndefined(path.join(folderBeside(root), 'installed.json')) !== undefined) {
    throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: folderBeside(root) });
  }
  await access(existing, constants.W_OK | constants.X_OK);
  return { root, existing, how: await chooseHow(state, root, existing) };
}

/** @throws {AppError} `INSTALL_TARGET_NOT_EMPTY` unless this is a folder with nothing of anybody's in it. */
export async function assertEmpty(root: string): Promise<void> {
  if (!(await lstat(root)).isDirectory())
    throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: root });
  const names = await readdir(root);
  if (names.some((name) => name !== STATE_FOLDER && !SYSTEM_NAMES.has(name))) {
    throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: root });
  }
}

/** The deepest folder of a path that exists, with links resolved, and the names below it. */
async function splitExisting(absolute: string): Promise<{ existing: string; missing: string[] }> {
  const missing: string[] = [];
  for (let at = absolute; ; at = path.dirname(at)) {
    try {
      return { existing: await realpath(at), missing };
    } catch (error) {
      if (!hasErrno(error, 'ENOENT') || path.dirname(at) === at) throw error;
      missing.unshift(path.basename(at));
    }
  }
}

/** The names a folder may have are those a build's folders may have: every system can hold them. */
function checkFolderName(root: string, name: string): void {
  if (name === '') return;
  try {
    checkTreePath(name);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw installErrors.error('INSTALL_TARGET_REFUSED', { path: root, reason: error.code }, error);
  }
  if (name.toLowerCase().endsWith(STATE_FOLDER)) {
    throw installErrors.error('INSTALL_TARGET_REFUSED', { path: root, reason: 'PATH_LAUNCHER_FOLDER' });
  }
}

async function chooseHow(state: StateFolder, root: string, existing: string): Promise<'rename' | 'copy'> {
  const { dev } = await lstat(state.root);
  if ((await lstat(existing)).dev !== dev) return 'copy';
  // A folder that exists is replaced by the rename, which takes the right to write above it.
  if (existing !== root) return 'rename';
  const parent = path.dirname(root);
  if (parent === root || (await lstat(parent)).dev !== dev) return 'copy';
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return 'rename';
  } catch (error) {
    if (hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) return 'copy';
    throw error;
  }
}

function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner);
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative));
}
