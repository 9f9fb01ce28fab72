import { clearJob } from './clear-job.ts';
import { typed } from './install-errors.ts';
import type { InstallJob } from './job/install-job.ts';
import { type InstallState, readInstallState } from './install-state.ts';
import { Journal } from './state/journal.ts';
import { discardKept } from './commit/kept-build.ts';
import { discardMove } from './move/settle-move.ts';
import { type MoveJob, type MoveOutcome, moveInstall } from './move/move-install.ts';
import { removeEmptyRoot, removeInstall } from './remove-install.ts';
import { findStateFolder } from './state/state-folder.ts';
import { withInstall } from './with-install.ts';

/** What can be done with an install: the one list its callers choose from. */
export { adoptFolder } from './adopt-folder.ts';
export { installBuild, preloadBuild, updateBuild } from './install-build.ts';
export type { BuildJob, BuildReference, InstallOutcome, InstallPorts } from './job/install-job.ts';
export { type InstallState, readInstallState } from './install-state.ts';
export { planAdoption, planBuildJob } from './plan-job.ts';
export { repairInstall } from './repair-install.ts';
export { rollBack } from './roll-back.ts';
export { verifyInstall } from './verify-install.ts';

/** Give up the files kept for a rollback. */
export function discardPrevious(root: string): Promise<void> {
  return withInstall(root, discardKept);
}

/** Remove an install. Preserved files stay unless asked otherwise, unknown ones always. */
export async function uninstall(job: InstallJob & { readonly keepPreserved?: boolean }): Promise<void> {
  const keepPreserved = job.keepPreserved ?? true;
  const state = await typed(() => findStateFolder(job.root));
  if (state === undefined) return;
  await withInstall(job.root, async (opened) => {
    await discardMove(opened);
    await (await Journal.create(opened.journal, { job: 'uninstall', build: null, keepPreserved })).close();
    await removeInstall(opened, { keepPreserved });
  });
  await typed(() => removeEmptyRoot(state));
}

/** Give up a stopped job or move and free what it staged or copied; the installed build stays. */
export function discardStaging(root: string): Promise<void> {
  return withInstall(root, async (state) => {
    await discardMove(state);
    await clearJob(state);
  });
}

/** As {@link moveInstall} with errors of the file system typed. */
export function moveTo(job: MoveJob): Promise<MoveOutcome> {
  return typed(() => moveInstall(job));
}

/**
 * Finish or undo what a crash left; every other call does so first as well.
 * @throws {AppError} `INSTALL_MOVED` when that was a move to another folder.
 */
export function recover(root: string): Promise<InstallState> {
  return typed(async () => {
    const state = await findStateFolder(root);
    if (state !== undefined) await withInstall(root, async () => {});
    const found = await readInstallState(root);
    if (state !== undefined && found.installed === null && found.pending === null)
      await removeEmptyRoot(state);
    return found;
  });
}
