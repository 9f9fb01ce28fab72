import { rm } from 'node:fs/promises';
import { flushFolder, writeDurably } from '../disk/durable-files.ts';
import { Journal, readJournal } from '../state/journal.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { type MoveFile, type MoveList, keyOf, readMoveList } from './move-list.ts';

/** What is known of a file's copy: how much is written, and of which state of the source. */
export interface Copied {
  readonly file: MoveFile;
  readonly haveBytes: number;
  readonly complete: boolean;
}

/** What an earlier call has copied, by {@link keyOf}. */
export async function readCopied(to: StateFolder): Promise<Map<string, Copied>> {
  const [list, journal] = [await readMoveList(to.moveList), await readJournal(to.moveJournal)];
  const copied = new Map<string, Copied>();
  if (list === undefined || journal === undefined) return copied;
  for (const [index, have] of journal.staged) {
    const file = list.entries[index];
    if (file?.kind !== 'file') continue;
    const complete = have === 'complete';
    // Notes of one file come in order, so that together they are its beginning.
    const [begin] = complete ? [] : have.ranges();
    const haveBytes = begin?.[0] === 0 ? begin[1] : 0;
    copied.set(keyOf(file), { file, haveBytes: complete ? file.sizeBytes : haveBytes, complete });
  }
  return copied;
}

/**
 * What is copied is noted by the numbers of a list. Notes of the same list go on; with another they are written anew,
 * and the old ones go first: a kill between the two would have them speak of other files.
 */
export async function openNotes(
  { from, to }: { readonly from: StateFolder; readonly to: StateFolder },
  list: MoveList,
  carried: ReadonlyMap<number, Copied>,
): Promise<Journal> {
  const notes = await readJournal(to.moveJournal);
  if (notes !== undefined && isSameList(await readMoveList(to.moveList), list)) {
    const journal = await Journal.resume(to.moveJournal, notes);
    return closedUnless(journal, () => {
      for (const index of notes.staged.keys()) if (!carried.has(index)) journal.dropped(index);
    });
  }
  await rm(to.moveJournal, { force: true });
  await flushFolder(to.folder);
  await writeDurably(to.moveList, JSON.stringify(list));
  const begin = { job: 'move' as const, build: null, from: from.root, to: to.root, how: 'copy' as const };
  const journal = await Journal.create(to.moveJournal, begin);
  return closedUnless(journal, () => {
    for (const [index, { file, haveBytes, complete }] of carried) {
      if (complete) journal.staged(index, { sizeBytes: file.sizeBytes, modifiedMs: file.modifiedMs });
      else noteBeginning(journal, index, haveBytes);
    }
  });
}

/** @returns The journal, once what it is to hold was written. */
async function closedUnless(journal: Journal, write: () => void): Promise<Journal> {
  try {
    write();
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Extents are at most 4 GiB, so a long beginning is more than one. */
export function noteBeginning(journal: Journal, index: number, haveBytes: number): void {
  const most = 2 ** 31;
  for (let at = 0; at < haveBytes; at += most) journal.extent(index, at, Math.min(most, haveBytes - at));
}

export function isSameList(one: MoveList | undefined, other: MoveList): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
