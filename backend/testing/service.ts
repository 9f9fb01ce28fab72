import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ApiClient, createApiClient } from '../api/client.ts';
import type { Session } from '../api/contract.ts';
import type { Database } from '../db/database.ts';
import { type RunningService, type ServiceOptions, startService } from '../service/serve.ts';
import { createTestDatabase } from './database.ts';

/** A signed-in account and its client. */
export interface TestAccount {
  readonly api: ApiClient;
  readonly session: Session;
  readonly email: string;
}

export interface TestService {
  readonly service: RunningService;
  readonly database: Database;
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Errors the service logged. */
  readonly logged: readonly unknown[];
  /** A client without a session. */
  readonly anonymous: ApiClient;
  /** Open an account with a random address. */
  readonly register: (name?: string) => Promise<TestAccount>;
  readonly close: () => Promise<void>;
}

export const TEST_PASSWORD = 'correct horse battery staple';

/** Tests hammer on purpose; those of the limits set their own. */
const GENEROUS = {
  perIp: 1e6,
  perAccount: 1e6,
  signInPerIp: 1e6,
  signInPerEmail: 1e6,
  grantsPerAccount: 1e6,
};

/** A whole service over HTTP, with a database and a data folder of its own. */
export async function startTestService(options: Partial<ServiceOptions> = {}): Promise<TestService> {
  const testDatabase = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'gantry-service-'));
  const logged: unknown[] = [];
  const service = await startService({
    dataDir,
    databaseUrl: testDatabase.url,
    limits: GENEROUS,
    log: (event) => {
      if (event.level === 'error') logged.push(event.error ?? event.message);
    },
    ...options,
  });
  const anonymous = clientOf(service);
  return {
    service,
    database: testDatabase.database,
    dataDir,
    databaseUrl: testDatabase.url,
    logged,
    anonymous,
    register: (name = 'player') => register(service, name),
    close: async () => {
      await service.close();
      await testDatabase.close();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A client of a service; with a session, that account's. */
export function clientOf(service: Pick<RunningService, 'url'>, accessToken?: string): ApiClient {
  return createApiClient({
    baseUrl: service.url,
    fetch: globalThis.fetch,
    accessToken: async () => accessToken,
  });
}

async function register(service: RunningService, name: string): Promise<TestAccount> {
  const email = `${name}-${randomBytes(6).toString('hex')}@example.com`;
  const body = { email, password: TEST_PASSWORD, displayName: name, device: 'test' };
  const session = await clientOf(service).register({ body });
  return { api: clientOf(service, session.accessToken), session, email };
}

/** An account that owns a new organisation with one game. */
export async function registerPublisher(
  test: TestService,
  options: { readonly access?: 'free' | 'entitled' } = {},
): Promise<TestAccount & { readonly organisationId: string; readonly gameId: string }> {
  const account = await test.register('publisher');
  const suffix = randomBytes(4).toString('hex');
  const organisationId = `studio-${suffix}`;
  const gameId = `game-${suffix}`;
  await account.api.createOrganisation({ body: { organisationId, name: 'Studio' } });
  const body = { gameId, title: 'A game', access: options.access ?? 'entitled' } as const;
  await account.api.createGame({ params: { organisationId }, body });
  return { ...account, organisationId, gameId };
}
