import type { BuildJob, InstallOutcome } from './job/install-job.ts';
import { runBuild } from './run-build.ts';
import { withExisting, withInstall } from './with-install.ts';

/**
 * Install a build, or bring an existing install to it. Resumes a stopped call for the same build.
 * @throws {AppError} `INSTALL_…`, `DOWNLOAD_…`, `FORMAT_…`, `PATH_…`.
 */
export function installBuild(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) => runBuild(job, state, pending));
}

/**
 * Download and check a build before its time, without switching to it: the installed build stays playable, and
 * {@link installBuild} of the same build later commits what lies ready, without asking the network for anything.
 * Another job for another build makes it void. Never replaces files as it goes, whatever the disk.
 */
export function preloadBuild(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) =>
    runBuild({ ...job, diskMode: 'whole' }, state, pending, true),
  );
}

/** As {@link installBuild}, but only where a build is installed. @throws {AppError} `INSTALL_ABSENT` */
export function updateBuild(job: BuildJob): Promise<InstallOutcome> {
  return withExisting(job.root, (state, pending) => runBuild(job, state, pending));
}
