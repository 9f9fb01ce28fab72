import type { RangeFetch } from '../download/connection/range-fetch.ts';
import { BandwidthLimit } from '../download/bandwidth-limit.ts';
import { systemClock } from '../download/clock.ts';
import type { DownloadGrant, GrantProvider } from '../download/hosts/grant.ts';
import { HostHealth } from '../download/hosts/host-health.ts';
import { AppError, type ErrorData } from '../errors.ts';
import {
  adoptFolder,
  discardPrevious,
  discardStaging,
  type InstallPorts,
  installBuild,
  moveTo,
  planAdoption,
  planBuildJob,
  preloadBuild,
  recover,
  repairInstall,
  rollBack,
  uninstall,
  updateBuild,
  verifyInstall,
} from '../install/install.ts';
import { WriterThreads } from '../install/staging/writing/writer-threads.ts';
import type { Plan } from '../plan/plan.ts';
import { type FromPatcher, type PatcherJob, type PlanSummary, toPatcherSchema } from './messages.ts';
import { processErrors } from './process-errors.ts';

/** Threads that write stay for this long after a job: a plan is mostly followed by its install, and an update by the next. */
const THREADS_REST_MS = 30_000;

/** The patcher's end of the line to the launcher. */
export interface ServerChannel {
  readonly send: (message: FromPatcher) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
}

/** Run jobs as the launcher asks for them, until the process ends. */
export function servePatcher(channel: ServerChannel, fetch: RangeFetch): void {
  const server = new PatcherServer(channel, fetch);
  channel.onMessage((message) => server.take(message));
  channel.send({ kind: 'ready' });
}

/** Jobs by their id, one controller each, and the grants they wait for. */
class PatcherServer {
  readonly #channel: ServerChannel;
  readonly #fetch: RangeFetch;
  readonly #limit = new BandwidthLimit(systemClock, Number.POSITIVE_INFINITY);
  readonly #health = new HostHealth(systemClock, Math.random);
  readonly #threads = new WriterThreads({ restMs: THREADS_REST_MS });
  readonly #running = new Map<number, AbortController>();
  readonly #wanted = new Map<number, PromiseWithResolvers<DownloadGrant>>();
  #nextRequest = 0;

  constructor(channel: ServerChannel, fetch: RangeFetch) {
    this.#channel = channel;
    this.#fetch = fetch;
  }

  /** What is not one of our messages is our own mistake: parsing throws, and the process ends loudly. */
  take(raw: unknown): void {
    const message = toPatcherSchema.parse(raw);
    switch (message.kind) {
      case 'start':
        void this.#run(message.jobId, message.job);
        break;
      case 'cancel':
        this.#running.get(message.jobId)?.abort(processErrors.error('PATCHER_CLOSED'));
        break;
      case 'limit':
        this.#limit.bytesPerSecond = message.bytesPerSecond ?? Number.POSITIVE_INFINITY;
        break;
      case 'grant':
        this.#settle(message.requestId)?.resolve(message.grant);
        break;
      case 'grant-failed':
        this.#settle(message.requestId)?.reject(new AppError(message.error));
        break;
    }
  }

  async #run(jobId: number, job: PatcherJob): Promise<void> {
    const controller = new AbortController();
    this.#running.set(jobId, controller);
    try {
      const result = (await this.#perform(jobId, job, controller.signal)) ?? null;
      this.#channel.send({ kind: 'done', jobId, result });
    } catch (error) {
      this.#channel.send({ kind: 'failed', jobId, error: toErrorData(error) });
    } finally {
      this.#running.delete(jobId);
    }
  }

  #perform(jobId: number, job: PatcherJob, signal: AbortSignal): Promise<unknown> {
    const ports: InstallPorts = {
      grants: this.#grantsFor(jobId),
      fetch: this.#fetch,
      clock: systemClock,
      limit: this.#limit,
      health: this.#health,
      threads: this.#threads,
    };
    const onPlan = (plan: Plan) => this.#channel.send({ kind: 'planned', jobId, plan: summarise(plan) });
    const options = {
      signal,
      ports,
      onPlan,
      onProgress: (progress: Extract<FromPatcher, { kind: 'progress' }>['progress']) =>
        this.#channel.send({ kind: 'progress', jobId, progress }),
    };
    switch (job.verb) {
      case 'install':
        return installBuild({ ...job, ...options });
      case 'update':
        return updateBuild({ ...job, ...options });
      case 'adopt':
        return adoptFolder({ ...job, ...options });
      case 'plan':
        return planBuildJob({ ...job, ...options }).then(summarise);
      case 'plan-adoption':
        return planAdoption({ ...job, ...options }).then(summarise);
      case 'preload':
        return preloadBuild({ ...job, ...options });
      case 'roll-back':
        return rollBack({ ...job, ...options });
      case 'discard-previous':
        return discardPrevious(job.root);
      case 'verify':
        return verifyInstall({ ...job, ...options });
      case 'repair':
        return repairInstall({ ...job, ...options });
      case 'move':
        return moveTo({ ...job, ...options });
      case 'uninstall':
        return uninstall(job);
      case 'recover':
        return recover(job.root);
      case 'discard-staging':
        return discardStaging(job.root);
    }
  }

  #grantsFor(jobId: number): GrantProvider {
    return {
      current: () => this.#askForGrant(jobId, null),
      refresh: (reason) => this.#askForGrant(jobId, reason),
    };
  }

  #askForGrant(jobId: number, reason: string | null): Promise<DownloadGrant> {
    const requestId = this.#nextRequest++;
    const wanted = Promise.withResolvers<DownloadGrant>();
    this.#wanted.set(requestId, wanted);
    this.#channel.send({ kind: 'grant-wanted', requestId, jobId, reason });
    return wanted.promise;
  }

  #settle(requestId: number): PromiseWithResolvers<DownloadGrant> | undefined {
    const wanted = this.#wanted.get(requestId);
    this.#wanted.delete(requestId);
    return wanted;
  }
}

function summarise({ route, figures, lowSpace, explanation }: Plan): PlanSummary {
  return { route, lowSpace: lowSpace !== undefined, figures, explanation };
}

function toErrorData(error: unknown): ErrorData {
  if (error instanceof AppError) return error.toData();
  const reason = error instanceof Error ? error.message : String(error);
  return processErrors.error('PATCHER_FAILED', { reason }, error).toData();
}
