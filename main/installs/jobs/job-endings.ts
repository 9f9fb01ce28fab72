import type { Download } from '../../../preload/contract.ts';
import type { Clock } from '../../clock.ts';
import type { LibraryService } from '../../library/library.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { DownloadBoard } from '../downloads/download-board.ts';
import type { QueuedJob } from './install-queue.ts';
import { codeOf, interruption, type JobRunnerPorts } from './job-runner.ts';
import type { JobWaiters } from './job-waiters.ts';
import type { SpeedMemory } from '../downloads/measured-speeds.ts';
import { deliveryReasonOf, type OutcomeReporter } from '../outcomes.ts';
import type { PatcherPort } from '../patcher-port.ts';
import { noticeOf, titleOf } from './result-notice.ts';
import { recordOf } from './result-record.ts';

export interface EndingPorts {
  readonly patcher: PatcherPort;
  readonly library: LibraryService;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly outcomes: OutcomeReporter;
  readonly speeds: SpeedMemory;
}

/** What follows when a job ends, whichever way. */
export interface JobEndings extends Pick<JobRunnerPorts, 'onDone' | 'onFailed' | 'onCancelled'> {
  /** A job's time counts from now. */
  readonly noteStart: (gameId: string) => void;
}

export function createJobEndings(
  ports: EndingPorts,
  { waiters, board }: { readonly waiters: JobWaiters; readonly board: DownloadBoard },
): JobEndings {
  const { library, state, clock } = ports;
  const startedAt = new Map<string, number>();

  const report = (job: QueuedJob, download: Download, ending: { error?: unknown; cancelled?: boolean }) => {
    if (job.reason === 'verify' || job.reason === 'move') return Promise.resolve();
    const outcome = ending.cancelled ? 'cancelled' : ending.error === undefined ? 'done' : 'failed';
    const begun = startedAt.get(job.gameId) ?? clock.now();
    startedAt.delete(job.gameId);
    return ports.outcomes.report({
      gameId: job.gameId,
      depot: job.depot,
      buildId: job.build.buildId,
      oldBuildId: job.oldBuildId,
      reason: deliveryReasonOf(job.reason),
      outcome,
      route: download.route === null || download.route === 'none' ? 'chunks' : download.route,
      downloadedBytes: download.downloadedBytes,
      durationMs: Math.max(0, Math.round(clock.now() - begun)),
      ...(ending.error === undefined ? {} : { errorCode: codeOf(ending.error) }),
    });
  };

  return {
    noteStart: (gameId) => void startedAt.set(gameId, clock.now()),
    onDone: async (result, download) => {
      const { job } = result;
      await library.setInstalled(job.gameId, recordOf(result, library, clock));
      if (job.reason === 'roll-back') await stayThere(ports, job.gameId);
      board.addFinished(download);
      state.notice(noticeOf(result, library));
      await ports.speeds.keep();
      // After the result is safe: a service that cannot be told is told later.
      await report(job, download, {});
      waiters.resolve(job.gameId, result);
    },
    onFailed: async (job, error, download, again) => {
      waiters.reject(job.gameId, error);
      // One that is tried again by itself has been told of; its card counts down.
      if (again) return;
      state.notice({
        kind: 'failure',
        title: titleOf(library, job.gameId),
        text: download.failure?.message ?? '',
        gameId: job.gameId,
      });
      await report(job, download, { error });
    },
    onCancelled: async (job, download) => {
      if (job.reason !== 'verify') await discardJob(ports, job);
      waiters.reject(job.gameId, interruption(job.gameId, 'cancelled'));
      await report(job, download, { cancelled: true });
    },
  };
}

/** Give up what a job has made; what lay ready beside the install goes with it. */
export async function discardJob(
  { patcher, library }: Pick<EndingPorts, 'patcher' | 'library'>,
  { gameId, folder }: QueuedJob,
): Promise<void> {
  await patcher.discard(folder);
  const record = library.installed(gameId);
  if (record !== undefined && record.preloadedBuildId !== null)
    await library.setInstalled(gameId, { ...record, preloadedBuildId: null });
}

/** An update that comes by itself would undo what the player asked for. */
async function stayThere(
  { state, library }: Pick<EndingPorts, 'state' | 'library'>,
  gameId: string,
): Promise<void> {
  const game = state.get('library').games.find((each) => each.gameId === gameId);
  if (game?.updatePolicy === 'automatic' || game?.updatePolicy === 'scheduled')
    await library.setPreference(gameId, { updatePolicy: 'ask' });
}
