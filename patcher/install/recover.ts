import { clearOrphans, finishJob } from './clear-job.ts';
import { type CommitList, readCommitList } from './commit/commit-list.ts';
import { moveAside, putInPlace, undoCommit } from './commit/commit.ts';
import { writeDurably } from './disk/durable-files.ts';
import { installErrors } from './install-errors.ts';
import { writeInstalledBuild } from './state/installed-build.ts';
import { Journal, readJournal, renewJournal } from './state/journal.ts';
import type { JobState, JournalContent } from './state/journal-format.ts';
import { settleMove } from './move/settle-move.ts';
import { noteRescues } from './commit/rescue-note.ts';
import { SafeTree } from './disk/safe-tree.ts';
import type { StateFolder } from './state/state-folder.ts';
import { removeInstall } from './remove-install.ts';

/** What recovery found. */
export type Recovered =
  /** The install is here; `pending` is a job that can be resumed. */
  | { readonly kind: 'here'; readonly pending: JournalContent | undefined }
  /** A move had switched: the install is elsewhere, and nothing of it is left here. */
  | { readonly kind: 'moved'; readonly to: StateFolder };

/**
 * Bring an install to rest after a crash: a move that had switched and a commit that had begun are finished, one
 * that was being undone is undone, a finished job is cleared. What is still being staged is left for its job to
 * resume. The caller holds the lock.
 */
export async function recoverInstall(state: StateFolder): Promise<Recovered> {
  const move = await settleMove(state);
  if (move.kind === 'moved') return { kind: 'moved', to: move.to };
  return { kind: 'here', pending: await recoverJob(state) };
}

async function recoverJob(state: StateFolder): Promise<JournalContent | undefined> {
  const content = await readJournal(state.journal);
  if (content === undefined) {
    await clearOrphans(state);
    return undefined;
  }
  await renewJournal(state.journal, content);
  if (content.begin.job === 'uninstall') {
    await removeInstall(state, { keepPreserved: content.begin.keepPreserved !== false });
    return undefined;
  }
  if (content.state === 'done') {
    await finishJob(state);
    return undefined;
  }
  if (!['committing', 'moved-aside', 'rolling-back'].includes(content.state)) return content;
  const journal = await Journal.resume(state.journal, content);
  try {
    const list = await readCommitList(state);
    if (list === undefined) throw installErrors.error('INSTALL_STATE_DAMAGED', { path: state.commitList });
    if (content.state === 'rolling-back') await rollBack(state, journal, list);
    else await rollForward(state, journal, list, content.state);
  } finally {
    await journal.close();
  }
  return recoverJob(state);
}

/** Take all steps of a commit; if one cannot be taken, undo them all and say why. */
export async function commit(state: StateFolder, journal: Journal, list: CommitList): Promise<void> {
  await writeDurably(state.commitList, JSON.stringify(list));
  await noteRescues(state, list.rescue);
  await journal.state('committing');
  await rollForward(state, journal, list, 'committing');
}

async function rollForward(
  state: StateFolder,
  journal: Journal,
  list: CommitList,
  from: JobState,
): Promise<void> {
  const place = { tree: new SafeTree(state.root), state };
  try {
    if (from === 'committing') {
      await moveAside(list, place);
      await journal.state('moved-aside');
    }
    await putInPlace(list, place);
  } catch (error) {
    await rollBack(state, journal, list);
    throw error;
  }
  // The one moment of the switch: from here on the install is the new build.
  await writeInstalledBuild(state, list.build);
  await journal.state('done');
}

async function rollBack(state: StateFolder, journal: Journal, list: CommitList): Promise<void> {
  await journal.state('rolling-back');
  await undoCommit(list, { tree: new SafeTree(state.root), state });
  await journal.state('verified');
}
