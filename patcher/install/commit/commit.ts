import { chmodSync, constants, mkdirSync, rmdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { CommitList } from './commit-list.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { hasErrno } from '../install-errors.ts';
import { HAS_MODES, lookIfSafe } from '../verify/look-at-tree.ts';
import { flushAll, moveNames } from '../disk/move-names.ts';
import { foldersAbove, folderOf, lstatOrUndefined, type SafeTree } from '../disk/safe-tree.ts';
import { OWNER_ALL } from '../staging/staged-folders.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { takeFoldersBack } from './take-folders-back.ts';
import { renameStubbornly } from '../disk/stubborn-files.ts';

/** Where a commit happens. */
export interface CommitPlace {
  readonly tree: SafeTree;
  readonly state: StateFolder;
}

/**
 * First half of a commit: move what is removed or replaced aside. The old build can still be put back whole.
 * May be taken again after a crash, as long as the second half has not begun.
 */
export async function moveAside(list: CommitList, { tree, state }: CommitPlace): Promise<void> {
  openFolders(list, tree);
  await moveNames(tree, list.aside, ({ path: treePath, slot }, seenTree) => {
    const kept = path.join(state.aside, slot);
    if (lstatOrUndefined(kept) !== undefined) return undefined;
    // Nothing, below a file of the player's that lies where an old folder was.
    const seen = lookIfSafe(seenTree, treePath);
    if (seen === undefined || seen.isDirectory()) return undefined;
    return { from: seenTree.resolve(treePath), to: kept };
  });
  for (const { path: treePath, to } of list.rescue) {
    const isMoved = tree.look(to) !== undefined || tree.look(treePath) === undefined;
    if (!isMoved) await renameStubbornly(tree.resolve(treePath), tree.resolve(to));
  }
  await flushFolders(list, tree);
  await flushFolder(state.aside);
}

/** Second half: folders, new files, modes. May be taken again, whole or in part, until it succeeds. */
export async function putInPlace(list: CommitList, { tree, state }: CommitPlace): Promise<void> {
  openFolders(list, tree);
  for (const { path: treePath } of list.removeFolders) removeFolderIfEmpty(tree, treePath);
  for (const { path: treePath, mode } of list.makeFolders) makeFolder(tree, treePath, mode);
  await moveNames(tree, [...list.placeFolders, ...list.place], ({ path: treePath, slot }, seenTree) => {
    const staged = path.join(state.staging, slot);
    // Not there: this step was taken before a crash.
    if (lstatOrUndefined(staged) === undefined) return undefined;
    return { from: staged, to: seenTree.resolve(treePath) };
  });
  for (const { path: treePath, mode } of list.modes) await setMode(tree, treePath, mode);
  await flushFolders(list, tree);
  for (const { path: treePath, mode, oldMode } of list.folderModes) {
    // A new folder that has it was made with it, and flushed above.
    if (oldMode === null && hasMode(tree, treePath, mode)) continue;
    await setMode(tree, treePath, mode);
  }
  await flushFolder(tree.root);
}

/** Undo everything: new files back to staging, old ones back in place. May be taken again until it succeeds. */
export async function undoCommit(list: CommitList, { tree, state }: CommitPlace): Promise<void> {
  openFolders(list, tree);
  await moveNames(tree, list.place, ({ path: treePath, slot }, seenTree) => {
    const staged = path.join(state.staging, slot);
    const isBack = lstatOrUndefined(staged) !== undefined || seenTree.look(treePath) === undefined;
    return isBack ? undefined : { from: seenTree.resolve(treePath), to: staged };
  });
  await takeFoldersBack(list, { tree, state });
  await flushFolder(state.staging);
  const existed = new Set(
    list.folderModes.flatMap(({ path: at, oldMode }) => (oldMode === null ? [] : [at])),
  );
  for (const { path: treePath } of list.makeFolders.toReversed()) {
    if (!existed.has(treePath)) removeFolderIfEmpty(tree, treePath);
  }
  for (const { path: treePath, to } of list.rescue) {
    const isBack = tree.look(to) === undefined || tree.look(treePath) !== undefined;
    if (!isBack) await renameStubbornly(tree.resolve(to), tree.resolve(treePath));
  }
  for (const { path: treePath, mode } of list.removeFolders.toReversed()) makeFolder(tree, treePath, mode);
  await moveNames(tree, list.aside, ({ path: treePath, slot }, seenTree) => {
    const kept = path.join(state.aside, slot);
    return lstatOrUndefined(kept) === undefined ? undefined : { from: kept, to: seenTree.resolve(treePath) };
  });
  for (const { path: treePath, oldMode } of list.modes) {
    if (oldMode !== null) await setMode(tree, treePath, oldMode);
  }
  await flushFolders(list, tree);
  await restoreFolderModes(list, tree);
  await flushFolder(tree.root);
}

/** Deepest first, so that a folder is still open while those in it are set. */
async function restoreFolderModes(list: CommitList, tree: SafeTree): Promise<void> {
  for (const { path: treePath, mode } of list.removeFolders) await setMode(tree, treePath, mode);
  for (const { path: treePath, oldMode } of list.folderModes) {
    if (oldMode !== null) await setMode(tree, treePath, oldMode);
  }
}

/** Every name that a commit makes, replaces or takes away. */
function changedNames(list: CommitList): readonly string[] {
  const { aside, placeFolders, place, makeFolders, removeFolders } = list;
  return [aside, placeFolders, place, makeFolders, removeFolders].flatMap((entries) =>
    entries.map(({ path: treePath }) => treePath),
  );
}

/** Let the owner change names in every folder a step touches; {@link putInPlace} sets exact modes at its end. */
function openFolders(list: CommitList, tree: SafeTree): void {
  const touched = new Set(list.removeFolders.map(({ path: treePath }) => treePath));
  for (const treePath of changedNames(list)) {
    for (const folder of foldersAbove(treePath)) touched.add(folder);
  }
  const seenTree = tree.inOneGo();
  for (const treePath of [...touched].sort()) makeWritable(seenTree, treePath);
}

function makeWritable(tree: SafeTree, treePath: string): void {
  const seen = lookIfSafe(tree, treePath);
  if (seen?.isDirectory() !== true || (seen.mode & OWNER_ALL) === OWNER_ALL) return;
  chmodSync(tree.resolve(treePath), (seen.mode & 0o777) | OWNER_ALL);
}

/** With its own mode where that lets us write in it, so that the flush of its names makes both durable. */
function makeFolder(tree: SafeTree, treePath: string, mode: number): void {
  if (tree.look(treePath)?.isDirectory() === true) {
    makeWritable(tree, treePath);
    return;
  }
  mkdirSync(tree.resolve(treePath), OWNER_ALL);
  // umask took bits away.
  if (HAS_MODES) chmodSync(tree.resolve(treePath), mode | OWNER_ALL);
}

/** A folder with the player's own files in it stays. */
function removeFolderIfEmpty(tree: SafeTree, treePath: string): void {
  if (lookIfSafe(tree, treePath)?.isDirectory() !== true) return;
  try {
    rmdirSync(tree.resolve(treePath));
  } catch (error) {
    if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

function hasMode(tree: SafeTree, treePath: string, mode: number): boolean {
  const seen = tree.look(treePath);
  return seen !== undefined && (seen.mode & 0o777) === mode;
}

/**
 * Flushed by itself: not every file system saves a mode with the names of the folder above. Also where the mode is right
 * already: who set it may have been killed before the flush, and a power cut would take it back.
 */
async function setMode(tree: SafeTree, treePath: string, mode: number): Promise<void> {
  const seen = tree.look(treePath);
  if (!HAS_MODES || seen === undefined || seen.isSymbolicLink()) return;
  const isSet = (seen.mode & 0o777) === mode;
  // A file of somebody else's: we cannot have set it.
  if (isSet && process.getuid?.() !== 0 && seen.uid !== process.getuid?.()) return;
  const absolute = tree.resolve(treePath);
  // What we may not read we cannot open to flush it.
  if ((seen.mode & 0o400) === 0) chmodSync(absolute, (seen.mode & 0o777) | 0o400);
  const handle = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flush every folder in which a name changed. */
async function flushFolders(list: CommitList, tree: SafeTree): Promise<void> {
  const touched = new Set(list.makeFolders.map(({ path: treePath }) => treePath));
  for (const treePath of changedNames(list)) {
    touched.add(folderOf(treePath));
  }
  touched.delete('');
  const seenTree = tree.inOneGo();
  // Gone, with a file where a folder above it was, when that folder made way.
  const folders = [...touched].filter((at) => lookIfSafe(seenTree, at)?.isDirectory() === true);
  await flushAll(folders.map((treePath) => seenTree.resolve(treePath)));
  await flushFolder(tree.root);
}
