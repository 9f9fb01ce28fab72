import { applyBuild } from './apply-build.ts';
import { resumeSteps } from './low-space/run-steps.ts';
import type { BuildJob, InstallOutcome } from './job/install-job.ts';
import type { JournalContent } from './state/journal-format.ts';
import { keptFor } from './commit/kept-build.ts';
import { lookAtInstalled } from './verify/look-at-installed.ts';
import { askedFor, identityOf, manifestOf, pathsOf, runJob } from './job/run-job.ts';
import { readInstalledBuild } from './state/installed-build.ts';
import type { StateFolder } from './state/state-folder.ts';

/** From so many bytes on a manifest is of a build that is written on threads: it has 40 for each chunk, and more for a file. */
const MANIFEST_BYTES_MIN = 8 * 1024;

export async function runBuild(
  job: BuildJob,
  state: StateFolder,
  pending: JournalContent | undefined,
  hold = false,
): Promise<InstallOutcome> {
  const build = identityOf(job.build);
  return runJob(job, hold ? { kind: 'staged' } : askedFor('build', build, state), async (tools) => {
    if (await fetchesAll(job, state, pending)) tools.threads.prepare();
    const next = await manifestOf(job, state, tools.fetcher);
    const { signal, onPlan, speeds, prefer } = job;
    const patches = pathsOf(job);
    const common = { ...tools, state, build, next, patches, speeds, prefer, signal, onPlan };
    if (pending?.batch !== undefined && pending.begin.build?.manifestSha256 === build.manifestSha256) {
      const resumed = await resumeSteps({ ...common, pending });
      if (resumed !== undefined) return resumed;
    }
    return applyBuild({
      ...common,
      ...(await lookAtInstalled(state, next, signal)),
      diskMode: job.diskMode ?? 'auto',
      batchBytes: job.batchBytes,
      hold,
      pending,
      keepReplaced: job.keepReplaced ?? false,
      // Forward again after a rollback is a rollback too.
      kept: await keptFor(job.build, state),
    });
  });
}

/** Where everything is to be fetched threads start with the job: they take about as long as its manifest and its plan. */
async function fetchesAll(
  { build }: BuildJob,
  state: StateFolder,
  pending: JournalContent | undefined,
): Promise<boolean> {
  if (pending !== undefined || build.manifest.sizeBytes < MANIFEST_BYTES_MIN) return false;
  return (await readInstalledBuild(state)) === undefined;
}
