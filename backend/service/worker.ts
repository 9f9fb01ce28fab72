import path from 'node:path';
import { openDatabase } from '../db/database.ts';
import { migrateToLatest } from '../db/migrations.ts';
import { openJobQueue } from '../jobs/job-queue.ts';
import { FileStore } from '../storage/file-store.ts';
import type { UploadStore } from '../storage/object-store.ts';
import { S3Store, type S3StoreOptions } from '../storage/s3-store.ts';
import { CloseStack } from './close-stack.ts';
import { startErrors } from './errors.ts';
import { createJobHandlers, type ServiceLog } from './service.ts';

export interface WorkerOptions {
  /** Scratch space, and without `s3` the service's own data folder, which holds the objects. */
  readonly dataDir: string;
  /** The service's database. */
  readonly databaseUrl?: string;
  readonly s3?: S3StoreOptions;
  /** See `ServiceOptions`. */
  readonly patchPartSegments?: number;
  readonly log?: ServiceLog;
}

export interface RunningWorker {
  /** Lets running jobs stop, then leaves; what was not finished is taken up by another worker. */
  readonly close: () => Promise<void>;
}

/** A worker machine looks less often than a service somebody waits for. */
const POLL_SECONDS = 2;

/**
 * Run the service's jobs in a process of its own, over the same database and storage.
 * @throws {AppError} `SERVICE_CONFIG_INVALID` without a database.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { databaseUrl, dataDir } = options;
  if (databaseUrl === undefined) {
    throw startErrors.error('SERVICE_CONFIG_INVALID', { reason: 'DATABASE_URL is not set' });
  }
  const log: ServiceLog = options.log ?? (() => undefined);
  const closing = new CloseStack();
  try {
    const onConnectionError = (error: Error) =>
      log({ level: 'error', message: 'a database connection broke', error });
    const database = openDatabase({ url: databaseUrl, onConnectionError, purpose: 'jobs' });
    closing.push(() => database.destroy());
    await migrateToLatest(database);
    const store = openStore(options, closing);
    const onError = (error: unknown) => log({ level: 'error', message: 'a job failed', error });
    const jobs = await openJobQueue({ databaseUrl, pollSeconds: POLL_SECONDS, soleWorker: false, onError });
    closing.push(() => jobs.stop());
    const scratchFolder = path.join(dataDir, 'worker-scratch');
    const accessLogFolder = path.join(dataDir, 'access-logs');
    const { patchPartSegments } = options;
    await jobs.work(
      createJobHandlers({
        database,
        store,
        jobs,
        log,
        scratchFolder,
        accessLogFolder,
        ...(patchPartSegments !== undefined && { patchShape: { segmentsPerPart: patchPartSegments } }),
      }),
    );
    return { close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

function openStore(options: WorkerOptions, closing: CloseStack): UploadStore {
  if (options.s3) {
    const store = new S3Store(options.s3);
    closing.push(async () => store.close());
    return store;
  }
  // Workers read and write objects; they hand out no upload addresses, so nothing is ever signed with this.
  const secret = 'a worker signs no upload addresses';
  const publicUrl = () => {
    throw new Error('a worker hands out no upload addresses');
  };
  return new FileStore({ folder: path.join(options.dataDir, 'objects'), secret, publicUrl });
}
