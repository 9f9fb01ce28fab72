import { copyFile, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder } from '../disk/durable-files.ts';
import { installErrors } from '../install-errors.ts';
import type { JournalContent } from '../state/journal-format.ts';
import { Journal, readJournal } from '../state/journal.ts';
import { carryRescues } from '../commit/rescue-note.ts';
import { lstatOrUndefined } from '../disk/safe-tree.ts';
import type { StateFolder } from '../state/state-folder.ts';

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
