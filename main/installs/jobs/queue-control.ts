import { launcherErrors } from '../../launcher-errors.ts';
import type { LibraryService } from '../../library/library.ts';
import type { DownloadBoard } from '../downloads/download-board.ts';
import type { InstallQueue, QueuedJob } from './install-queue.ts';
import { discardJob } from './job-endings.ts';
import { interruption, type JobRunner } from './job-runner.ts';
import type { JobWaiters } from './job-waiters.ts';
import type { PatcherPort } from '../patcher-port.ts';

export interface QueuePorts {
  readonly queue: InstallQueue;
  readonly patcher: PatcherPort;
  readonly library: LibraryService;
}

/** What may be done with queued jobs; each takes hold of what runs at once. */
export interface QueueControl {
  /** Queue a job, or go on with the one that is queued for the same. @throws {AppError} `INSTALL_BUSY`. */
  readonly enqueue: (job: QueuedJob) => Promise<void>;
  /** Another kind of work was asked for: what waits or has failed gives way. @throws {AppError} `INSTALL_BUSY` for what runs. */
  readonly replaceWaiting: (existing: QueuedJob) => Promise<void>;
  readonly pause: (gameId: string) => Promise<void>;
  readonly resume: (gameId: string) => Promise<void>;
  readonly pauseAll: () => Promise<void>;
  readonly resumeAll: () => Promise<void>;
  readonly cancel: (gameId: string) => Promise<void>;
  readonly move: (gameId: string, position: number) => Promise<void>;
}

export interface QueueParts {
  readonly runner: JobRunner;
  readonly waiters: JobWaiters;
  readonly board: DownloadBoard;
}

export function createQueueControl(ports: QueuePorts, { runner, waiters, board }: QueueParts): QueueControl {
  const { queue } = ports;

  const replaceWaiting = async (existing: QueuedJob) => {
    const { gameId, reason } = existing;
    if (runner.isActive(gameId)) throw launcherErrors.error('INSTALL_BUSY', { gameId });
    await queue.remove(gameId);
    runner.forget(gameId);
    if (reason === 'install') await discardJob(ports, existing);
    waiters.reject(gameId, interruption(gameId, 'cancelled'));
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
        waiters.reject(gameId, interruption(gameId, 'paused'));
      } else runner.retry(gameId);
    }
    runner.reconcile();
  };
  const queuedGames = () => queue.jobs().map(({ gameId }) => gameId);

  return {
    replaceWaiting,
    resume,
    enqueue: async (job) => {
      const existing = queue.find(job.gameId);
      if (existing !== undefined && existing.reason === job.reason && existing.folder === job.folder) {
        return resume(job.gameId);
      }
      if (existing !== undefined) await replaceWaiting(existing);
      await queue.add(job);
      runner.reconcile();
    },
    pause: async (gameId) => {
      requireJob(queue, gameId);
      await setPaused([gameId], true);
    },
    pauseAll: () => setPaused(queuedGames(), true),
    resumeAll: () => setPaused(queuedGames(), false),
    cancel: async (gameId) => {
      const job = requireJob(queue, gameId);
      if (runner.isActive(gameId)) return runner.halt(gameId, 'cancel');
      await queue.remove(gameId);
      runner.forget(gameId);
      if (job.reason !== 'verify') await discardJob(ports, job);
      waiters.reject(gameId, interruption(gameId, 'cancelled'));
      board.publishAll();
    },
    move: async (gameId, position) => {
      requireJob(queue, gameId);
      await queue.move(gameId, position);
      runner.reconcile();
    },
  };
}

function requireJob(queue: InstallQueue, gameId: string): QueuedJob {
  const job = queue.find(gameId);
  if (job === undefined) throw launcherErrors.error('INSTALL_NOT_QUEUED', { gameId });
  return job;
}
