import { realpath, rm } from 'node:fs/promises';
import { removeTree } from '../disk/remove-tree.ts';
import { UNFINISHED, flushFolder } from '../disk/durable-files.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { acquireInstallLock } from '../state/install-lock.ts';
import { readJournal } from '../state/journal.ts';
import { removeEmptyRoot } from '../remove-install.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import { type StateFolder, stateFolderOf } from '../state/state-folder.ts';
import { finishCopy } from './finish-copy.ts';
import { readMoveList } from './move-list.ts';
import type { MoveRest } from './move-rest.ts';
import { arriveByRename, settleRename } from './rename-install.ts';

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
      await removeTree(part);
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
