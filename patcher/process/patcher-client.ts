import { type ChildProcess, fork } from 'node:child_process';
import type { GrantProvider } from '../download/hosts/grant.ts';
import type { ObjectReference } from '../download/object-fetcher.ts';
import { AppError } from '../errors.ts';
import type { DiskMode, PatchPath } from '../install/job/apply-input.ts';
import type { BuildReference } from '../install/install.ts';
import type { InstallProgress } from '../install/install-progress.ts';
import type { MeasuredSpeeds } from '../plan/estimate-time.ts';
import type { RoutePreference } from '../plan/plan.ts';
import {
  type FromPatcher,
  fromPatcherSchema,
  type PatcherJob,
  type PatcherResult,
  type PatcherVerb,
  type PlanSummary,
  resultSchemas,
  type ToPatcher,
} from './messages.ts';
import { PATCHER_FLAGS, patcherEnvironment } from './patcher-flags.ts';
import { processErrors } from './process-errors.ts';

/** The launcher's end of the line to one patcher process. */
export interface ClientChannel {
  readonly send: (message: ToPatcher) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
  /** Told once, however the process ended. */
  readonly onExit: (listener: (reason: string) => void) => void;
  readonly kill: () => void;
}

/** Starts the patcher's entry; Electron gives one that uses `utilityProcess.fork`. */
export type SpawnPatcher = (entry: URL) => ClientChannel;

/** What a caller may watch and stop. */
export interface ClientJob {
  readonly root: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly onPlan?: (plan: PlanSummary) => void;
}

export interface ClientNetworkJob extends ClientJob {
  /** Asked whenever the job needs a grant; runs in the launcher, where the tokens are. */
  readonly grants: GrantProvider;
}

/** What there is to choose a route from, and by what. */
interface ClientRoutes {
  readonly patches?: readonly ObjectReference[];
  readonly chains?: readonly PatchPath[];
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
}

export interface ClientBuildJob extends ClientNetworkJob, ClientRoutes {
  readonly build: BuildReference;
  readonly keepReplaced?: boolean | undefined;
  readonly diskMode?: DiskMode | undefined;
}

export interface ClientRollBackJob extends ClientNetworkJob, ClientRoutes {
  readonly build?: BuildReference | undefined;
  readonly keepReplaced?: boolean | undefined;
}

/** Jobs in the patcher process. Each mirrors the function of that name in `patcher/install/install.ts`. */
export interface PatcherClient {
  readonly install: (job: ClientBuildJob) => Promise<PatcherResult<'install'>>;
  readonly update: (job: ClientBuildJob) => Promise<PatcherResult<'update'>>;
  readonly adopt: (job: ClientBuildJob) => Promise<PatcherResult<'adopt'>>;
  readonly plan: (job: ClientBuildJob) => Promise<PatcherResult<'plan'>>;
  readonly planAdoption: (job: ClientBuildJob) => Promise<PatcherResult<'plan-adoption'>>;
  readonly preload: (job: ClientBuildJob) => Promise<PatcherResult<'preload'>>;
  readonly rollBack: (job: ClientRollBackJob) => Promise<PatcherResult<'roll-back'>>;
  readonly discardPrevious: (root: string) => Promise<void>;
  readonly verify: (job: ClientJob) => Promise<PatcherResult<'verify'>>;
  readonly repair: (job: ClientNetworkJob) => Promise<PatcherResult<'repair'>>;
  readonly move: (job: ClientJob & { readonly to: string }) => Promise<PatcherResult<'move'>>;
  readonly uninstall: (job: ClientJob & { readonly keepPreserved?: boolean }) => Promise<void>;
  readonly recover: (root: string) => Promise<PatcherResult<'recover'>>;
  readonly discardStaging: (root: string) => Promise<void>;
  /** For all jobs together; `Infinity` for none. */
  readonly setBandwidthLimit: (bytesPerSecond: number) => void;
  /** Stop all jobs where they are, for a later start to go on with, and end the process. */
  readonly close: () => void;
}

/** Times one job may lose its process before it is given up. */
const RESTARTS_MAX = 3;

interface RunningJob {
  readonly job: PatcherJob;
  readonly grants: GrantProvider | undefined;
  readonly watch: Pick<ClientJob, 'onProgress' | 'onPlan'>;
  readonly settle: PromiseWithResolvers<unknown>;
  cancelled: boolean;
  restarts: number;
}

/** Start the patcher process. A process that dies is started again, and its jobs go on where they stopped. */
export function startPatcherProcess(options: { readonly spawn?: SpawnPatcher } = {}): PatcherClient {
  return new PatcherProcess(options.spawn ?? forkPatcher).client();
}

class PatcherProcess {
  readonly #spawn: SpawnPatcher;
  readonly #jobs = new Map<number, RunningJob>();
  #channel: ClientChannel | undefined;
  #nextJob = 0;
  #closed = false;
  #bytesPerSecond: number | null = null;

  constructor(spawn: SpawnPatcher) {
    this.#spawn = spawn;
  }

  client(): PatcherClient {
    const build = (job: ClientBuildJob) => ({
      root: job.root,
      build: job.build,
      ...toRoutes(job),
      keepReplaced: job.keepReplaced,
      diskMode: job.diskMode,
    });
    return {
      install: (job) => this.#start('install', { verb: 'install', ...build(job) }, job, job.grants),
      update: (job) => this.#start('update', { verb: 'update', ...build(job) }, job, job.grants),
      adopt: (job) => this.#start('adopt', { verb: 'adopt', ...build(job) }, job, job.grants),
      plan: (job) => this.#start('plan', { verb: 'plan', ...build(job) }, job, job.grants),
      planAdoption: (job) =>
        this.#start('plan-adoption', { verb: 'plan-adoption', ...build(job) }, job, job.grants),
      preload: (job) => this.#start('preload', { verb: 'preload', ...build(job) }, job, job.grants),
      rollBack: (job) => {
        const { root, build: to, keepReplaced } = job;
        const message = { verb: 'roll-back' as const, root, build: to, ...toRoutes(job), keepReplaced };
        return this.#start('roll-back', message, job, job.grants);
      },
      discardPrevious: async (root) => {
        await this.#start('discard-previous', { verb: 'discard-previous', root }, { root });
      },
      verify: (job) => this.#start('verify', { verb: 'verify', root: job.root }, job),
      repair: (job) => this.#start('repair', { verb: 'repair', root: job.root }, job, job.grants),
      move: (job) => this.#start('move', { verb: 'move', root: job.root, to: job.to }, job),
      uninstall: async (job) => {
        const { root, keepPreserved = true } = job;
        await this.#start('uninstall', { verb: 'uninstall', root, keepPreserved }, job);
      },
      recover: (root) => this.#start('recover', { verb: 'recover', root }, { root }),
      discardStaging: async (root) => {
        await this.#start('discard-staging', { verb: 'discard-staging', root }, { root });
      },
      setBandwidthLimit: (bytesPerSecond) => {
        this.#bytesPerSecond = Number.isFinite(bytesPerSecond) ? bytesPerSecond : null;
        this.#channel?.send({ kind: 'limit', bytesPerSecond: this.#bytesPerSecond });
      },
      close: () => this.#close(),
    };
  }

  async #start<Verb extends PatcherVerb>(
    verb: Verb,
    job: PatcherJob,
    watch: ClientJob,
    grants?: GrantProvider,
  ): Promise<PatcherResult<Verb>> {
    if (this.#closed) throw processErrors.error('PATCHER_CLOSED');
    const jobId = this.#nextJob++;
    const settle = Promise.withResolvers<unknown>();
    const running: RunningJob = { job, grants, watch, settle, cancelled: false, restarts: 0 };
    this.#jobs.set(jobId, running);
    this.#send({ kind: 'start', jobId, job });
    const cancel = () => {
      running.cancelled = true;
      this.#send({ kind: 'cancel', jobId });
    };
    if (watch.signal?.aborted === true) cancel();
    watch.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return resultSchemas[verb].parse(await settle.promise) as PatcherResult<Verb>;
    } finally {
      this.#jobs.delete(jobId);
      watch.signal?.removeEventListener('abort', cancel);
    }
  }

  #send(message: ToPatcher): void {
    this.#channel ??= this.#open();
    this.#channel.send(message);
  }

  #open(): ClientChannel {
    const channel = this.#spawn(new URL('patcher-entry.ts', import.meta.url));
    channel.onMessage((raw) => this.#take(channel, raw));
    channel.onExit((reason) => this.#lost(channel, reason));
    if (this.#bytesPerSecond !== null) channel.send({ kind: 'limit', bytesPerSecond: this.#bytesPerSecond });
    return channel;
  }

  #take(channel: ClientChannel, raw: unknown): void {
    const parsed = fromPatcherSchema.safeParse(raw);
    if (!parsed.success) {
      // A process that talks nonsense is as good as dead; ending it starts a new one.
      channel.kill();
      return;
    }
    const message = parsed.data;
    if (message.kind === 'ready') return;
    const running = this.#jobs.get(message.jobId);
    if (running !== undefined) this.#deliver(channel, running, message);
  }

  #deliver(
    channel: ClientChannel,
    running: RunningJob,
    message: Exclude<FromPatcher, { kind: 'ready' }>,
  ): void {
    switch (message.kind) {
      case 'progress':
        running.watch.onProgress?.(message.progress);
        break;
      case 'planned':
        running.watch.onPlan?.(message.plan);
        break;
      case 'grant-wanted':
        void this.#answerGrant(channel, running, message);
        break;
      case 'done':
        running.settle.resolve(message.result);
        break;
      case 'failed':
        running.settle.reject(new AppError(message.error));
        break;
    }
  }

  async #answerGrant(
    channel: ClientChannel,
    { grants }: RunningJob,
    { requestId, reason }: { readonly requestId: number; readonly reason: string | null },
  ): Promise<void> {
    try {
      if (grants === undefined)
        throw processErrors.error('PATCHER_FAILED', { reason: 'a grant nobody gives' });
      const { baseUrl, query, mirrors } = await (reason === null ? grants.current() : grants.refresh(reason));
      const grant = { baseUrl, query, ...(mirrors === undefined ? {} : { mirrors: [...mirrors] }) };
      channel.send({ kind: 'grant', requestId, grant });
    } catch (error) {
      const reasonText = error instanceof Error ? error.message : String(error);
      const known =
        error instanceof AppError ? error : processErrors.error('PATCHER_FAILED', { reason: reasonText });
      channel.send({ kind: 'grant-failed', requestId, error: known.toData() });
    }
  }

  /** The process ended: give up jobs that keep losing it, start the others again in a new one. */
  #lost(channel: ClientChannel, reason: string): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    for (const [jobId, running] of this.#jobs) {
      running.restarts++;
      if (this.#closed) running.settle.reject(processErrors.error('PATCHER_CLOSED'));
      else if (running.restarts > RESTARTS_MAX)
        running.settle.reject(processErrors.error('PATCHER_DIED', { reason }));
      else {
        this.#send({ kind: 'start', jobId, job: running.job });
        if (running.cancelled) this.#send({ kind: 'cancel', jobId });
      }
    }
  }

  #close(): void {
    this.#closed = true;
    const channel = this.#channel;
    if (channel === undefined) return;
    channel.kill();
    this.#lost(channel, 'closed');
  }
}

/** The schema of messages has arrays that can be written to. */
function toRoutes({ patches = [], chains = [], speeds, prefer }: ClientRoutes) {
  return { patches: [...patches], chains: chains.map((chain) => [...chain]), speeds, prefer };
}

/** A plain Node process, of the bundle where there is one; `advanced` serialisation keeps numbers and undefined as they are. */
export function forkEntry(entry: URL): ChildProcess {
  return fork(new URL('patcher.mjs', entry), {
    serialization: 'advanced',
    execArgv: [...PATCHER_FLAGS],
    env: patcherEnvironment(),
  });
}

function forkPatcher(entry: URL): ClientChannel {
  const child = forkEntry(entry);
  let ended = false;
  return {
    send: (message) => {
      // After its end a message would be an error of the channel; the exit handler sends the job again.
      if (!ended && child.connected) child.send(message, () => {});
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      const end = (reason: string) => {
        if (ended) return;
        ended = true;
        listener(reason);
      };
      child.on('exit', (code, signal) => end(signal ?? `status ${code}`));
      child.on('error', (error) => end(error.message));
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
