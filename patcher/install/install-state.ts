import { typed } from './install-errors.ts';
import { readInstalledRecord } from './state/installed-build.ts';
import type { BuildIdentity, JobBegin, JobState } from './state/journal-format.ts';
import { readJournal } from './state/journal.ts';
import { readKeptBuild } from './commit/kept-build.ts';
import { findStateFolder } from './state/state-folder.ts';

/** What lies in a folder. */
export interface InstallState {
  readonly installed: BuildIdentity | null;
  /**
   * False while an update that replaces files as it goes has not ended: neither build is there whole. The same
   * update resumes; any other job looks at every file first.
   */
  readonly playable: boolean;
  /** A job that was begun and has not ended. */
  readonly pending: {
    readonly job: JobBegin['job'];
    readonly build: BuildIdentity | null;
    readonly state: JobState;
  } | null;
  /** A move that was begun: not yet switched, or not yet finished. */
  readonly moving: { readonly to: string; readonly state: JobState } | null;
  /** The build that {@link rollBack} returns to without a download, and the disk space this costs. */
  readonly previous: { readonly build: BuildIdentity; readonly sizeBytes: number } | null;
}

/** Read what an install is, without changing anything. */
export function readInstallState(root: string): Promise<InstallState> {
  return typed(async () => {
    const state = await findStateFolder(root);
    if (state === undefined)
      return { installed: null, playable: false, pending: null, moving: null, previous: null };
    const content = await readJournal(state.journal);
    const pending =
      content === undefined || content.state === 'done'
        ? null
        : { job: content.begin.job, build: content.begin.build, state: content.state };
    const move = await readJournal(state.moveJournal);
    const to = move?.begin.to;
    // A record that leads to its own install is that of the receiving end.
    const moving =
      move === undefined || to === undefined || to === state.root ? null : { to, state: move.state };
    const kept = await readKeptBuild(state);
    const previous = kept === undefined ? null : { build: kept.build, sizeBytes: kept.sizeBytes };
    const record = await readInstalledRecord(state);
    const playable = record !== undefined && record.mixedWith === undefined;
    return { installed: record?.build ?? null, playable, pending, moving, previous };
  });
}
