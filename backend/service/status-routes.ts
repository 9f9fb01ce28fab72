import { sql } from 'kysely';
import type { RegisterRoute } from '../api/route-call.ts';
import type { ServiceStatus } from '../api/contract.ts';
import { type Database, isDatabaseDown } from '../db/database.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface StatusServices {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly storage: ServiceStatus['storage'];
  readonly jobs: JobQueue;
  readonly version: string;
  readonly startedAt: Date;
}

/** Nothing is ever stored under it: asking for it shows that the store answers. */
const PROBE_KEY = 'probe/ready';

export function statusRoutes(registerRoute: RegisterRoute, services: StatusServices): void {
  const { database, store, storage, jobs, version, startedAt } = services;

  registerRoute('health', async () => ({ ok: true }));

  registerRoute('ready', async () => {
    await sql`select 1`.execute(database);
    await store.head(PROBE_KEY);
    return { ok: true };
  });

  registerRoute('status', async () => {
    const summary = await jobs.summary().catch((error: unknown) => {
      if (isDatabaseDown(error)) return undefined;
      throw error;
    });
    return {
      version,
      startedAt: startedAt.toISOString(),
      database: summary === undefined ? 'down' : 'ok',
      storage,
      jobs: summary ?? [],
    };
  });
}
