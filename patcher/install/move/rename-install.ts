import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../disk/remove-tree.ts';
import { makeFolders } from '../../paths/make-folders.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { readInstalledRecord, writeInstalledBuild } from '../state/installed-build.ts';
import { Journal } from '../state/journal.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import { type StateFolder, folderBeside, stateFolderAt } from '../state/state-folder.ts';
import { removeFolderIfEmpty, renameStubbornly } from '../disk/stubborn-files.ts';
import type { MoveRest } from './move-rest.ts';

/**
 * Move by renaming the root, then the state folder beside it.
 * @returns undefined when this file system cannot after all: nothing was changed, and copying does.
 */
export async function renameInstall(state: StateFolder, root: string): Promise<MoveRest | undefined> {
  const record = { job: 'move' as const, build: null, from: state.root, to: root, how: 'rename' as const };
  await (await Journal.create(state.moveJournal, record)).close();
  await makeFolders(path.dirname(root));
  // Left from an install that was there once: empty, or the target would not have passed.
  const beside = folderBeside(root);
  await removeTree(beside);
  const { mode } = await lstat(state.root);
  const made = await clearPlace(root);
  try {
    await rename(state.root, root);
  } catch (error) {
    if (made) await mkdir(root, mode);
    await rm(state.moveJournal, { force: true });
    // Over one disk mounted twice, or one that forbids taking a folder out: copying shows whether it can be done.
    if (hasErrno(error, 'EXDEV', 'EPERM', 'EACCES', 'EBUSY')) return undefined;
    throw error;
  }
  return settleRename(state, root);
}

/** Take an empty folder away so that a rename may put another in its place. @returns True when one was there. */
async function clearPlace(root: string): Promise<boolean> {
  if (lstatOrUndefined(root) === undefined) return false;
  if (!(await removeFolderIfEmpty(root)))
    throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: root });
  return true;
}

/** The rename of the root is the move: it was done, or it was not. */
export async function settleRename(state: StateFolder, to: string): Promise<MoveRest> {
  const isGone = await isAbsentOrEmpty(state.root);
  if (!isGone || (await isAbsentOrEmpty(to))) {
    await rm(state.moveJournal, { force: true });
    return { kind: 'here' };
  }
  const isInside = path.dirname(state.folder) === state.root;
  const folder = isInside ? path.join(to, path.basename(state.folder)) : folderBeside(to);
  if (!isInside && lstatOrUndefined(state.folder) !== undefined) await renameStubbornly(state.folder, folder);
  const moved = stateFolderAt(to, folder);
  await flushFolder(path.dirname(to));
  await arriveByRename(moved, state.root);
  return { kind: 'moved', to: moved, left: [] };
}

export async function arriveByRename(state: StateFolder, from: string | undefined): Promise<void> {
  const record = await readInstalledRecord(state);
  if (record !== undefined) await writeInstalledBuild(state, record.build, { ...record, movedFrom: from });
  await rm(state.moveJournal, { force: true });
  await flushFolder(state.folder);
}

async function isAbsentOrEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return true;
    throw error;
  }
}
