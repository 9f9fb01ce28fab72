import { constants } from 'node:fs';
import { chmod, mkdir, open, readdir, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../disk/remove-tree.ts';
import { flushFolder } from '../disk/durable-files.ts';
import { installErrors } from '../install-errors.ts';
import { writeInstalledBuild } from '../state/installed-build.ts';
import { HAS_MODES } from '../verify/look-at-tree.ts';
import { removeUnfinished } from '../remove-install.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import { OWNER_ALL } from '../staging/staged-folders.ts';
import { type StateFolder, partsOf } from '../state/state-folder.ts';
import { removeFolderIfEmpty, renameStubbornly, unlinkStubbornly } from '../disk/stubborn-files.ts';
import { sourceBase } from './copy-install.ts';
import type { MoveEntry, MoveList } from './move-list.ts';
import type { MoveRest } from './move-rest.ts';
import { resolveReal } from './real-folders.ts';

/** Put the copy in place, make it the install, remove the old one. May be taken again until it succeeds. */
export async function finishCopy(state: StateFolder, target: StateFolder, list: MoveList): Promise<MoveRest> {
  await placeCopy(target, list);
  await writeInstalledBuild(target, list.build, { movedFrom: state.root });
  await removeTree(target.moving);
  await rm(target.moveJournal, { force: true });
  await flushFolder(target.folder);
  const left = await removeOld(state, list);
  // The record goes last: until then the next start goes on here.
  for (const part of [...partsOf(state), state.journal]) await removeTree(part);
  await removeUnfinished(state);
  await rm(state.moveJournal, { force: true });
  await flushFolder(state.folder);
  await rm(target.moveList, { force: true });
  await flushFolder(target.folder);
  return { kind: 'moved', to: target, left };
}

/** @throws {AppError} `INSTALL_TARGET_NOT_EMPTY` when somebody put a file there meanwhile. */
async function placeCopy(target: StateFolder, list: MoveList): Promise<void> {
  await mkdir(target.moving, { recursive: true, mode: 0o700 });
  for (const name of await readdir(target.moving)) {
    const place = path.join(target.root, name);
    if (lstatOrUndefined(place) !== undefined) {
      throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: target.root });
    }
    await renameStubbornly(path.join(target.moving, name), place);
  }
  for (const entry of list.entries.toReversed()) {
    if (!HAS_MODES || entry.kind !== 'directory' || entry.area !== 'tree') continue;
    if ((entry.mode & OWNER_ALL) !== OWNER_ALL)
      await closeFolder(resolveReal(target.root, entry.path), entry.mode);
  }
  await flushFolder(target.root);
}

/** Flushed by itself: its names were flushed while it was open to its owner still. */
async function closeFolder(absolute: string, mode: number): Promise<void> {
  await chmod(absolute, mode | OWNER_ALL);
  const handle = await open(absolute, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
  try {
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Remove what was copied, unless it changed since: then it is somebody's.
 * @returns What stays, but for folders.
 */
async function removeOld(state: StateFolder, list: MoveList): Promise<string[]> {
  const left = [...list.left];
  const folders = list.entries.filter((entry) => entry.kind === 'directory' && entry.area === 'tree');
  for (const { path: at } of folders) await openFolder(state, at);
  for (const entry of list.entries) {
    if (entry.kind === 'directory' || entry.area !== 'tree') continue;
    const absolute = resolveReal(sourceBase(state, entry), entry.path);
    const same = await isAsCopied(absolute, entry);
    if (same === true) await unlinkStubbornly(absolute);
    else if (same === false) left.push(entry.path);
  }
  for (const entry of folders.toReversed()) {
    const absolute = resolveReal(state.root, entry.path);
    if (lstatOrUndefined(absolute)?.isDirectory() !== true || (await removeFolderIfEmpty(absolute))) continue;
    if (HAS_MODES && entry.kind === 'directory') await chmod(absolute, entry.mode);
  }
  return left;
}

async function openFolder(state: StateFolder, at: string): Promise<void> {
  const absolute = resolveReal(state.root, at);
  const seen = lstatOrUndefined(absolute);
  if (seen?.isDirectory() === true && (seen.mode & 0o700) !== 0o700) await chmod(absolute, seen.mode | 0o700);
}

/** @returns undefined when nothing is there any more. */
async function isAsCopied(absolute: string, entry: MoveEntry): Promise<boolean | undefined> {
  const seen = lstatOrUndefined(absolute);
  if (seen === undefined) return undefined;
  if (entry.kind === 'link') return seen.isSymbolicLink() && (await readlink(absolute)) === entry.target;
  return (
    entry.kind === 'file' &&
    seen.isFile() &&
    seen.size === entry.sizeBytes &&
    seen.mtimeMs === entry.modifiedMs
  );
}
