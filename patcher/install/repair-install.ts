import { TOUCHING_ONLY } from '../download/coalesce-ranges.ts';
import { applyBuild } from './apply-build.ts';
import { planBuild } from './job/plan-build.ts';
import { installErrors } from './install-errors.ts';
import type { InstallOutcome, NetworkJob } from './job/install-job.ts';
import { everything } from './verify/look-at-installed.ts';
import { askedFor, runJob } from './job/run-job.ts';
import { SafeTree } from './disk/safe-tree.ts';
import type { StateFolder } from './state/state-folder.ts';
import { verifyState } from './verify-install.ts';
import type { VerifyReport } from './verify/verify-tree.ts';
import { withReadable } from './with-install.ts';

export interface Repair {
  readonly outcome: InstallOutcome;
  /** What was found. */
  readonly report: VerifyReport;
}

/**
 * Verify, then fetch and replace what is damaged.
 * @throws {AppError} `INSTALL_NOT_REPAIRABLE` where something is damaged and nothing can be written; the same as an update.
 */
export function repairInstall(job: NetworkJob): Promise<Repair> {
  return withReadable(
    job.root,
    async (state, pending) => {
      const { report, installed, build } = await verifyState(job, state);
      const outcome = await runJob(job, askedFor('repair', build, state), (tools) =>
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
          ...tools,
          signal: job.signal,
          onPlan: job.onPlan,
        }),
      );
      return { outcome, report };
    },
    (state, refusal) => findNothingToRepair(job, state, refusal),
  );
}

/** Where nothing can be written, a repair is done only if there is nothing to do. */
async function findNothingToRepair(job: NetworkJob, state: StateFolder, refusal: unknown): Promise<Repair> {
  const { report, installed } = await verifyState(job, state);
  const damagedFiles = new Set(report.damage.map(({ path }) => path)).size;
  if (damagedFiles > 0) {
    throw installErrors.error('INSTALL_NOT_REPAIRABLE', { damagedFiles, path: state.root }, refusal);
  }
  const input = { next: installed.manifest, installed, isOurs: everything, patches: [], signal: job.signal };
  const outcome = await runJob(job, { kind: 'read' }, async (tools) => {
    const { plan } = await planBuild({ ...input, ...tools }, new SafeTree(state.root), new Map(), undefined);
    return plan;
  });
  return { outcome, report };
}
