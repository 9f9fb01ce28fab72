import { TOUCHING_ONLY } from '../download/coalesce-ranges.ts';
import { applyBuild } from './apply-build.ts';
import type { InstallOutcome, NetworkJob } from './install-job.ts';
import { everything } from './look-at-installed.ts';
import { packPath } from './object-paths.ts';
import { askedFor, runJob } from './run-job.ts';
import { verifyState } from './verify-install.ts';
import type { VerifyReport } from './verify-tree.ts';
import { withExisting } from './with-install.ts';

/** Verify, then fetch and replace what is damaged. @returns The outcome and what was found. */
export function repairInstall(job: NetworkJob): Promise<{ outcome: InstallOutcome; report: VerifyReport }> {
  return withExisting(job.root, async (state, pending) => {
    const { report, installed, build } = await verifyState(job, state);
    const outcome = await runJob(job, askedFor('repair', build, state), (fetcher, meter) =>
      applyBuild({
        state,
        build,
        next: installed.manifest,
        installed,
        isOurs: everything,
        diskMode: 'whole',
        // What is damaged is little: its requests are few, and no byte is fetched that was not.
        coalescing: TOUCHING_ONLY,
        patches: [],
        pending,
        keepReplaced: false,
        kept: undefined,
        fetcher,
        packPath,
        meter,
        signal: job.signal,
        onPlan: job.onPlan,
      }),
    );
    return { outcome, report };
  });
}
