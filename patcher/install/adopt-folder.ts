import { adoptTree } from './verify/adopt-tree.ts';
import { applyBuild } from './apply-build.ts';
import type { BuildJob, InstallOutcome } from './job/install-job.ts';
import { nothing } from './verify/look-at-installed.ts';
import { askedFor, identityOf, manifestOf, runJob } from './job/run-job.ts';
import { SafeTree } from './disk/safe-tree.ts';
import { withInstall } from './with-install.ts';

/**
 * Make an install of a folder that already holds files, whatever version they are: what fits is kept or reused,
 * the rest fetched. Files the build does not know stay.
 */
export function adoptFolder(job: BuildJob): Promise<InstallOutcome> {
  return withInstall(job.root, (state, pending) =>
    runJob(job, askedFor('adopt', identityOf(job.build), state), async (tools) => {
      const next = await manifestOf(job, state, tools.fetcher);
      tools.meter.enter('verifying');
      const installed = await adoptTree(new SafeTree(state.root), next, job.signal);
      return applyBuild({
        state,
        build: identityOf(job.build),
        next,
        installed,
        isOurs: nothing,
        diskMode: job.diskMode ?? 'auto',
        batchBytes: job.batchBytes,
        patches: [],
        pending,
        keepReplaced: false,
        kept: undefined,
        ...tools,
        signal: job.signal,
        onPlan: job.onPlan,
      });
    }),
  );
}
