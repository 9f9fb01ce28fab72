import type { RouteWork, TimeEstimate } from '../../patcher/plan/estimate-time.ts';
import type { InstallPlan } from '../../preload/contract.ts';
import { measureLocation } from '../settings/settings.ts';
import type { QueuedJob } from './jobs/install-queue.ts';
import { interruption } from './jobs/job-runner.ts';
import type { PatcherPort } from './patcher-port.ts';

const PLAN_MS = 60_000;
/** All of the folder is read: a large game on a slow drive takes its time. */
const ADOPTION_PLAN_MS = 3_600_000;

type PlannedJob = QueuedJob & { readonly reason: InstallPlan['reason'] };
type PlanPort = Pick<PatcherPort, 'plan' | 'keptBuild'>;

/** Says what a job would download, write and need, before it is queued. */
export interface InstallPlanner {
  /** @throws {AppError} `INSTALL_CANCELLED` when {@link cancelAdoption} or another look at a copy of the game ended this one. */
  readonly plan: (job: PlannedJob) => Promise<InstallPlan>;
  readonly cancelAdoption: (gameId: string) => void;
  /** Give up all that is being planned. */
  readonly close: () => void;
}

/** @param estimate How long a plan's work takes. */
export function createInstallPlanner(
  patcher: PlanPort,
  estimate: (work: RouteWork) => TimeEstimate,
): InstallPlanner {
  /** Looks at copies that are under way, by game. */
  const looks = new Map<string, AbortController>();
  const closing = new AbortController();
  const within = (ms: number) => AbortSignal.any([closing.signal, AbortSignal.timeout(ms)]);
  const planJob = async (job: PlannedJob, signal: AbortSignal): Promise<InstallPlan> => {
    const { gameId, depot, channel, folder, oldBuildId, reason, build } = job;
    const patchJob = { gameId, depot, channel, folder, oldBuildId, reason, buildId: build.buildId };
    const [plan, location, kept] = await Promise.all([
      patcher.plan(patchJob, signal),
      measureLocation(folder),
      patcher.keptBuild(folder),
    ]);
    const { seconds: estimatedSeconds, assumed: assumedSpeed } = estimate(plan);
    return {
      gameId,
      build,
      reason,
      folder,
      route: plan.route,
      patchHops: plan.patchHops,
      requests: plan.requests,
      downloadBytes: plan.downloadBytes,
      fullBytes: plan.fullBytes,
      diskPeakBytes: plan.diskPeakBytes,
      lowSpacePeakBytes: plan.lowSpacePeakBytes,
      freeBytes: location.freeBytes,
      keptBytes: kept?.sizeBytes ?? 0,
      estimatedSeconds,
      assumedSpeed,
    };
  };
  const planAdoption = async (job: PlannedJob) => {
    const { gameId } = job;
    const look = new AbortController();
    // One folder at a time: who asks for another has given the first up.
    looks.get(gameId)?.abort();
    looks.set(gameId, look);
    try {
      return await planJob(job, AbortSignal.any([look.signal, within(ADOPTION_PLAN_MS)]));
    } catch (error) {
      throw look.signal.aborted ? interruption(gameId, 'cancelled') : error;
    } finally {
      if (looks.get(gameId) === look) looks.delete(gameId);
    }
  };
  return {
    plan: (job) => (job.reason === 'adopt' ? planAdoption(job) : planJob(job, within(PLAN_MS))),
    cancelAdoption: (gameId) => looks.get(gameId)?.abort(),
    close: () => closing.abort(),
  };
}
