import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { RateLimits } from '../api/rate-limits.ts';
import { ingestAccessLogs } from '../costs/ingest-access-logs.ts';
import { openDatabase } from '../db/database.ts';
import { migrateToLatest } from '../db/migrations.ts';
import { startSupervisedPostgres } from '../db/supervised-postgres.ts';
import { type KeyRing, trustedKeys } from '../delivery/key-ring.ts';
import { createSigner, type Signer } from '../delivery/signer.ts';
import { AccessLogWriter } from '../edge/access-log-writer.ts';
import { createEdge, type Edge } from '../edge/edge.ts';
import { openJobQueue } from '../jobs/job-queue.ts';
import { FileStore } from '../storage/file-store.ts';
import { fileStoreRoutes } from '../storage/file-store-routes.ts';
import type { UploadStore } from '../storage/object-store.ts';
import { S3Store, type S3StoreOptions } from '../storage/s3-store.ts';
import { openRoot } from '../trust/take-root.ts';
import { TRUST_PREFIX } from '../trust/announce.ts';
import { createServiceSigners, type TrustSecrets } from '../trust/trust-secrets.ts';
import { type Bootstrap, bootstrap } from './bootstrap.ts';
import { CloseStack } from './close-stack.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { startErrors } from './errors.ts';
import { createJobHandlers, createService, createTrustHandlers, type ServiceLog } from './service.ts';
import { readOrCreateKeys, type ServiceSecrets, writeSecretFile } from './service-keys.ts';

export interface ServiceOptions {
  /** Everything the service keeps on this machine lies below it. */
  readonly dataDir: string;
  /** 127.0.0.1 unless the service shall be reached from elsewhere. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly edgePort?: number;
  /** How clients reach the API, where it is not `http://<host>:<port>`. */
  readonly publicUrl?: string;
  /** Another Postgres than the embedded one. */
  readonly databaseUrl?: string;
  /** S3 in place of files below `dataDir`. */
  readonly s3?: S3StoreOptions;
  /** A CDN in place of the local edge: its address, without a trailing slash. */
  readonly cdnBaseUrl?: string;
  /** Other hosts that serve the same objects by the same keys, best first. */
  readonly cdnMirrorUrls?: readonly string[];
  /** In place of the key files below `dataDir`. */
  readonly secrets?: ServiceSecrets;
  readonly keyRing?: KeyRing;
  readonly trust?: TrustSecrets;
  /** What the first start on an empty database makes; see {@link Bootstrap}. */
  readonly bootstrap?: Partial<Bootstrap>;
  readonly limits?: Partial<RateLimits>;
  readonly trustProxy?: boolean;
  readonly heartbeatSeconds?: number;
  /** False leaves the jobs to `startWorker` processes. */
  readonly runJobs?: boolean;
  /** A patch of more segments is made in parts, by as many workers as there are. */
  readonly patchPartSegments?: number;
  readonly log?: ServiceLog;
}

export interface RunningService {
  /** Address of the API, without a trailing slash. */
  readonly url: string;
  /** Address of the CDN: the local edge's, or the configured one. */
  readonly edgeUrl: string;
  /** The local edge, where there is one. */
  readonly edge: Edge | undefined;
  /** The account the first start made; it is told this once and stands in `credentials.json` of the data folder. */
  readonly credentials: Bootstrap | undefined;
  /** Finish what runs, then stop everything in order. Calling it again waits for the same end. */
  readonly close: () => Promise<void>;
}

/** Often enough that nobody waits for a job, seldom enough to cost nothing. */
const POLL_SECONDS = 0.5;

/**
 * Start the whole service: Postgres, storage, edge, API and jobs, in that order. What was started before something
 * fails is stopped again.
 * @throws {AppError} `SERVICE_*`, `POSTGRES_*`, `KEY_RING_INVALID`
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const closing = new CloseStack();
  try {
    return await startParts(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function startParts(options: ServiceOptions, closing: CloseStack): Promise<RunningService> {
  const log: ServiceLog = (event) => {
    if (!closing.isClosing) options.log?.(event);
  };
  const dataDir = path.resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  closing.push(await lockDataFolder(dataDir));
  const keys = await readKeys(options, dataDir);
  const databaseUrl = options.databaseUrl ?? (await startPostgres(dataDir, closing, log));

  const onConnectionError = (error: Error) =>
    log({ level: 'error', message: 'a database connection broke', error });
  const database = openDatabase({ url: databaseUrl, onConnectionError });
  closing.push(() => database.destroy());
  const jobsDatabase = openDatabase({ url: databaseUrl, onConnectionError, purpose: 'jobs' });
  closing.push(() => jobsDatabase.destroy());
  await migrateToLatest(database);

  const accessLogFolder = path.join(dataDir, 'access-logs');
  let url = '';
  const store = openStore(options, dataDir, keys.secrets, () => url, closing);
  const delivery = await startDelivery(options, dataDir, store, keys, closing);
  const jobs = await openJobQueue({
    databaseUrl,
    pollSeconds: POLL_SECONDS,
    // With a database of its own and jobs of its own, nobody else can be working.
    soleWorker: options.databaseUrl === undefined && options.runJobs !== false,
    onError: (error) => log({ level: 'error', message: 'a job failed', error }),
  });
  closing.push(() => jobs.stop());

  const signers = createServiceSigners(keys.trust);
  await openRoot({ database, store, signers, now: () => new Date() });
  const service = await createService({
    database,
    store,
    signers,
    cdnUrl: delivery.edgeUrl,
    storage: options.s3 ? 's3' : 'files',
    signer: delivery.signer,
    jobs,
    accessTokenKeys: keys.secrets.accessTokenKeys,
    refreshSecret: keys.secrets.refreshSecret,
    version: readVersion(),
    refreshUsage: async () => {
      await delivery.accessLog?.flush();
      await ingestAccessLogs(database, accessLogFolder);
    },
    log,
    ...(options.limits && { limits: options.limits }),
    ...(options.trustProxy !== undefined && { trustProxy: options.trustProxy }),
    ...(options.heartbeatSeconds !== undefined && { heartbeatSeconds: options.heartbeatSeconds }),
  });
  if (store instanceof FileStore) {
    await service.fastify.register(fileStoreRoutes, { store, secret: keys.secrets.uploadSecret });
  }
  const credentials = await bootstrap(database, service.passwords, options.bootstrap);
  if (credentials) await writeSecretFile(path.join(dataDir, 'credentials.json'), credentials);

  closing.push(() => service.fastify.close());
  const listening = await listen(service.fastify, options);
  url = options.publicUrl ?? listening;
  await jobs.work(createTrustHandlers({ database: jobsDatabase, store, signers }));
  if (options.runJobs !== false) {
    // Whatever a killed service left there is of no use: its jobs begin anew.
    const scratchFolder = path.join(dataDir, 'scratch');
    await rm(scratchFolder, { recursive: true, force: true });
    const { patchPartSegments } = options;
    await jobs.work(
      createJobHandlers({
        database: jobsDatabase,
        store,
        jobs,
        log,
        scratchFolder,
        accessLogFolder,
        ...(patchPartSegments !== undefined && { patchShape: { segmentsPerPart: patchPartSegments } }),
      }),
    );
  }
  log({ level: 'info', message: `the service answers at ${url}` });
  return { url, edgeUrl: delivery.edgeUrl, edge: delivery.edge, credentials, close: () => closing.close() };
}

async function readKeys(options: ServiceOptions, dataDir: string) {
  const { secrets, keyRing, trust } = options;
  if (secrets && keyRing && trust) return { secrets, keyRing, trust };
  const stored = await readOrCreateKeys(path.join(dataDir, 'keys'));
  return {
    secrets: secrets ?? stored.secrets,
    keyRing: keyRing ?? stored.keyRing,
    trust: trust ?? stored.trust,
  };
}

async function startPostgres(dataDir: string, closing: CloseStack, log: ServiceLog): Promise<string> {
  const onEnded = (error: unknown) => log({ level: 'error', message: 'the database ended', error });
  const postgres = await startSupervisedPostgres({ folder: path.join(dataDir, 'postgres') }, onEnded);
  closing.push(() => postgres.stop());
  return postgres.url;
}

function openStore(
  options: ServiceOptions,
  dataDir: string,
  secrets: ServiceSecrets,
  publicUrl: () => string,
  closing: CloseStack,
): UploadStore {
  if (options.s3) {
    const store = new S3Store(options.s3);
    closing.push(async () => store.close());
    return store;
  }
  return new FileStore({ folder: path.join(dataDir, 'objects'), secret: secrets.uploadSecret, publicUrl });
}

interface Delivery {
  readonly signer: Signer;
  readonly edgeUrl: string;
  readonly edge: Edge | undefined;
  readonly accessLog: AccessLogWriter | undefined;
}

async function startDelivery(
  options: ServiceOptions,
  dataDir: string,
  store: UploadStore,
  keys: { readonly keyRing: KeyRing; readonly secrets: ServiceSecrets },
  closing: CloseStack,
): Promise<Delivery> {
  const keyRing = () => keys.keyRing;
  if (options.cdnBaseUrl !== undefined) {
    const mirrorUrls = options.cdnMirrorUrls ?? [];
    const signer = createSigner({ baseUrl: options.cdnBaseUrl, mirrorUrls, keyRing });
    return { signer, edgeUrl: options.cdnBaseUrl, edge: undefined, accessLog: undefined };
  }
  const accessLog = new AccessLogWriter({ folder: path.join(dataDir, 'access-logs') });
  const edge = createEdge({
    store,
    keys: () => trustedKeys(keys.keyRing),
    accessLog,
    adminToken: keys.secrets.edgeAdminToken,
    publicPrefixes: [TRUST_PREFIX],
  });
  closing.push(() => edge.close());
  const port = options.edgePort ?? 0;
  const edgeUrl = await naming(port, edge.listen({ host: options.host ?? '127.0.0.1', port }));
  return { signer: createSigner({ baseUrl: edgeUrl, keyRing }), edgeUrl, edge, accessLog };
}

async function listen(
  fastify: Awaited<ReturnType<typeof createService>>['fastify'],
  options: ServiceOptions,
): Promise<string> {
  const port = options.port ?? 0;
  return naming(port, fastify.listen({ host: options.host ?? '127.0.0.1', port }));
}

/** @throws {AppError} `SERVICE_PORT_TAKEN` */
async function naming<T>(port: number, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw startErrors.error('SERVICE_PORT_TAKEN', { port }, error);
  }
}

function readVersion(): string {
  const packageFile: unknown = createRequire(import.meta.url)('../../package.json');
  return (packageFile as { readonly version: string }).version;
}
