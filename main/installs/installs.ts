import path from 'node:path';
import type { Download, InstallPlan, Settings, UpdatePolicy } from '../../preload/contract.ts';
import { installErrors } from '../../patcher/install/install-errors.ts';
import type { Clock } from '../clock.ts';
import type { FailureDoctor } from '../diagnostics/failure-doctor.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { LibraryService } from '../library/library.ts';
import type { InstalledRecord } from '../library/library-cache.ts';
import type { StateStore } from '../state/state-store.ts';
import { isWindowOpen, nextOpening } from './download-window.ts';
import { folderOwner } from './folder-owner.ts';
import { createInstallPlanner } from './install-planner.ts';
import type { InstallQueue, QueuedJob } from './install-queue.ts';
import { codeOf, interruption, JobRunner, type JobResult } from './job-runner.ts';
import { newestOf, targetOf } from './job-target.ts';
import type { SpeedMemory } from './measured-speeds.ts';
import { deliveryReasonOf, type OutcomeReporter } from './outcomes.ts';
import type { PatcherPort } from './patcher-port.ts';
import { noticeOf, titleOf } from './result-notice.ts';
import { recordOf } from './result-record.ts';
import { createThrottle } from './throttle.ts';
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

export interface InstallsService {
  readonly plan: (gameId: string, reason: InstallPlan['reason'], folder?: string) => Promise<InstallPlan>;
  /** Give up looking at a copy for {@link plan}, which then rejects with `INSTALL_CANCELLED`. */
  readonly cancelAdoption: (gameId: string) => void;
  readonly install: (gameId: string, folder?: string) => Promise<void>;
  readonly update: (gameId: string, options?: UpdateOptions) => Promise<void>;
  /** Make the build that is announced, or the update, ready without putting it in place. @throws {AppError} `INSTALL_NOTHING_TO_PRELOAD`. */
  readonly preload: (gameId: string) => Promise<void>;
  readonly verify: (gameId: string) => Promise<void>;
  readonly repair: (gameId: string) => Promise<void>;
  /** Move an install to another folder or drive. @throws {AppError} `INSTALL_FOLDER_IN_USE`, `INSTALL_BUSY`. */
  readonly relocate: (gameId: string, folder: string) => Promise<void>;
  /** Make an install of a folder that holds some copy of the game already. */
  readonly adopt: (gameId: string, folder: string) => Promise<void>;
  /** Return to the build before the last update, and stay there: updates then wait to be asked for. */
  readonly rollBack: (gameId: string) => Promise<void>;
  /** What a roll-back would find of its build on the disk; null where it has to download. */
  readonly readKept: (gameId: string) => Promise<{ readonly sizeBytes: number } | null>;
  readonly pause: (gameId: string) => Promise<void>;
  readonly resume: (gameId: string) => Promise<void>;
  readonly cancel: (gameId: string) => Promise<void>;
  readonly uninstall: (gameId: string, keepSaves: boolean) => Promise<void>;
  readonly pauseAll: () => Promise<void>;
  readonly resumeAll: () => Promise<void>;
  readonly move: (gameId: string, position: number) => Promise<void>;
  readonly clearFinished: () => void;
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

export interface UpdateOptions {
  /** Replace files as it goes, even where both builds would fit. */
  readonly lowSpace?: boolean | undefined;
}

/** The bridge's promise: at most ten events a second. */
const PUBLISH_PERIOD_MS = 100;
const SAMPLE_PERIOD_MS = 1_000;
const FINISHED_MAX = 50;
/** What downloads may use while a game runs, when the player wants the game to come first: enough to go on, too little to lag. */
const PLAYING_LIMIT_BYTES_PER_SECOND = 1_000_000;

interface Waiter {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

export function createInstalls(ports: InstallsPorts): InstallsService {
  const { queue, library, patcher, state, clock } = ports;
  const waiters = new Map<string, Waiter[]>();
  const startedAt = new Map<string, number>();
  let finished: Download[] = [];

  const settle = (gameId: string, act: (waiter: Waiter) => void) => {
    for (const waiter of waiters.get(gameId) ?? []) act(waiter);
    waiters.delete(gameId);
  };

  /** Give up what a job has made; what lay ready beside the install goes with it. */
  const discard = async ({ gameId, folder }: QueuedJob) => {
    await patcher.discard(folder);
    const record = library.installed(gameId);
    if (record !== undefined && record.preloadedBuildId !== null)
      await library.setInstalled(gameId, { ...record, preloadedBuildId: null });
  };

  const publishDownloads = () => {
    const view = runner.view();
    const allPaused = view.length > 0 && queue.jobs().every((job) => job.paused);
    state.set('downloads', { queue: view, finished, throughput: [...runner.throughput.samples], allPaused });
  };
  const throttle = createThrottle(clock, PUBLISH_PERIOD_MS, publishDownloads);
  const publishAll = () => {
    throttle.flush();
    library.publish();
  };

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

  /** When scheduled jobs may run next; null while they may. */
  const windowOpensAt = () => {
    const { downloadWindow } = ports.settings();
    const now = new Date(clock.now());
    if (downloadWindow === null || isWindowOpen(downloadWindow, now)) return null;
    return nextOpening(downloadWindow, now).getTime();
  };
  const runner = new JobRunner({
    queue,
    patcher,
    clock,
    windowOpensAt,
    diagnose: ports.doctor.diagnose,
    random: Math.random,
    settings: ports.settings,
    isRunning: ports.isRunning,
    retarget: (job) => {
      startedAt.set(job.gameId, clock.now());
      const latest = ['install', 'update', 'preload'].includes(job.reason) ? newestOf(library, job) : null;
      return latest === null ? job : { ...job, build: latest };
    },
    onPatchSpeed: (patchBytesPerSecond) => ports.speeds.note({ patchBytesPerSecond }),
    onProgress: throttle.request,
    onChange: publishAll,
    onDone: async (result, download) => {
      await library.setInstalled(result.job.gameId, recordOf(result, library, clock));
      if (result.job.reason === 'roll-back') await stayThere(result.job.gameId);
      finished = [download, ...finished.filter(({ gameId }) => gameId !== download.gameId)].slice(
        0,
        FINISHED_MAX,
      );
      state.notice(noticeOf(result, library));
      await ports.speeds.keep();
      // After the result is safe: a service that cannot be told is told later.
      await report(result.job, download, {});
      settle(result.job.gameId, (waiter) => waiter.resolve(result));
    },
    onFailed: async (job, error, download, again) => {
      settle(job.gameId, (waiter) => waiter.reject(error));
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
      if (job.reason !== 'verify') await discard(job);
      settle(job.gameId, (waiter) => waiter.reject(interruption(job.gameId, 'cancelled')));
      await report(job, download, { cancelled: true });
    },
  });

  /** Another kind of work was asked for: what waits or has failed gives way, what runs does not. */
  const replaceWaiting = async (existing: QueuedJob) => {
    const { gameId, reason } = existing;
    if (runner.isActive(gameId)) throw launcherErrors.error('INSTALL_BUSY', { gameId });
    await queue.remove(gameId);
    runner.forget(gameId);
    if (reason === 'install') await discard(existing);
    settle(gameId, (waiter) => waiter.reject(interruption(gameId, 'cancelled')));
  };
  const enqueue = async (job: QueuedJob) => {
    const existing = queue.find(job.gameId);
    if (existing !== undefined && existing.reason === job.reason && existing.folder === job.folder) {
      return resume(job.gameId);
    }
    if (existing !== undefined) await replaceWaiting(existing);
    await queue.add(job);
    runner.reconcile();
  };
  const resume = async (gameId: string) => {
    const job = requireJob(queue, gameId);
    await queue.setPaused([gameId], false);
    // Who asks for it wants it now, not tonight.
    if (job.scheduled) await queue.setScheduled(gameId, false);
    runner.retry(gameId);
    runner.reconcile();
  };
  const setPaused = async (gameIds: readonly string[], paused: boolean) => {
    await queue.setPaused(gameIds, paused);
    for (const gameId of gameIds) {
      if (paused) {
        runner.pause(gameId);
        settle(gameId, (waiter) => waiter.reject(interruption(gameId, 'paused')));
      } else runner.retry(gameId);
    }
    runner.reconcile();
  };

  const applyLimit = () => {
    const { downloadLimitBytesPerSecond: limit, slowWhilePlaying } = ports.settings();
    const slow = slowWhilePlaying && ports.isAnythingRunning();
    patcher.setLimit(
      slow ? Math.min(limit || PLAYING_LIMIT_BYTES_PER_SECOND, PLAYING_LIMIT_BYTES_PER_SECOND) : limit,
    );
  };

  const jobFor = (gameId: string, reason: QueuedJob['reason'], folder?: string): QueuedJob => {
    const target = targetOf(library, gameId, reason, ports.platform);
    const installed = library.installed(gameId);
    return {
      gameId,
      reason,
      paused: false,
      scheduled: false,
      build: target.build,
      depot: target.depot,
      channel: target.channel,
      folder: installed?.folder ?? path.resolve(folder ?? path.join(ports.settings().installFolder, gameId)),
      oldBuildId: installed?.build.buildId ?? null,
    };
  };

  let windowWasOpen = windowOpensAt() === null;
  const stopSampling = clock.every(SAMPLE_PERIOD_MS, () => {
    const open = windowOpensAt() === null;
    if (open !== windowWasOpen) runner.reconcile();
    windowWasOpen = open;
    if (!runner.throughput.tick(clock.now())) return;
    const seen = runner.throughput.samples.at(-1);
    if (seen !== undefined) ports.speeds.note(seen);
    throttle.request();
  });

  const assertFolderFree = (folder: string, gameId: string) => {
    const owner = folderOwner(folder, gameId, [...library.allInstalled(), ...queue.jobs()]);
    if (owner !== undefined) throw launcherErrors.error('INSTALL_FOLDER_IN_USE', { folder, owner });
  };
  const enqueueInstall = async (gameId: string, folder?: string, reason: 'install' | 'adopt' = 'install') => {
    const installed = library.installed(gameId);
    if (installed !== undefined) {
      throw launcherErrors.error('INSTALL_ALREADY_INSTALLED', { gameId, folder: installed.folder });
    }
    const job = jobFor(gameId, reason, folder);
    assertFolderFree(job.folder, gameId);
    await enqueue(job);
  };
  const enqueueWork = (
    gameId: string,
    reason: 'update' | 'verify' | 'repair',
    options: UpdateOptions = {},
  ) => {
    requireInstalled(library, gameId);
    return enqueue({ ...jobFor(gameId, reason), ...options });
  };
  const preload = async (gameId: string, scheduled = false) => {
    requireInstalled(library, gameId);
    const job = jobFor(gameId, 'preload');
    if (library.game(gameId).preload?.ready !== true) await enqueue({ ...job, scheduled });
  };
  const relocate = async (gameId: string, folder: string) => {
    const record = requireInstalled(library, gameId);
    const to = path.resolve(folder);
    assertFolderFree(to, gameId);
    if (ports.isRunning(gameId)) throw launcherErrors.error('INSTALL_GAME_RUNNING', { gameId });
    const existing = queue.find(gameId);
    // The same move goes on; one that leads elsewhere gives way.
    if (existing?.reason === 'move' && existing.to !== to) await replaceWaiting(existing);
    await enqueue({ ...jobFor(gameId, 'move'), folder: record.folder, to });
  };
  const rollBack = async (gameId: string) => {
    const { previous } = requireInstalled(library, gameId);
    if (previous === null) throw installErrors.error('INSTALL_NO_PREVIOUS');
    await enqueue({ ...jobFor(gameId, 'roll-back'), build: previous });
  };
  const readKept = async (gameId: string) => {
    const { folder, previous } = requireInstalled(library, gameId);
    const kept = await patcher.keptBuild(folder);
    return kept === null || kept.buildId !== previous?.buildId ? null : { sizeBytes: kept.sizeBytes };
  };
  /** An update that comes by itself would undo what the player asked for. */
  const stayThere = async (gameId: string) => {
    const game = state.get('library').games.find((each) => each.gameId === gameId);
    if (game?.updatePolicy === 'automatic' || game?.updatePolicy === 'scheduled')
      await library.setPreference(gameId, { updatePolicy: 'ask' });
  };

  /** The policy that queued a job has changed: it runs now, or not at all unless it has begun. */
  const unschedule = async (job: QueuedJob, updatePolicy: UpdatePolicy) => {
    if (updatePolicy === 'automatic' || runner.isActive(job.gameId)) {
      await queue.setScheduled(job.gameId, false);
    } else {
      await queue.remove(job.gameId);
      runner.forget(job.gameId);
      await discard(job);
    }
    runner.reconcile();
  };

  const planner = createInstallPlanner(patcher);
  const plan: InstallsService['plan'] = async (gameId, reason, folder) => {
    const job = { ...jobFor(gameId, reason, folder), reason };
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
    install: (gameId, folder) => enqueueInstall(gameId, folder),
    update: (gameId, options) => enqueueWork(gameId, 'update', options),
    preload: (gameId) => preload(gameId),
    cancelAdoption: planner.cancelAdoption,
    relocate,
    adopt: (gameId, folder) => enqueueInstall(gameId, folder, 'adopt'),
    rollBack,
    readKept,
    verify: (gameId) => enqueueWork(gameId, 'verify'),
    repair: (gameId) => enqueueWork(gameId, 'repair'),
    resume,
    plan,
    updateBytesOf: updateSizes.get,
    planUpdates: updateSizes.consider,
    pause: async (gameId) => {
      requireJob(queue, gameId);
      await setPaused([gameId], true);
    },
    pauseAll: () =>
      setPaused(
        queue.jobs().map(({ gameId }) => gameId),
        true,
      ),
    resumeAll: () =>
      setPaused(
        queue.jobs().map(({ gameId }) => gameId),
        false,
      ),
    cancel: async (gameId) => {
      const job = requireJob(queue, gameId);
      if (runner.isActive(gameId)) return runner.halt(gameId, 'cancel');
      await queue.remove(gameId);
      runner.forget(gameId);
      if (job.reason !== 'verify') await discard(job);
      settle(gameId, (waiter) => waiter.reject(interruption(gameId, 'cancelled')));
      publishAll();
    },
    uninstall: async (gameId, keepSaves) => {
      const record = requireInstalled(library, gameId);
      if (ports.isRunning(gameId)) throw launcherErrors.error('INSTALL_GAME_RUNNING', { gameId });
      if (queue.find(gameId) !== undefined) throw launcherErrors.error('INSTALL_BUSY', { gameId });
      await patcher.uninstall(record.folder, { keepSaves });
      await library.setInstalled(gameId, undefined);
      publishAll();
    },
    move: async (gameId, position) => {
      requireJob(queue, gameId);
      await queue.move(gameId, position);
      runner.reconcile();
    },
    clearFinished: () => {
      finished = [];
      throttle.flush();
    },
    showQueue: publishDownloads,
    downloadOf: (gameId) => runner.viewOf(gameId),
    folderOf: (gameId) => (queue.find(gameId) ?? library.installed(gameId))?.folder,
    settled: (gameId) =>
      new Promise((resolve, reject) => {
        waiters.set(gameId, [...(waiters.get(gameId) ?? []), { resolve, reject }]);
      }),
    yieldTo: (gameId) => runner.halt(gameId, 'yield'),
    onPlayChange: () => {
      applyLimit();
      runner.reconcile();
    },
    onSettingsChange: () => {
      applyLimit();
      runner.reconcile();
    },
    queueAutomaticUpdates: async () => {
      const { games } = state.get('library');
      for (const { gameId, updateAvailable, updatePolicy, preload: coming } of games) {
        const queued = queue.find(gameId);
        const scheduled = updatePolicy === 'scheduled';
        if (queued?.scheduled === true && !scheduled) await unschedule(queued, updatePolicy);
        const byItself = scheduled || updatePolicy === 'automatic';
        if (queued !== undefined || !byItself) continue;
        if (updateAvailable) await enqueue({ ...jobFor(gameId, 'update'), scheduled });
        else if (coming?.announced === true && !coming.ready) await preload(gameId, scheduled);
      }
    },
    retryPassing: () => runner.retryPassing(),
    start: (only) => {
      applyLimit();
      runner.start(only);
    },
    close: async () => {
      stopSampling();
      planner.close();
      await runner.close();
      throttle.close();
    },
  };
}

function requireInstalled(library: LibraryService, gameId: string): InstalledRecord {
  const record = library.installed(gameId);
  if (record !== undefined) return record;
  library.game(gameId); // Says so where the library has no such game at all.
  throw launcherErrors.error('INSTALL_NOT_INSTALLED', { gameId });
}

function requireJob(queue: InstallQueue, gameId: string): QueuedJob {
  const job = queue.find(gameId);
  if (job === undefined) throw launcherErrors.error('INSTALL_NOT_QUEUED', { gameId });
  return job;
}
