import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder } from './disk/durable-files.ts';
import { removeTree } from './disk/remove-tree.ts';
import { hasErrno } from './install-errors.ts';
import { readInstalledRecord } from './state/installed-build.ts';
import { readJournal } from './state/journal.ts';
import { discardKept, keepAside, readKeptBuild } from './commit/kept-build.ts';
import { readTakenCommit } from './commit/commit-list.ts';
import { removeUnfinished } from './remove-install.ts';
import { lstatOrUndefined } from './disk/safe-tree.ts';
import type { StateFolder } from './state/state-folder.ts';
import { stubbornly, unlinkStubbornly } from './disk/stubborn-files.ts';

/** End a job whose build is committed: keep or remove what it replaced, then clear. May be taken again. */
export async function finishJob(state: StateFolder): Promise<void> {
  const journal = await readJournal(state.journal);
  // What was replaced as it went is gone, so that what the commit moved aside is not all of it.
  const isWhole = journal?.begin.keepReplaced === true && journal.batch === undefined;
  const list = await readTakenCommit(state);
  const old = list?.replaces ?? undefined;
  if (list !== undefined && old !== undefined && old.manifestSha256 !== list.build.manifestSha256) {
    if (isWhole) await keepAside(state, list, old);
    else await discardKept(state);
  }
  await clearJob(state);
}

/**
 * As {@link finishJob}; but while something holds an old file open (the game that still runs, a virus scanner), the
 * install is done all the same, and the next job clears first.
 */
export async function finishIfFree(state: StateFolder): Promise<void> {
  try {
    await finishJob(state);
  } catch (error) {
    if (!hasErrno(error, 'EBUSY', 'EPERM', 'EACCES', 'ETXTBSY', 'ENOTEMPTY')) throw error;
  }
}

/** Remove what a job left whose record a power cut took, or who was killed when it had removed that alone. */
export async function clearOrphans(state: StateFolder): Promise<void> {
  await removeUnfinished(state);
  // A journal that is there is one whose first record is not whole.
  const parts = [state.journal, state.steps, state.between, state.retained, state.commitList];
  const isLeft =
    parts.some((part) => lstatOrUndefined(part) !== undefined) || !(await isEmpty(state.staging));
  if (isLeft) await clearStaging(state);
}

/** True of a folder that is not there as well. */
async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return true;
    throw error;
  }
}

/** Remove what is staged, and the records of it. */
export async function clearStaging(state: StateFolder): Promise<void> {
  for (const record of [state.journal, state.steps, state.commitList]) await removeTree(record);
  for (const folder of [state.between, state.retained]) await removeTree(folder);
  await renewFolder(state.staging);
}

/** Windows holds the name of a removed folder until whoever looks at it lets go. */
async function renewFolder(folder: string): Promise<void> {
  await removeTree(folder);
  await stubbornly(() => mkdir(folder, { mode: 0o700 }));
}

/**
 * Remove everything a finished or abandoned job left: staged files, old files, its records, and manifests of
 * neither the installed nor the kept build.
 */
export async function clearJob(state: StateFolder): Promise<void> {
  for (const folder of [state.aside, state.staging]) await renewFolder(folder);
  const kept = await readKeptBuild(state);
  if (kept === undefined) await discardKept(state);
  const installed = await readInstalledRecord(state);
  const known = new Set([installed?.build.manifestSha256, installed?.mixedWith, kept?.build.manifestSha256]);
  for (const name of await readdir(state.manifests)) {
    if (!known.has(name)) await unlinkStubbornly(path.join(state.manifests, name));
  }
  for (const place of [state.between, state.retained, state.commitList, state.steps]) await removeTree(place);
  // What a move that was never finished had copied to here.
  if ((await readJournal(state.moveJournal))?.begin.to === state.root) await removeTree(state.moveJournal);
  for (const place of [state.moving, state.moveList]) await removeTree(place);
  await removeUnfinished(state);
  await removeTree(state.journal);
  await flushFolder(state.folder);
}
