import { fullJitterMs, spreadMs } from '../../../patcher/download/hosts/back-off.ts';
import type { Download, Failure, Settings } from '../../../preload/contract.ts';
import { type Clock, toTimestamp } from '../../clock.ts';
import { retriesOf, toAppError } from '../../failure.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import { advanceDownload, reachedOf, waitingDownload } from '../downloads/download-view.ts';
import type { InstallQueue, QueuedJob } from './install-queue.ts';
import type { PatcherPort, PatchProgress, PatchReport, VerifyReport } from '../patcher-port.ts';
import { Throughput } from '../downloads/throughput.ts';

/** What a job came to. */
export type JobResult =
  | { readonly kind: 'applied'; readonly job: QueuedJob; readonly report: PatchReport }
  | { readonly kind: 'verified'; readonly job: QueuedJob; readonly report: VerifyReport };

/** Why a running job is stopped: `yield` keeps its place and runs it again when it may. */
type StopReason = 'pause' | 'yield' | 'cancel' | 'close';

export interface JobRunnerPorts {
  readonly queue: InstallQueue;
  readonly patcher: PatcherPort;
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, 'downloadsAtOnce'>;
  /** A job may not touch the files of a running game. */
  readonly isRunning: (gameId: string) => boolean;
  /** When scheduled jobs may run next, in ms since 1970; null: now. */
  readonly windowOpensAt: () => number | null;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The job with the newest build of its channel, at the moment it starts. */
  readonly retarget: (job: QueuedJob) => QueuedJob;
  /** Record the result before the job leaves the queue. */
  readonly onDone: (result: JobResult, download: Download) => Promise<void>;
  /** @param again True where the same job has failed before and was started again by itself. */
  readonly onFailed: (job: QueuedJob, error: unknown, download: Download, again: boolean) => Promise<void>;
  /** What a failure was, with what can be found out about it. */
  readonly diagnose: (error: unknown, folder: string) => Promise<Failure>;
  readonly onCancelled: (job: QueuedJob, download: Download) => Promise<void>;
  /** What patches made a second in a run that has ended, whatever it came to; 0 where none made anything. */
  readonly onPatchSpeed: (bytesPerSecond: number) => void;
  /** What a run did that was over before a second was. */
  readonly onBriefRun: (did: { readonly networkBytes: number; readonly diskBytes: number }) => void;
  /** Progress: may be coalesced. */
  readonly onProgress: () => void;
  /** A phase, the order or the set of jobs changed: shown at once. */
  readonly onChange: () => void;
}

interface Running {
  readonly abort: AbortController;
  stop: StopReason | null;
  /** Of the run so far: a mean, which would weigh more with each report of it. */
  patchBytesPerSecond: number;
  /** When it was last written down how far it has come, in ms since 1970. */
  keptAt: number;
  readonly ended: Promise<void>;
}

/**
 * How far a job has come is written down so often while it runs: a launcher that is killed must not count as saved what was
 * fetched before. More often would flush the disk for nothing.
 */
const KEEP_REACHED_MS = 3000;

/**
 * Bounds of the waits before a job that failed for a passing reason starts again by itself, for as long as it stays in the
 * queue: an outage may last hours, and nobody should have to press a button after it (`patcher/download/fleet.test.ts`).
 */
const RETRY_BOUNDS = { baseMs: 5_000, maxMs: 120_000 };

/**
 * Keeps the first jobs of the queue running, as many as the settings allow:
 * what should run is computed from the queue at every change, and the running set is brought to it.
 */
export class JobRunner {
  readonly #ports: JobRunnerPorts;
  readonly #running = new Map<string, Running>();
  readonly #downloads = new Map<string, Download>();
  readonly #retries = new Map<string, number>();
  readonly #retryTimers = new Map<string, () => void>();
  /** Failures of jobs that were started again by themselves and have not come further: their cards stay as they are. */
  readonly #lastFailures = new Map<string, Failure>();
  readonly #failed = new Map<string, unknown>();
  readonly throughput = new Throughput();
  #started = false;
  #only: string | undefined;
  #closed = false;

  constructor(ports: JobRunnerPorts) {
    this.#ports = ports;
  }

  /** @param only Run the job of this one game and leave the others waiting. */
  start(only?: string): void {
    this.#started = true;
    this.#only = only;
    this.reconcile();
  }

  /** The queue as Downloads shows it. */
  view(): Download[] {
    return this.#ports.queue.jobs().map((job) => this.#viewJob(job));
  }

  viewOf(gameId: string): Download | undefined {
    const job = this.#ports.queue.find(gameId);
    return job === undefined ? undefined : this.#viewJob(job);
  }

  isActive(gameId: string): boolean {
    return this.#running.has(gameId);
  }

  get activeCount(): number {
    return this.#running.size;
  }

  /** Start and stop jobs so that the right ones run. */
  reconcile(): void {
    if (!this.#started || this.#closed) return;
    const wanted = this.#wantedJobs();
    for (const gameId of this.#running.keys()) {
      if (!wanted.some((job) => job.gameId === gameId)) this.#stop(gameId, 'yield');
    }
    for (const job of wanted) {
      // One that is still stopping holds its place until it has ended; then this runs again.
      if (!this.#running.has(job.gameId) && this.#running.size < this.#ports.settings().downloadsAtOnce) {
        this.#begin(job);
      }
    }
    this.#ports.onChange();
  }

  pause(gameId: string): void {
    this.#stop(gameId, 'pause');
  }

  /** Forget a failure, so that the job may run again. */
  retry(gameId: string): void {
    this.#retryTimers.get(gameId)?.();
    this.#retryTimers.delete(gameId);
    this.#lastFailures.delete(gameId);
    this.#failed.delete(gameId);
    this.#downloads.delete(gameId);
  }

  /** Jobs that failed for a reason that may have passed. */
  retryPassing(): void {
    for (const [gameId, error] of this.#failed) if (retriesOf(error) > 0) this.retry(gameId);
    this.reconcile();
  }

  /** Stop a job and wait until it no longer touches its folder. */
  async halt(gameId: string, reason: 'cancel' | 'yield'): Promise<void> {
    const running = this.#running.get(gameId);
    this.#stop(gameId, reason);
    await running?.ended;
  }

  forget(gameId: string): void {
    this.retry(gameId);
    this.#retries.delete(gameId);
    this.throughput.forget(gameId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#retryTimers.values()) cancel();
    const all = [...this.#running];
    for (const [gameId] of all) this.#stop(gameId, 'close');
    await Promise.all(all.map(([, { ended }]) => ended));
  }

  #wantedJobs(): QueuedJob[] {
    const { queue, isRunning, settings, windowOpensAt } = this.#ports;
    const closed = windowOpensAt() !== null;
    return queue
      .jobs()
      .filter((job) => this.#only === undefined || job.gameId === this.#only)
      .filter((job) => !(job.scheduled && closed))
      .filter((job) => !job.paused && !this.#failed.has(job.gameId) && !isRunning(job.gameId))
      .slice(0, settings().downloadsAtOnce);
  }

  #viewJob(job: QueuedJob): Download {
    const shown = this.#downloads.get(job.gameId) ?? waitingDownload(job);
    if (this.#running.has(job.gameId) || shown.phase === 'failed') return shown;
    const opensAt = job.scheduled && !job.paused ? this.#ports.windowOpensAt() : null;
    return {
      ...shown,
      phase: job.paused ? 'paused' : 'queued',
      waitsUntil: opensAt === null ? null : toTimestamp(opensAt),
      networkBytesPerSecond: 0,
      diskBytesPerSecond: 0,
    };
  }

  #stop(gameId: string, reason: StopReason): void {
    const running = this.#running.get(gameId);
    if (running === undefined || running.stop !== null) return;
    running.stop = reason;
    running.abort.abort();
  }

  #begin(queued: QueuedJob): void {
    const abort = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const keptAt = this.#ports.clock.now();
    const running: Running = { abort, stop: null, patchBytesPerSecond: 0, keptAt, ended };
    this.#running.set(queued.gameId, running);
    const job = this.#ports.retarget(queued);
    const { reached: _ofAnother, ...anew } = job;
    void this.#run(job.build.buildId === queued.build.buildId ? job : anew, running).finally(resolve);
  }

  async #run(job: QueuedJob, running: Running): Promise<void> {
    const failure = this.#lastFailures.get(job.gameId) ?? null;
    this.#show(job, { ...waitingDownload(job), phase: 'planning', failure });
    let settle: () => Promise<void>;
    try {
      const result = await this.#work(job, running);
      settle = () => this.#finish(result);
    } catch (error) {
      settle = () => this.#fail(job, running, error);
    }
    this.#ports.onPatchSpeed(running.patchBytesPerSecond);
    const brief = this.throughput.briefOf(job.gameId);
    if (brief !== undefined) this.#ports.onBriefRun(brief);
    try {
      await settle();
    } catch (error) {
      // Recording the result failed, such as a full disk under the profile: the job stays and says so.
      await this.#markFailed(job, error);
    }
    this.#running.delete(job.gameId);
    this.throughput.forget(job.gameId);
    this.#ports.onChange();
    this.reconcile();
  }

  async #work(job: QueuedJob, running: Running): Promise<JobResult> {
    const { signal } = running.abort;
    const { gameId, depot, channel, folder, oldBuildId, reason, to, lowSpace } = job;
    const what = { gameId, depot, channel, folder, oldBuildId, reason, to, lowSpace };
    const patchJob = { ...what, buildId: job.build.buildId };
    const run = {
      signal,
      onProgress: (progress: PatchProgress) => {
        if (signal.aborted) return;
        this.throughput.count(gameId, progress.downloadedBytes, progress.writtenBytes);
        running.patchBytesPerSecond = progress.patchBytesPerSecond;
        const shown = this.#downloads.get(gameId) ?? waitingDownload(job);
        const { reached } = job;
        const moved = advanceDownload(shown, { progress, reached }, this.throughput.speedOf(gameId));
        if (moved.downloadedBytes > shown.downloadedBytes) this.#lastFailures.delete(gameId);
        const failure = this.#lastFailures.get(gameId) ?? null;
        this.#downloads.set(gameId, { ...moved, failure });
        this.#keepReachedAtTimes(job, running);
        if (progress.phase === shown.phase) this.#ports.onProgress();
        else this.#ports.onChange();
      },
    };
    if (reason === 'verify') {
      return { kind: 'verified', job, report: await this.#ports.patcher.verify(patchJob, run) };
    }
    const report = await this.#ports.patcher.apply(patchJob, run);
    const downloadedBytes = (job.reached?.downloadedBytes ?? 0) + report.downloadedBytes;
    return { kind: 'applied', job, report: { ...report, downloadedBytes } };
  }

  async #finish(result: JobResult): Promise<void> {
    const { job } = result;
    const shown = this.#downloads.get(job.gameId) ?? waitingDownload(job);
    const download: Download = {
      ...shown,
      ...(result.kind === 'applied'
        ? {
            route: result.report.route,
            downloadedBytes: result.report.downloadedBytes,
            downloadTotalBytes: result.report.downloadedBytes,
            savedBytes: savedBy(result),
          }
        : { damagedFiles: countDamagedFiles(result.report) }),
      phase: 'done',
      writtenBytes: shown.writeTotalBytes,
      networkBytesPerSecond: 0,
      diskBytesPerSecond: 0,
      secondsLeft: null,
      failure: null,
      finishedAt: toTimestamp(this.#ports.clock.now()),
    };
    await this.#ports.onDone(result, download);
    await this.#ports.queue.remove(job.gameId);
    this.forget(job.gameId);
  }

  async #fail(job: QueuedJob, running: Running, error: unknown): Promise<void> {
    if (running.stop === 'cancel') {
      const download = this.#downloads.get(job.gameId) ?? waitingDownload(job);
      await this.#ports.queue.remove(job.gameId);
      this.forget(job.gameId);
      return this.#ports.onCancelled(job, download);
    }
    await this.#keepReached(job);
    if (running.stop !== null) return; // Paused, yielded or closing: it goes on from its journal.
    const again = this.#retries.has(job.gameId);
    const download = await this.#markFailed(job, error);
    this.#retryLater(job.gameId, error);
    await this.#ports.onFailed(job, error, download, again);
  }

  #keepReachedAtTimes(job: QueuedJob, running: Running): void {
    const now = this.#ports.clock.now();
    if (now - running.keptAt < KEEP_REACHED_MS) return;
    running.keptAt = now;
    // It is tried again soon, and whoever ends the job is told.
    this.#keepReached(job).catch(() => undefined);
  }

  async #keepReached({ gameId }: QueuedJob): Promise<void> {
    const shown = this.#downloads.get(gameId);
    const reached = shown === undefined ? undefined : reachedOf(shown);
    if (reached !== undefined) await this.#ports.queue.setReached(gameId, reached);
  }

  async #markFailed(job: QueuedJob, error: unknown): Promise<Download> {
    const failure = await this.#ports.diagnose(error, job.folder);
    this.#failed.set(job.gameId, error);
    const shown = this.#downloads.get(job.gameId) ?? waitingDownload(job);
    const download: Download = {
      ...shown,
      phase: 'failed',
      networkBytesPerSecond: 0,
      diskBytesPerSecond: 0,
      secondsLeft: null,
      failure,
    };
    this.#downloads.set(job.gameId, download);
    return download;
  }

  #retryLater(gameId: string, error: unknown): void {
    const tries = (this.#retries.get(gameId) ?? 0) + 1;
    if (tries > retriesOf(error)) return;
    this.#retries.set(gameId, tries);
    const { clock, random } = this.#ports;
    const askedMs = Number(toAppError(error).details['retryAfterSeconds'] ?? 0) * 1000;
    const waitMs = Math.max(fullJitterMs(tries, RETRY_BOUNDS, random), spreadMs(askedMs, random));
    const shown = this.#downloads.get(gameId);
    if (shown !== undefined) {
      this.#downloads.set(gameId, { ...shown, waitsUntil: toTimestamp(clock.now() + waitMs) });
    }
    const cancel = clock.after(waitMs, () => {
      const failure = this.#downloads.get(gameId)?.failure;
      this.retry(gameId);
      if (failure) this.#lastFailures.set(gameId, failure);
      this.reconcile();
    });
    this.#retryTimers.set(gameId, cancel);
  }

  #show(job: QueuedJob, download: Download): void {
    this.#downloads.set(job.gameId, download);
    this.#ports.onChange();
  }
}

/** Where little is broken, nothing was there before, or nothing had to be fetched, patching saves nothing. */
function savedBy({ job, report }: Extract<JobResult, { kind: 'applied' }>): number {
  const isSaving = report.downloadedBytes > 0 && !['repair', 'adopt', 'install'].includes(job.reason);
  return isSaving ? Math.max(0, report.fullBytes - report.downloadedBytes) : 0;
}

/** Files, of which each may have several damaged ranges. */
export function countDamagedFiles({ damage }: VerifyReport): number {
  return new Set(damage.map(({ path }) => path)).size;
}

/** The error a waiter gets for a job that ended without a result. */
export function interruption(gameId: string, kind: 'paused' | 'cancelled') {
  return launcherErrors.error(kind === 'paused' ? 'INSTALL_PAUSED' : 'INSTALL_CANCELLED', { gameId });
}

/** The stable code of an error, for the outcome report. */
export function codeOf(error: unknown): string {
  return toAppError(error).code;
}
