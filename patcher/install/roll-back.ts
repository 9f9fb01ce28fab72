import { applyBuild } from './apply-build.ts';
import { installErrors } from './install-errors.ts';
import type { InstallOutcome, RollBackJob } from './job/install-job.ts';
import { keptFor } from './commit/kept-build.ts';
import { lookAtInstalled } from './verify/look-at-installed.ts';
import { runBuild } from './run-build.ts';
import { askedFor, runJob } from './job/run-job.ts';
import { withExisting } from './with-install.ts';

/**
 * Return to the build before the last update: at once where its files were kept, without asking the network for
 * anything that hashes right; else to the given build by whichever route leads there.
 * @param job.build The build to return to; only needed where none is kept, or another is wanted.
 * @throws {AppError} `INSTALL_NO_PREVIOUS`
 */
export function rollBack(job: RollBackJob): Promise<InstallOutcome> {
  return withExisting(job.root, async (state, pending) => {
    const kept = await keptFor(job.build, state);
    if (kept === undefined) {
      if (job.build === undefined) throw installErrors.error('INSTALL_NO_PREVIOUS');
      return runBuild({ ...job, build: job.build }, state, pending);
    }
    return runJob(job, askedFor('roll back', kept.build, state), async (tools) =>
      applyBuild({
        state,
        build: kept.build,
        next: kept.manifest,
        ...(await lookAtInstalled(state, kept.manifest, job.signal)),
        diskMode: 'whole',
        patches: [],
        pending,
        keepReplaced: job.keepReplaced ?? false,
        kept,
        ...tools,
        signal: job.signal,
        onPlan: job.onPlan,
      }),
    );
  });
}
