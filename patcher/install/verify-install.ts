import { systemClock } from '../download/clock.ts';
import { compilePreserveRules } from '../paths/preserve-rules.ts';
import { installErrors } from './install-errors.ts';
import type { InstallJob } from './job/install-job.ts';
import { readInstalledBuild, readInstalledManifest } from './state/installed-build.ts';
import { ProgressMeter } from './install-progress.ts';
import { SafeTree } from './disk/safe-tree.ts';
import type { StateFolder } from './state/state-folder.ts';
import { type VerifyReport, verifyTree } from './verify/verify-tree.ts';
import { withReadable } from './with-install.ts';

/**
 * Hash the whole install. Where it cannot be written to, nothing is: what is there is taken as it is.
 * @throws {AppError} `INSTALL_ABSENT`; the signal's reason.
 */
export function verifyInstall(job: InstallJob): Promise<VerifyReport> {
  const verify = async (state: StateFolder) => (await verifyState(job, state)).report;
  return withReadable(job.root, verify, verify);
}

/** As {@link verifyInstall}, with what a repair needs of it. The caller has the lock, or cannot write. */
export async function verifyState(job: InstallJob, state: StateFolder) {
  const build = await readInstalledBuild(state);
  if (build === undefined) throw installErrors.error('INSTALL_ABSENT');
  const manifest = await readInstalledManifest(state, build);
  const meter = new ProgressMeter(job.onProgress, systemClock);
  const total = manifest.entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0),
    0,
  );
  meter.setTotals({ downloadBytes: 0, writeBytes: total, savedBytes: 0 });
  meter.enter('verifying');
  const isPreserved = compilePreserveRules(manifest.preserve);
  const verified = await verifyTree(new SafeTree(state.root), manifest, {
    signal: job.signal,
    onBytes: (bytes) => meter.written(bytes),
    isPreserved,
  });
  return { ...verified, build };
}
