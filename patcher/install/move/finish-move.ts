import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import path from 'node:path';
import { flushFolder, UNFINISHED } from '../durable-files.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { acquireInstallLock } from '../install-lock.ts';
import { readInstalledRecord, writeInstalledBuild } from '../installed-build.ts';
import { Journal, readJournal } from '../journal.ts';
import type { JournalContent } from '../journal-format.ts';
import { HAS_MODES } from '../look-at-tree.ts';
import { carryRescues } from '../rescue-note.ts';
import { removeEmptyRoot, removeUnfinished } from '../remove-install.ts';
import { lstatOrUndefined } from '../safe-tree.ts';
import { folderBeside, partsOf, type StateFolder, stateFolderAt, stateFolderOf } from '../state-folder.ts';
import { removeFolderIfEmpty, renameStubbornly, unlinkStubbornly } from '../stubborn-files.ts';
import { OWNER_ALL, sourceBase } from './copy-install.ts';
import { type MoveEntry, type MoveList, readMoveList } from './move-list.ts';
import { resolveReal } from './real-folders.ts';

/** How a move came to rest. */
export type MoveRest =
  /** Nothing was begun, or what was begun is undone: the install is where it was. */
  | { readonly kind: 'here' }
  /** Copying was stopped: the install is where it was, and the same move may go on. */
  | { readonly kind: 'copying'; readonly to: string }
  /** The install is in its new place and nowhere else. `left`: files that came to the old place meanwhile. */
  | { readonly kind: 'moved'; readonly to: StateFolder; readonly left: readonly string[] };

/**
 * Bring a move to rest after a crash: one that has switched is finished, one by renaming has happened or not, a
 * stopped copy is left for its move to resume. The caller holds the lock of the old place.
 *
 * States on disk: no `move` record (no move); `planned` (by copying: the old place is the install, the new one
 * holds a private part of a copy; by renaming: whichever folder is there); `switched` (the copy is whole and
 * flushed, the new place is the install once everything is renamed into it, the old one is being removed).
 * @throws {AppError} `INSTALL_MOVED_AWAY`, `INSTALL_TARGET_NOT_EMPTY`.
 */
export async function settleMove(state: StateFolder): Promise<MoveRest> {
  const record = await readJournal(state.moveJournal);
  const to = record?.begin.to;
  if (record === undefined || to === undefined) {
    // Of a move that was killed before its record was whole.
    await rm(state.moveJournal, { force: true });
    return { kind: 'here' };
  }
  if (to === state.root) {
    // The receiving end: of a copy it has the notes, of a rename the record that came along.
    if (record.begin.how === 'rename') await arriveByRename(state, record.begin.from);
    return { kind: 'here' };
  }
  if (record.begin.how === 'rename') return settleRename(state, to);
  if (record.state !== 'switched') return { kind: 'copying', to };
  const target = await openTarget(to);
  const list = await readMoveList(target.moveList);
  if (list?.from !== state.root)
    throw installErrors.error('INSTALL_STATE_DAMAGED', { path: target.moveList });
  return finishCopy(state, target, list);
}

async function openTarget(to: string): Promise<StateFolder> {
  try {
    return stateFolderOf(await realpath(to));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) throw installErrors.error('INSTALL_MOVED_AWAY', { path: to }, error);
    throw error;
  }
}

/** The rename of the root is the move: it was done, or it was not. */
async function settleRename(state: StateFolder, to: string): Promise<MoveRest> {
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

async function arriveByRename(state: StateFolder, from: string | undefined): Promise<void> {
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

/**
 * The one moment of a move by copying: everything is copied and flushed, the new place gets the install's records,
 * and the old place's record says so.
 */
export async function switchMove(state: StateFolder, target: StateFolder): Promise<void> {
  for (const name of await readdir(state.manifests)) {
    await copyFile(path.join(state.manifests, name), path.join(target.manifests, name));
    await flushFile(path.join(target.manifests, name));
  }
  await carryJob(state, target);
  await carryRescues(state, target);
  await flushFolder(target.manifests);
  await flushFolder(target.folder);
  const record = await readJournal(state.moveJournal);
  if (record === undefined) throw installErrors.error('INSTALL_STATE_DAMAGED', { path: state.moveJournal });
  const journal = await Journal.resume(state.moveJournal, record);
  try {
    await journal.state('switched');
  } finally {
    await journal.close();
  }
}

/** An unfinished update goes on in the new place: what it has staged was copied, and is known there by new times. */
async function carryJob(state: StateFolder, target: StateFolder): Promise<void> {
  const content = await readJournal(state.journal);
  await rm(target.journal, { force: true });
  if (content?.begin.job !== 'build' || content.state === 'done') return;
  const journal = await Journal.create(target.journal, content.begin);
  try {
    await writeStaged(journal, content, target);
    // A state is flushed, and with it what was said before.
    await journal.state('downloading');
  } finally {
    await journal.close();
  }
}

async function writeStaged(journal: Journal, content: JournalContent, target: StateFolder): Promise<void> {
  for (const [entry, have] of content.staged) {
    const copy = lstatOrUndefined(path.join(target.staging, String(entry)));
    if (copy === undefined) continue;
    if (have === 'complete') journal.staged(entry, { sizeBytes: copy.size, modifiedMs: copy.mtimeMs });
    else for (const [offset, sizeBytes] of have.ranges()) journal.extent(entry, offset, sizeBytes);
  }
}

async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Put the copy in place, make it the install, remove the old one. May be taken again until it succeeds. */
async function finishCopy(state: StateFolder, target: StateFolder, list: MoveList): Promise<MoveRest> {
  await placeCopy(target, list);
  await writeInstalledBuild(target, list.build, { movedFrom: state.root });
  await rm(target.moving, { recursive: true, force: true });
  await rm(target.moveJournal, { force: true });
  await flushFolder(target.folder);
  const left = await removeOld(state, list);
  // The record goes last: until then the next start goes on here.
  for (const part of [...partsOf(state), state.journal]) await rm(part, { recursive: true, force: true });
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

/** Give up a copy that was stopped: what it has written goes, the install stays. The caller holds the lock. */
export async function discardMove(state: StateFolder): Promise<void> {
  const rest = await settleMove(state);
  if (rest.kind !== 'copying') return;
  const target = await findTarget(rest.to);
  if (target === undefined) {
    await rm(state.moveJournal, { force: true });
    return;
  }
  if (lstatOrUndefined(target.lock) !== undefined) {
    // Also removes the claim of one that was killed while it copied.
    const lock = await acquireInstallLock(target.lock);
    try {
      await removeCopy(state, target);
    } finally {
      await lock.release();
    }
  }
  await rm(state.moveJournal, { force: true });
  await removeEmptyRoot(target);
}

async function removeCopy(state: StateFolder, target: StateFolder): Promise<void> {
  if ((await readMoveList(target.moveList))?.from === state.root) {
    const { moving, staging, kept, manifests, journal, rescued, moveList, moveJournal } = target;
    // The list goes last: by it the next call knows that all this is its own.
    for (const part of [moving, staging, kept, manifests, journal, rescued, moveJournal, moveList]) {
      await rm(part, { recursive: true, force: true });
    }
  }
  // Of a list that was being written; no other job has one.
  await rm(target.moveList + UNFINISHED, { force: true });
  // What a power cut brought back after it was forgotten here, nobody would remove.
  await flushFolder(target.folder);
}

async function findTarget(to: string): Promise<StateFolder | undefined> {
  try {
    return stateFolderOf(await realpath(to));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Take an empty folder away so that a rename may put another in its place. @returns True when one was there. */
async function clearPlace(root: string): Promise<boolean> {
  if (lstatOrUndefined(root) === undefined) return false;
  if (!(await removeFolderIfEmpty(root)))
    throw installErrors.error('INSTALL_TARGET_NOT_EMPTY', { path: root });
  return true;
}

/**
 * Move by renaming the root, then the state folder beside it.
 * @returns undefined when this file system cannot after all: nothing was changed, and copying does.
 */
export async function renameInstall(state: StateFolder, root: string): Promise<MoveRest | undefined> {
  const record = { job: 'move' as const, build: null, from: state.root, to: root, how: 'rename' as const };
  await (await Journal.create(state.moveJournal, record)).close();
  await mkdir(path.dirname(root), { recursive: true });
  // Left from an install that was there once: empty, or the target would not have passed.
  const beside = folderBeside(root);
  if (lstatOrUndefined(beside) !== undefined) await rm(beside, { recursive: true, force: true });
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
