import { systemClock } from '../download/clock.ts';
import { compilePreserveRules } from '../paths/preserve-rules.ts';
import { installErrors } from './install-errors.ts';
import type { InstallJob } from './install-job.ts';
import { readInstalledBuild, readInstalledManifest } from './installed-build.ts';
import { ProgressMeter } from './progress.ts';
import { SafeTree } from './safe-tree.ts';
import type { StateFolder } from './state-folder.ts';
import { type VerifyReport, verifyTree } from './verify-tree.ts';
import { withExisting } from './with-install.ts';

/** Hash the whole install. @throws {AppError} `INSTALL_ABSENT`; the signal's reason. */
export function verifyInstall(job: InstallJob): Promise<VerifyReport> {
  return withExisting(job.root, async (state) => (await verifyState(job, state)).report);
}

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
