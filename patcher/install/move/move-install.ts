import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, systemClock } from '../../download/clock.ts';
import { hasErrno, installErrors } from '../install-errors.ts';
import { acquireInstallLock, type InstallLock } from '../state/install-lock.ts';
import { readInstalledBuild, readInstalledManifest, readInstalledRecord } from '../state/installed-build.ts';
import { Journal, readJournal, renewJournal } from '../state/journal.ts';
import { compilePreserveRules } from '../../paths/preserve-rules.ts';
import { type InstallProgress, ProgressMeter } from '../install-progress.ts';
import { recoverInstall } from '../recover.ts';
import { removeEmptyRoot } from '../remove-install.ts';
import { findStateFolder, openStateFolder, type StateFolder } from '../state/state-folder.ts';
import { copyInstall } from './copy-install.ts';
import type { MoveRest } from './move-rest.ts';
import { assertEmpty, findMoveTarget } from './move-target.ts';
import { renameInstall } from './rename-install.ts';
import { discardMove, settleMove } from './settle-move.ts';
import { switchMove } from './switch-move.ts';

export interface MoveJob {
  /** The install's folder. */
  readonly root: string;
  /** Where it should be: an empty folder, or one that does not exist. */
  readonly to: string;
  /** Copy even where a rename would do. */
  readonly how?: 'copy' | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: InstallProgress) => void) | undefined;
}

/** How a move ended; failures are thrown. */
export type MoveOutcome =
  | {
      readonly kind: 'done';
      readonly how: 'rename' | 'copy';
      /** Where the install is now, with links on the way resolved. */
      readonly root: string;
      readonly copiedBytes: number;
      /** Files of the build found wrong while they were copied by this call; repair mends them. */
      readonly damaged: readonly string[];
      /** Files that stayed in the old folder because they changed or came while the rest was removed. */
      readonly left: readonly string[];
    }
  /** Stopped by the signal: the install is where it was, and the same call goes on. */
  | { readonly kind: 'cancelled'; readonly copiedBytes: number };

/**
 * Move an install with everything in its folder. The caller has no lock; both places are locked here.
 *
 * On one file system it is a rename. Across two, every file is copied into a private folder beside the new place,
 * hashed on the descriptor that writes it and flushed; then the record switches, the copy is renamed into place and
 * the old files are removed. Killed at any point, the same call goes on; called again after it was done, it says so.
 * Files that do not have their hash are moved as they are, since they may be the player's doing.
 * @throws {AppError} `INSTALL_ABSENT`, `INSTALL_DISK_FULL`, `INSTALL_TARGET_…`, `INSTALL_JOB_PENDING`,
 *   `INSTALL_TREE_CHANGING`, `INSTALL_LOCKED`; errors of the file system as they come.
 */
export async function moveInstall(job: MoveJob): Promise<MoveOutcome> {
  const state = await findStateFolder(job.root);
  if (state === undefined) return sayWasMoved(job);
  const meter = new ProgressMeter(job.onProgress, job.clock ?? systemClock);
  const lock = await lockOf(state);
  let outcome: MoveOutcome;
  try {
    outcome = await moveLocked(job, state, { meter, lock });
  } finally {
    await lock.release();
  }
  if (outcome.kind === 'done' && outcome.how === 'copy') await removeEmptyRoot(state);
  return outcome;
}

/** What is left of an uninstalled game may have no folder for locks any more. */
async function lockOf(state: StateFolder): Promise<InstallLock> {
  await mkdir(state.lock, { recursive: true, mode: 0o700 });
  return acquireInstallLock(state.lock);
}

/** A folder without an install, because an earlier call moved it and could not say so any more. */
async function sayWasMoved(job: MoveJob): Promise<MoveOutcome> {
  const target = await findStateFolder(job.to);
  if (target === undefined) throw installErrors.error('INSTALL_ABSENT');
  const lock = await lockOf(target);
  try {
    await settleMove(target);
  } finally {
    await lock.release();
  }
  const record = await readInstalledRecord(target);
  if (record?.movedFrom !== (await resolveGone(job.root))) throw installErrors.error('INSTALL_ABSENT');
  return { kind: 'done', how: 'copy', root: target.root, copiedBytes: 0, damaged: [], left: [] };
}

/** The real path of a folder that may be gone. */
async function resolveGone(root: string): Promise<string> {
  const absolute = path.resolve(root);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') || path.dirname(absolute) === absolute) throw error;
    return path.join(await resolveGone(path.dirname(absolute)), path.basename(absolute));
  }
}

interface Moving {
  readonly meter: ProgressMeter;
  readonly lock: InstallLock;
}

async function moveLocked(job: MoveJob, state: StateFolder, { meter, lock }: Moving): Promise<MoveOutcome> {
  const before = await settleMove(state);
  if (before.kind === 'moved') {
    lock.followTo(before.to.lock);
    return done(before, meter);
  }
  await recoverInstall(state);
  if ((await readInstalledBuild(state)) === undefined) return sayWasMoved(job);
  await assertMovable(state);
  const target = await findMoveTarget(state, job.to);
  // A copy that was begun goes on as one, even where a rename might do.
  const isCopied = before.kind === 'copying' && before.to === target.root;
  if (before.kind === 'copying' && !isCopied) await discardMove(state);
  if (target.how === 'rename' && job.how !== 'copy' && !isCopied) {
    const renamed = await renameInstall(state, target.root);
    if (renamed?.kind === 'moved') {
      lock.followTo(renamed.to.lock);
      return { ...done(renamed, meter), how: 'rename' };
    }
  }
  return copyAcross(job, state, { root: target.root, meter });
}

/** A commit that is under way has put files where no list would find them; every other job can be carried along. */
async function assertMovable(state: StateFolder): Promise<void> {
  const content = await readJournal(state.journal);
  const movable = ['planned', 'downloading', 'staged', 'verified', 'done'];
  if (content?.batch !== undefined) throw installErrors.error('INSTALL_JOB_PENDING');
  if (content !== undefined && (content.begin.job !== 'build' || !movable.includes(content.state))) {
    throw installErrors.error('INSTALL_JOB_PENDING');
  }
}

async function copyAcross(
  job: MoveJob,
  state: StateFolder,
  { root, meter }: { readonly root: string; readonly meter: ProgressMeter },
): Promise<MoveOutcome> {
  const build = await readInstalledBuild(state);
  if (build === undefined) throw installErrors.error('INSTALL_ABSENT');
  const manifest = await readInstalledManifest(state, build);
  const target = await openStateFolder(root);
  const lock = await acquireInstallLock(target.lock);
  try {
    await recordCopy(state, root);
    meter.enter('copying');
    const isPreserved = compilePreserveRules(manifest.preserve);
    const { damaged } = await copyInstall({
      from: state,
      to: target,
      build,
      manifest,
      isPreserved,
      meter,
      signal: job.signal,
    });
    await assertEmpty(target.root);
    job.signal?.throwIfAborted();
    meter.enter('committing');
    await switchMove(state, target);
    return { ...done(await settleMove(state), meter), damaged };
  } catch (error) {
    // Stopping is an outcome; once it has switched there is no way back, only on.
    const stopped =
      job.signal?.aborted === true && (await readJournal(state.moveJournal))?.state !== 'switched';
    if (!stopped) throw error;
    return { kind: 'cancelled', copiedBytes: meter.writtenBytes };
  } finally {
    await lock.release();
  }
}

/** Not over a record of the same copy: killed in the middle of that, nobody would know of what was copied. */
async function recordCopy(state: StateFolder, root: string): Promise<void> {
  const known = await readJournal(state.moveJournal);
  if (known?.begin.to === root && known.begin.how === 'copy') return renewJournal(state.moveJournal, known);
  const record = { job: 'move' as const, build: null, from: state.root, to: root, how: 'copy' as const };
  await (await Journal.create(state.moveJournal, record)).close();
}

function done(rest: MoveRest, meter: ProgressMeter): Extract<MoveOutcome, { kind: 'done' }> {
  if (rest.kind !== 'moved') throw new Error('a move that switched has moved');
  const { to, left } = rest;
  return { kind: 'done', how: 'copy', root: to.root, copiedBytes: meter.writtenBytes, damaged: [], left };
}
