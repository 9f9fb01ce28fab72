import { fromKysely, PgBoss } from 'pg-boss';
import type { JobSummary } from '../api/contract.ts';
import type { DatabaseTransaction } from '../db/database.ts';

/** Every kind of job and what it is told. A domain adds its jobs by one line. */
export interface JobData {
  'verify-push': { readonly pushSessionId: string };
  'make-patch': { readonly oldBuildId: number; readonly newBuildId: number };
  'make-patch-part': PatchPartsJob & { readonly part: number };
  'join-patch': PatchPartsJob;
  'ingest-access-logs': Record<string, never>;
  'expire-pushes': Record<string, never>;
  'renew-trust': Record<string, never>;
}
export type JobName = keyof JobData;

/** A patch that is made in parts. */
export interface PatchPartsJob {
  readonly oldBuildId: number;
  readonly newBuildId: number;
  readonly segmentBytes?: number | undefined;
  /** What every worker must plan as well. */
  readonly planDigest: string;
  /** Behind the last segment of each part. */
  readonly ends: readonly number[];
}

/** What a running job is given. Handlers run at least once: they must bear being run again. */
export interface RunningJob<Name extends JobName> {
  readonly data: JobData[Name];
  /** Aborts when the service stops or the job's time is over. */
  readonly signal: AbortSignal;
  /** True for the last try. */
  readonly isLastTry: boolean;
}
export type JobHandler<Name extends JobName> = (job: RunningJob<Name>) => Promise<void>;
export type JobHandlers = { readonly [Name in JobName]: JobHandler<Name> };

export interface EnqueueOptions {
  /** The job exists exactly when this commits. */
  readonly transaction?: DatabaseTransaction;
  /** Where the queue holds no two of the same key: this job is not added while one of its key waits to be begun. */
  readonly key?: string;
}

export interface JobQueue {
  readonly enqueue: <Name extends JobName>(
    name: Name,
    data: JobData[Name],
    options?: EnqueueOptions,
  ) => Promise<void>;
  /** Take jobs from now on, of the kinds there are handlers for. */
  readonly work: (handlers: Partial<JobHandlers>) => Promise<void>;
  readonly summary: () => Promise<JobSummary[]>;
  /** Lets running jobs see their signal and end, then leaves. */
  readonly stop: () => Promise<void>;
}

interface QueueSettings {
  readonly retryLimit: number;
  readonly retryDelay: number;
  readonly expireInSeconds: number;
  readonly concurrent: number;
  /** `short`: at most one job of each key waits for its first try. */
  readonly policy?: 'short';
  /** Runs by itself at these times, once for all workers. */
  readonly cron?: string;
}

const HOUR_SECONDS = 3600;
/** A killed worker's job is taken up by another this long after its last sign of life; pg-boss allows no less. */
const HEARTBEAT_SECONDS = 10;

/** A job sees its signal within one chunk or one read of a file. */
const STOP_TIMEOUT_MS = 20_000;

const QUEUES: { readonly [Name in JobName]: QueueSettings } = {
  'verify-push': { retryLimit: 10, retryDelay: 2, expireInSeconds: 6 * HOUR_SECONDS, concurrent: 2 },
  'make-patch': { retryLimit: 3, retryDelay: 5, expireInSeconds: 12 * HOUR_SECONDS, concurrent: 1 },
  // More tries: a patch of many parts fails with any one of them.
  'make-patch-part': {
    retryLimit: 5,
    retryDelay: 5,
    expireInSeconds: 12 * HOUR_SECONDS,
    concurrent: 1,
    policy: 'short',
  },
  'join-patch': {
    retryLimit: 5,
    retryDelay: 5,
    expireInSeconds: 12 * HOUR_SECONDS,
    concurrent: 1,
    policy: 'short',
  },
  'ingest-access-logs': {
    retryLimit: 5,
    retryDelay: 5,
    expireInSeconds: HOUR_SECONDS,
    concurrent: 1,
    cron: '* * * * *',
  },
  'expire-pushes': {
    retryLimit: 3,
    retryDelay: 30,
    expireInSeconds: HOUR_SECONDS,
    concurrent: 1,
    cron: '17 * * * *',
  },
  // Often against a day's life: what a crash left unpublished waits no longer than this either.
  'renew-trust': {
    retryLimit: 2,
    retryDelay: 30,
    expireInSeconds: HOUR_SECONDS,
    concurrent: 1,
    cron: '*/10 * * * *',
  },
};
const JOB_NAMES = Object.keys(QUEUES) as JobName[];

export interface JobQueueOptions {
  readonly databaseUrl: string;
  /** Seconds between looks for new jobs, 0.5 or more. */
  readonly pollSeconds: number;
  readonly onError: (error: unknown) => void;
  /**
   * This process is the only worker, so what is marked as running at start was running when it died:
   * it is put back at once rather than after a missed heartbeat.
   */
  readonly soleWorker: boolean;
}

/** Connect to the queues, made where they are missing. Nothing is worked on before {@link JobQueue.work}. */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
    application_name: 'gantry-jobs',
    max: 4,
    connectionTimeoutMillis: 5_000,
    // Somebody waits for a push: a new job wakes a worker at once, and polling is for retries and lost notices.
    useListenNotify: true,
    monitorIntervalSeconds: HEARTBEAT_SECONDS,
    superviseIntervalSeconds: HEARTBEAT_SECONDS,
  });
  boss.on('error', options.onError);
  await boss.start();
  for (const name of JOB_NAMES) await ensureQueue(boss, name);
  if (options.soleWorker) await putBackActiveJobs(boss);
  const stopping = new AbortController();
  return {
    enqueue: async (name, data, { transaction, key } = {}) => {
      const db = transaction && fromKysely(transaction.withoutPlugins());
      await boss.send(name, data, { ...(db && { db }), ...(key !== undefined && { singletonKey: key }) });
    },
    work: async (handlers) => {
      for (const name of JOB_NAMES) {
        const handler = handlers[name] as JobHandler<JobName> | undefined;
        if (handler === undefined) continue;
        const { cron } = QUEUES[name];
        if (cron !== undefined) await boss.schedule(name, cron);
        await workQueue(boss, name, handler, options, stopping.signal);
      }
    },
    summary: () => summarise(boss),
    stop: async () => {
      stopping.abort(new Error('the service stops'));
      await boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS, close: true });
    },
  };
}

async function ensureQueue(boss: PgBoss, name: JobName): Promise<void> {
  const { concurrent: _concurrent, cron: _cron, policy, ...settings } = QUEUES[name];
  const queue = { ...settings, retryBackoff: true, notify: true, heartbeatSeconds: HEARTBEAT_SECONDS };
  if (await boss.getQueue(name)) await boss.updateQueue(name, queue);
  else await boss.createQueue(name, { ...queue, ...(policy && { policy }) });
}

async function putBackActiveJobs(boss: PgBoss): Promise<void> {
  const database = boss.getDb();
  await database.executeSql(
    "update pgboss.job set state = 'retry', start_after = now() where state = 'active' and name = any($1)",
    [JOB_NAMES],
  );
}

async function workQueue(
  boss: PgBoss,
  name: JobName,
  handler: JobHandler<JobName>,
  options: JobQueueOptions,
  stopping: AbortSignal,
): Promise<void> {
  const work = {
    batchSize: 1,
    localConcurrency: QUEUES[name].concurrent,
    pollingIntervalSeconds: options.pollSeconds,
    notifyPollingIntervalSeconds: Math.max(1, options.pollSeconds),
    includeMetadata: true,
  } as const;
  await boss.work<JobData[JobName], void, typeof work>(name, work, async (jobs) => {
    for (const job of jobs) {
      try {
        // One that was taken while the others were told to stop; it is tried again by whoever comes next.
        stopping.throwIfAborted();
        await handler({
          data: job.data,
          signal: AbortSignal.any([job.signal, stopping]),
          isLastTry: job.retryCount >= job.retryLimit,
        });
      } catch (error) {
        if (!stopping.aborted) options.onError(error);
        throw error;
      }
    }
  });
}

async function summarise(boss: PgBoss): Promise<JobSummary[]> {
  const { rows } = await boss.getDb().executeSql(
    `select name, state, count(*)::int as jobs from pgboss.job
     where name = any($1) and state in ('created', 'retry', 'active', 'failed') group by name, state`,
    [JOB_NAMES],
  );
  const counts = rows as { name: string; state: string; jobs: number }[];
  const count = (name: string, ...states: string[]) =>
    counts
      .filter((row) => row.name === name && states.includes(row.state))
      .reduce((sum, row) => sum + row.jobs, 0);
  return JOB_NAMES.map((name) => ({
    queue: name,
    queued: count(name, 'created', 'retry'),
    active: count(name, 'active'),
    failed: count(name, 'failed'),
  }));
}
