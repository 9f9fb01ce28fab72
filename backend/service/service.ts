import type { FastifyInstance } from 'fastify';
import { accountRoutes } from '../accounts/account-routes.ts';
import { type AccessTokenKeys, createAccessTokens } from '../accounts/access-tokens.ts';
import { createPasswords, type Passwords } from '../accounts/passwords.ts';
import { type App, createApp } from '../api/app.ts';
import { type RouteName, routes } from '../api/contract.ts';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../api/rate-limits.ts';
import { costRoutes } from '../costs/cost-routes.ts';
import { ingestAccessLogs } from '../costs/ingest-access-logs.ts';
import { catalogueRoutes } from '../catalogue/catalogue-routes.ts';
import type { Database } from '../db/database.ts';
import type { Signer } from '../delivery/signer.ts';
import { grantRoutes } from '../grants/grant-routes.ts';
import type { JobHandlers, JobQueue } from '../jobs/job-queue.ts';
import { expireParts } from '../patches/expire-parts.ts';
import { joinPatchJob } from '../patches/join-patch-job.ts';
import { makePatchJob } from '../patches/make-patch-job.ts';
import { makePatchPartJob } from '../patches/make-patch-part-job.ts';
import type { PatchShape } from '../patches/patch-pair.ts';
import { expirePushes } from '../push/expire-pushes-job.ts';
import { pushRoutes } from '../push/push-routes.ts';
import { verifyPush } from '../push/verify-push-job.ts';
import { createGameTokens } from '../quests/game-tokens.ts';
import { createPossessionChallenges } from '../quests/possession.ts';
import { questRoutes } from '../quests/quest-routes.ts';
import type { UploadStore } from '../storage/object-store.ts';
import { renewRepositories } from '../trust/announce.ts';
import { trustRoutes } from '../trust/trust-routes.ts';
import type { ServiceSigners } from '../trust/trust-secrets.ts';
import { statusRoutes } from './status-routes.ts';

/** Told of what an operator should know; never of secrets. */
export type ServiceLog = (event: {
  readonly level: 'info' | 'error';
  readonly message: string;
  readonly requestId?: string;
  readonly error?: unknown;
}) => void;

/** The parts a service is made of, already open. */
export interface ServiceParts {
  readonly database: Database;
  readonly store: UploadStore;
  readonly storage: 'files' | 's3';
  readonly signer: Signer;
  /** The keys of snapshot and timestamp, and where records are fetched from. */
  readonly signers: ServiceSigners;
  readonly cdnUrl: string;
  readonly jobs: JobQueue;
  readonly accessTokenKeys: AccessTokenKeys;
  readonly refreshSecret: string;
  readonly version: string;
  readonly now?: () => Date;
  readonly limits?: Partial<RateLimits>;
  readonly trustProxy?: boolean;
  /** How often launchers report that a game still runs. */
  readonly heartbeatSeconds?: number;
  /** See {@link costRoutes}. */
  readonly refreshUsage?: () => Promise<void>;
  readonly log: ServiceLog;
}

export interface Service {
  readonly app: App;
  readonly fastify: FastifyInstance;
  readonly passwords: Passwords;
}

/** Fine enough for progress a player watches, coarse enough that a hundred thousand players are 7,000 requests a second. */
const DEFAULT_HEARTBEAT_SECONDS = 15;

/** The HTTP API over its parts, with every domain's routes. */
export async function createService(parts: ServiceParts): Promise<Service> {
  const now = parts.now ?? (() => new Date());
  const tokens = await createAccessTokens(parts.accessTokenKeys, now);
  const passwords = createPasswords();
  const app = await createApp({
    database: parts.database,
    tokens,
    now,
    version: parts.version,
    limits: { ...DEFAULT_RATE_LIMITS, ...parts.limits },
    trustProxy: parts.trustProxy ?? false,
    onFault: (error, requestId) =>
      parts.log({ level: 'error', message: 'a request failed', requestId, error }),
  });
  const services = { ...parts, tokens, passwords, now, startedAt: now() };
  const { registerRoute } = app.registrar;
  statusRoutes(registerRoute, services);
  accountRoutes(registerRoute, services);
  catalogueRoutes(registerRoute, services);
  pushRoutes(registerRoute, services);
  grantRoutes(registerRoute, services);
  trustRoutes(registerRoute, services);
  costRoutes(registerRoute, services);
  questRoutes(registerRoute, {
    ...services,
    challenges: createPossessionChallenges(parts.store),
    gameTokens: await createGameTokens(parts.accessTokenKeys, now),
    heartbeatSeconds: parts.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS,
  });
  assertComplete(app);
  return { app, fastify: app.fastify, passwords };
}

/** A route of the contract that nobody serves is our own mistake. */
function assertComplete({ registrar }: App): void {
  const missing = Object.keys(routes).filter((name) => !registrar.registered.has(name as RouteName));
  if (missing.length > 0) throw new Error(`routes without a handler: ${missing.join(', ')}`);
}

export interface WorkerParts extends Pick<ServiceParts, 'database' | 'store' | 'jobs' | 'now' | 'log'> {
  /** For trees that patches are made from and tried on. */
  readonly scratchFolder: string;
  /** Where the edge's access logs are; without it none are read. */
  readonly accessLogFolder?: string;
  readonly patchShape?: PatchShape;
}

/** 512 MiB of changed bytes: minutes of work, against which fetching both builds once more is little. */
const DEFAULT_PATCH_SHAPE: PatchShape = { segmentsPerPart: 64 };

/** The one job that needs the service's own keys: every process that has them does it, workers do not. */
export function createTrustHandlers(
  parts: Pick<ServiceParts, 'database' | 'store' | 'signers' | 'now'>,
): Pick<JobHandlers, 'renew-trust'> {
  const now = parts.now ?? (() => new Date());
  return { 'renew-trust': () => renewRepositories({ ...parts, now }) };
}

/** What the jobs do. */
export function createJobHandlers(parts: WorkerParts): Omit<JobHandlers, 'renew-trust'> {
  const services = {
    ...parts,
    now: parts.now ?? (() => new Date()),
    patchShape: parts.patchShape ?? DEFAULT_PATCH_SHAPE,
  };
  return {
    'verify-push': (job) => verifyPush(services, job),
    'make-patch': (job) => makePatchJob(services, job),
    'make-patch-part': (job) => makePatchPartJob(services, job),
    'join-patch': (job) => joinPatchJob(services, job),
    'expire-pushes': async () => {
      await expirePushes(services);
      await expireParts(services);
    },
    'ingest-access-logs': async () => {
      if (parts.accessLogFolder !== undefined) await ingestAccessLogs(parts.database, parts.accessLogFolder);
    },
  };
}
