import { accessSync, constants, lstatSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../../paths/make-folders.ts';
import { hasErrno, installErrors } from '../install-errors.ts';

/** The one name inside an install that may be the launcher's; no build may use it. */
export const STATE_FOLDER = '.gantry';

/**
 * Where the install's own records and staging lie: beside the install as `.<its name>.gantry`, so that the install
 * itself holds the game and nothing else. Inside it, as `.gantry`, where its parent is another file system (renames
 * must not cross one) or not ours to write in.
 */
export interface StateFolder {
  /** The install's root, with links on the way to it resolved. */
  readonly root: string;
  readonly folder: string;
  readonly installed: string;
  readonly manifests: string;
  readonly journal: string;
  readonly commitList: string;
  readonly staging: string;
  /** What a chain of patches has made of builds between old and new; absent otherwise. */
  readonly between: string;
  readonly aside: string;
  readonly lock: string;
  /** The files the last update replaced, while they are kept for a rollback. */
  readonly kept: string;
  /** The steps of an update that replaces files as it goes; absent otherwise. */
  readonly steps: string;
  /** Old files such an update still reads after new ones took their place. */
  readonly retained: string;
  /** What of the player's made way for a build and was not told of yet, or only just; absent otherwise. */
  readonly rescued: string;
  /** The record of a move to another folder; absent when none was begun. */
  readonly moveJournal: string;
  /** What a move by copying takes along. */
  readonly moveList: string;
  /** Where such a move copies to, in the state folder of the place it leads to. */
  readonly moving: string;
}

/** @param root The install's root, with links on the way to it resolved; it exists. */
export function stateFolderOf(root: string): StateFolder {
  return stateFolderAt(root, chooseFolder(root));
}

/** The parts of a state folder whose place is known. */
export function stateFolderAt(root: string, folder: string): StateFolder {
  return {
    root,
    folder,
    installed: path.join(folder, 'installed.json'),
    manifests: path.join(folder, 'manifests'),
    journal: path.join(folder, 'journal'),
    commitList: path.join(folder, 'commit.json'),
    staging: path.join(folder, 'staging'),
    between: path.join(folder, 'between'),
    aside: path.join(folder, 'aside'),
    lock: path.join(folder, 'lock'),
    kept: path.join(folder, 'kept'),
    steps: path.join(folder, 'steps.json'),
    retained: path.join(folder, 'retained'),
    rescued: path.join(folder, 'rescued.json'),
    moveJournal: path.join(folder, 'move'),
    moveList: path.join(folder, 'move.json'),
    moving: path.join(folder, 'moving'),
  };
}

/** Everything in a state folder but the locks and the two journals, which say what is going on and go after the rest. */
export function partsOf(state: StateFolder): readonly string[] {
  return [
    state.staging,
    state.between,
    state.aside,
    state.kept,
    state.steps,
    state.retained,
    state.rescued,
    state.commitList,
    state.manifests,
    state.installed,
    state.moving,
    state.moveList,
  ];
}

/** The folder that exists already, else the one a new install gets. */
function chooseFolder(root: string): string {
  const inside = path.join(root, STATE_FOLDER);
  const beside = folderBeside(root);
  if (isFolder(inside)) return inside;
  if (isFolder(beside)) return isOurs(beside) ? beside : inside;
  return canHoldState(root) ? beside : inside;
}

/** Where the state folder lies when it is beside the install. */
export function folderBeside(root: string): string {
  return path.join(path.dirname(root), `.${path.basename(root)}${STATE_FOLDER}`);
}

function isFolder(at: string): boolean {
  return lstatSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** In a folder that others may write in, such as /tmp, somebody else may have made one of that name. */
function isOurs(folder: string): boolean {
  return process.getuid === undefined || lstatSync(folder).uid === process.getuid();
}

function canHoldState(root: string): boolean {
  const parent = path.dirname(root);
  if (parent === root || lstatSync(parent).dev !== lstatSync(root).dev) return false;
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

/** Find the state folder of an existing install; undefined when there is none. */
export async function findStateFolder(root: string): Promise<StateFolder | undefined> {
  try {
    const state = stateFolderOf(await realpath(root));
    assertOwnFolder(state.folder);
    return state;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return findRenamedAway(root);
    throw error;
  }
}

/** A move renames the root first: killed then, what is left is a state folder beside nothing. */
async function findRenamedAway(root: string): Promise<StateFolder | undefined> {
  const absolute = path.resolve(root);
  const parent = await realpath(path.dirname(absolute)).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (parent === undefined) return undefined;
  const gone = path.join(parent, path.basename(absolute));
  const state = stateFolderAt(gone, folderBeside(gone));
  const isRenamed = lstatSync(gone, { throwIfNoEntry: false }) === undefined && isFolder(state.folder);
  if (!isRenamed || !isOurs(state.folder)) return undefined;
  return lstatSync(state.moveJournal, { throwIfNoEntry: false }) === undefined ? undefined : state;
}

/** Make root and state folder as needed. Staging is private: nobody may swap files between check and commit. */
export async function openStateFolder(root: string): Promise<StateFolder> {
  await makeFolders(root);
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
