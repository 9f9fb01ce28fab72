import { randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Database, openDatabase } from '../db/database.ts';
import { startEmbeddedPostgres } from '../db/embedded-postgres.ts';
import { migrateToLatest } from '../db/migrations.ts';
import { SHARED_POSTGRES_VARIABLE } from './shared-postgres.ts';

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** A database of its own for one test file, migrated, on the run's one real Postgres. */
export async function createTestDatabase(
  options: { readonly migrated?: boolean } = {},
): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href });
  if (options.migrated ?? true) await migrateToLatest(database);
  return {
    url: url.href,
    database,
    close: async () => {
      await database.destroy();
      await execute(server, `drop database ${name} with (force)`);
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Whoever makes the lock folder starts the server; the others wait for its address. */
async function sharedServer(): Promise<string> {
  const folder = process.env[SHARED_POSTGRES_VARIABLE];
  if (folder === undefined) throw new Error('run these tests with vitest and the project’s configuration');
  const address = path.join(folder, 'url');
  const isFirst = await mkdir(path.join(folder, 'lock')).then(
    () => true,
    () => false,
  );
  if (isFirst) await startShared(folder, address);
  while (!(await exists(address))) {
    if (await exists(path.join(folder, 'failed'))) {
      throw new Error(await readFile(path.join(folder, 'failed'), 'utf8'));
    }
    await delay(50);
  }
  return readFile(address, 'utf8');
}

async function startShared(folder: string, address: string): Promise<void> {
  try {
    const cluster = path.join(folder, 'cluster');
    const server = await startEmbeddedPostgres({ folder: cluster, volatile: true, outlivesProcess: true });
    await writeFile(`${address}.new`, server.url);
    await rename(`${address}.new`, address);
  } catch (error) {
    await writeFile(path.join(folder, 'failed'), String(error));
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
