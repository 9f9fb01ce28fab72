import type { Download, InstallPlan, Settings } from '../../preload/contract.ts';
import type { Clock } from '../clock.ts';
import type { FailureDoctor } from '../diagnostics/failure-doctor.ts';
import type { LibraryService } from '../library/library.ts';
import type { StateStore } from '../state/state-store.ts';
import { queueAutomaticUpdates } from './automatic-updates.ts';
import { createDownloadBoard, type DownloadBoard } from './downloads/download-board.ts';
import { applyLimit, estimatePlan, watchPace, windowOpensAt } from './downloads/download-pace.ts';
import { createInstallPlanner, type InstallPlanner } from './install-planner.ts';
import type { InstallQueue } from './jobs/install-queue.ts';
import { createInstallRequests, type InstallRequests, jobFor } from './install-requests.ts';
import { createJobEndings, type JobEndings } from './jobs/job-endings.ts';
import { JobRunner, type JobResult } from './jobs/job-runner.ts';
import { newestOf } from './jobs/job-target.ts';
import { JobWaiters } from './jobs/job-waiters.ts';
import type { SpeedMemory } from './downloads/measured-speeds.ts';
import type { OutcomeReporter } from './outcomes.ts';
import type { PatcherPort } from './patcher-port.ts';
import { createQueueControl, type QueueControl } from './jobs/queue-control.ts';
import { type BuildPair, createUpdateSizes } from './update-sizes.ts';

export interface InstallsPorts {
  readonly queue: InstallQueue;
  readonly patcher: PatcherPort;
  readonly library: LibraryService;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly outcomes: OutcomeReporter;
  readonly speeds: SpeedMemory;
  readonly doctor: FailureDoctor;
  readonly platform: NodeJS.Platform;
  readonly isRunning: (gameId: string) => boolean;
  readonly isAnythingRunning: () => boolean;
}

/** Everything that is done with installs: what players ask for, the queue it waits in, and what they see of it. */
export interface InstallsService
  extends InstallRequests,
    Omit<QueueControl, 'enqueue' | 'replaceWaiting'>,
    Pick<InstallPlanner, 'cancelAdoption'>,
    Pick<DownloadBoard, 'clearFinished'> {
  /** What a job would download, write and take. `cancelAdoption` ends a look at a copy, which then rejects with `INSTALL_CANCELLED`. */
  readonly plan: (gameId: string, reason: InstallPlan['reason'], folder?: string) => Promise<InstallPlan>;
  /** Put the queue into the state as it is, for hosts that do not start it. */
  readonly showQueue: () => void;
  readonly downloadOf: (gameId: string) => Download | undefined;
  /** Where a queued or installed game is. */
  readonly folderOf: (gameId: string) => string | undefined;
  /** What an update would download, as far as it has been planned. */
  readonly updateBytesOf: (pair: BuildPair) => number | null;
  /** Plan the updates that wait, so that their sizes are known. Never rejects. */
  readonly planUpdates: () => Promise<void>;
  /** How a queued job ends: its result, its error, or that it was paused or cancelled. */
  readonly settled: (gameId: string) => Promise<JobResult>;
  /** Stop touching a game's files because it is about to run; the job goes on afterwards. */
  readonly yieldTo: (gameId: string) => Promise<void>;
  /** A game started or ended. */
  readonly onPlayChange: () => void;
  readonly onSettingsChange: () => void;
  /** Queue what the update policies ask for. */
  readonly queueAutomaticUpdates: () => Promise<void>;
  readonly retryPassing: () => void;
  /** Begin to work the queue; with `only`, the job of one game and no other. */
  readonly start: (only?: string) => void;
  readonly close: () => Promise<void>;
}

export function createInstalls(ports: InstallsPorts): InstallsService {
  const { queue, library } = ports;
  const waiters = new JobWaiters();
  const board = createDownloadBoard(ports, () => runner);
  const runner = createRunner(ports, createJobEndings(ports, { waiters, board }), board);
  const control = createQueueControl(ports, { runner, waiters, board });
  const { enqueue, replaceWaiting, ...queueService } = control;
  const requests = createInstallRequests(ports, { enqueue, replaceWaiting });
  const planning = createPlanning(ports);
  const stopWatching = watchPace(ports, runner, board.publishSoon);
  const adjust = () => {
    applyLimit(ports);
    runner.reconcile();
  };

  return {
    ...requests,
    ...queueService,
    plan: planning.plan,
    cancelAdoption: planning.cancelAdoption,
    updateBytesOf: planning.updateBytesOf,
    planUpdates: planning.planUpdates,
    uninstall: async (gameId, keepSaves) => {
      await requests.uninstall(gameId, keepSaves);
      board.publishAll();
    },
    clearFinished: board.clearFinished,
    showQueue: board.publish,
    downloadOf: (gameId) => runner.viewOf(gameId),
    folderOf: (gameId) => (queue.find(gameId) ?? library.installed(gameId))?.folder,
    settled: (gameId) => waiters.wait(gameId),
    yieldTo: (gameId) => runner.halt(gameId, 'yield'),
    onPlayChange: adjust,
    onSettingsChange: adjust,
    queueAutomaticUpdates: () => queueAutomaticUpdates(ports, { runner, enqueue, preload: requests.preload }),
    retryPassing: () => runner.retryPassing(),
    start: (only) => {
      applyLimit(ports);
      runner.start(only);
    },
    close: async () => {
      stopWatching();
      planning.close();
      await runner.close();
      board.close();
    },
  };
}

function createRunner(
  ports: InstallsPorts,
  { noteStart, ...endings }: JobEndings,
  board: DownloadBoard,
): JobRunner {
  const { queue, patcher, library, clock, settings, isRunning, doctor, speeds } = ports;
  return new JobRunner({
    queue,
    patcher,
    clock,
    settings,
    isRunning,
    windowOpensAt: () => windowOpensAt(ports),
    diagnose: doctor.diagnose,
    random: Math.random,
    retarget: (job) => {
      noteStart(job.gameId);
      const latest = ['install', 'update', 'preload'].includes(job.reason) ? newestOf(library, job) : null;
      return latest === null ? job : { ...job, build: latest };
    },
    onPatchSpeed: (patchBytesPerSecond) => speeds.note({ patchBytesPerSecond }),
    onBriefRun: ({ networkBytes, diskBytes }) =>
      speeds.noteAtLeast({ networkBytesPerSecond: networkBytes, diskBytesPerSecond: diskBytes }),
    onProgress: board.publishSoon,
    onChange: board.publishAll,
    ...endings,
  });
}

/** What is said of jobs before they are queued. */
function createPlanning(ports: InstallsPorts): Pick<
  InstallsService,
  'plan' | 'cancelAdoption' | 'updateBytesOf' | 'planUpdates'
> & {
  readonly close: () => void;
} {
  const { clock, state, library } = ports;
  const planner = createInstallPlanner(ports.patcher, (work) => estimatePlan(ports, work));
  const plan: InstallsService['plan'] = async (gameId, reason, folder) => {
    const job = jobFor(ports, { gameId, reason, folder });
    const planned = await planner.plan(job);
    if (reason === 'update' && job.oldBuildId !== null) {
      const { oldBuildId, build } = job;
      updateSizes.learn({ gameId, oldBuildId, newBuildId: build.buildId }, planned.downloadBytes);
    }
    return planned;
  };
  const updateSizes = createUpdateSizes({
    clock,
    library: () => state.get('library'),
    plan: (gameId) => plan(gameId, 'update'),
    onChange: library.publish,
  });
  return {
    plan,
    cancelAdoption: planner.cancelAdoption,
    close: planner.close,
    updateBytesOf: updateSizes.get,
    planUpdates: updateSizes.consider,
  };
}
