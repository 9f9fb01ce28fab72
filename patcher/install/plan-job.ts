import { realpath } from 'node:fs/promises';
import { systemClock } from '../download/clock.ts';
import type { Plan } from '../plan/plan.ts';
import { adoptTree } from './verify/adopt-tree.ts';
import { withBothPeaks } from './job/choose-disk.ts';
import { planBuild } from './job/plan-build.ts';
import { typed } from './install-errors.ts';
import type { BuildJob } from './job/install-job.ts';
import { readJournal } from './state/journal.ts';
import { findKeptEntries, keptFor, wholeOf } from './commit/kept-build.ts';
import { everything, lookAtInstalled, nothing } from './verify/look-at-installed.ts';
import { ProgressMeter } from './install-progress.ts';
import { fetchManifest, keptManifest, makeFetcher, pathsOf } from './job/run-job.ts';
import { SafeTree } from './disk/safe-tree.ts';
import { WORTH_THREADS_BYTES } from './staging/writing/writer-threads.ts';
import { findStateFolder } from './state/state-folder.ts';

/** What {@link installBuild} would do: exact figures, nothing touched. */
export function planBuildJob(job: BuildJob): Promise<Plan> {
  return typed(async () => {
    const fetcher = makeFetcher(job.ports);
    const state = await findStateFolder(job.root);
    const next = (await keptManifest(state, job.build)) ?? (await fetchManifest(fetcher, job)).manifest;
    const root = state?.root ?? (await realpath(job.root).catch(() => job.root));
    const tree = new SafeTree(root);
    const old =
      state === undefined
        ? { installed: null, isOurs: everything }
        : await lookAtInstalled(state, next, job.signal);
    const content = state === undefined ? undefined : await readJournal(state.journal);
    const same = content?.begin.build?.manifestSha256 === job.build.manifest.sha256;
    const staged = new Map(same ? content?.staged : undefined);
    const previous = state === undefined ? undefined : await keptFor(job.build, state);
    for (const entry of previous === undefined ? [] : findKeptEntries(previous, next).keys()) {
      if (staged.get(entry) !== 'complete') staged.set(entry, wholeOf(next, entry));
    }
    const meter = new ProgressMeter(undefined, systemClock);
    const { signal, speeds, prefer } = job;
    const inputs = { next, ...old, patches: pathsOf(job), fetcher, meter, signal, speeds, prefer };
    const planned = await planBuild(inputs, tree, staged, same ? state?.between : undefined);
    if (state === undefined && planned.plan.figures.writeBytes >= WORTH_THREADS_BYTES) await standBy(job);
    return withBothPeaks(planned);
  });
}

/** An install mostly follows its plan: where threads are kept for the next job, they start while the plan is looked at. */
async function standBy({ ports: { threads } }: BuildJob): Promise<void> {
  await using _ = threads?.use();
  threads?.prepare();
}

/** What {@link adoptFolder} would keep, reuse and fetch: every file is read, nothing touched. */
export function planAdoption(job: BuildJob): Promise<Plan> {
  return typed(async () => {
    const fetcher = makeFetcher(job.ports);
    const { manifest: next } = await fetchManifest(fetcher, job);
    const tree = new SafeTree(await realpath(job.root));
    const meter = new ProgressMeter(job.onProgress, job.ports.clock ?? systemClock);
    meter.enter('verifying');
    const installed = await adoptTree(tree, next, job.signal);
    const { signal, speeds, prefer } = job;
    const inputs = { next, installed, patches: [], fetcher, meter, signal, isOurs: nothing, speeds, prefer };
    return withBothPeaks(await planBuild(inputs, tree, new Map(), undefined));
  });
}
