import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { databaseErrors } from './errors.ts';
import {
  choosePostgresUser,
  findPostgresBinaries,
  type PostgresBinaries,
  type UserIds,
} from './postgres-binaries.ts';
import { createLauncher, isAlive, type Launcher, runToEnd } from './postgres-process.ts';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, its log and its password; made when it is missing. */
  readonly folder: string;
  /** Do without durability, for databases that are thrown away. */
  readonly volatile?: boolean;
  /** The port to take; a free one by default. */
  readonly port?: number;
  /** Keep serving after this process has ended; whoever wants it stopped sees to it. */
  readonly outlivesProcess?: boolean;
}

export interface EmbeddedPostgres {
  /** Connects as the cluster's owner to its database `gantry`. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the server is no more, whoever ended it. */
  readonly exited: Promise<void>;
  /** Fast, clean shutdown; open connections are cut. */
  readonly stop: () => Promise<void>;
}

interface Cluster {
  readonly data: string;
  readonly log: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly launcher: Launcher;
  readonly user: UserIds | undefined;
}

const USER = 'gantry';
const DATABASE = 'gantry';
/** Recovery after a power cut replays at most a few checkpoints; a minute is generous on a slow disk. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
/** Another program may take the free port that was just found. */
const START_TRIES = 4;

/**
 * Start the Postgres that came from npm in a folder, which keeps its data from one start to the next.
 * A server a killed service left running there is stopped first.
 * @throws {AppError} `POSTGRES_*`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(path.resolve(options.folder));
  await stopLeftover(cluster);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer(cluster, options.port ?? (await findFreePort()), options);
    } catch (error) {
      if (attempt === START_TRIES) throw error;
    }
  }
}

async function prepareCluster(folder: string): Promise<Cluster> {
  const binaries = await findPostgresBinaries();
  await mkdir(folder, { recursive: true });
  const data = path.join(folder, 'data');
  const launcher = await createLauncher(choosePostgresUser(), [folder, binaries.postgres]);
  const user = launcher.owner;
  // Whoever Postgres runs as makes files here; nobody else looks inside.
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
  const password = await readOrCreatePassword(path.join(folder, 'password'), user);
  const cluster = { data, log: path.join(folder, 'postgres.log'), password, binaries, launcher, user };
  if (!(await isCluster(data))) await initialise(cluster, folder);
  return cluster;
}

async function isCluster(data: string): Promise<boolean> {
  return stat(path.join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function readOrCreatePassword(file: string, user: UserIds | undefined): Promise<string> {
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Only a missing file may be made anew: another password would lock us out of the cluster.
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (known !== undefined && known.trim() !== '') return known.trim();
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (user) await chown(file, user.uid, user.gid);
  return password;
}

/** Beside its place and then renamed, so that a kill in between leaves no half cluster. */
async function initialise(cluster: Cluster, folder: string): Promise<void> {
  const made = await mkdtemp(path.join(folder, 'new-'));
  if (cluster.user) await chown(made, cluster.user.uid, cluster.user.gid);
  const args = [
    `--pgdata=${made}`,
    `--username=${USER}`,
    `--pwfile=${path.join(folder, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const child = cluster.launcher.spawn(cluster.binaries.initdb, args, ['ignore', 'pipe', 'pipe']);
  const { code, output } = await runToEnd(child);
  if (code !== 0) {
    await rm(made, { recursive: true, force: true });
    throw databaseErrors.error('POSTGRES_START_FAILED', {
      reason: output.trim().split('\n').at(-1) ?? `initdb ended with ${code}`,
      log: cluster.log,
    });
  }
  await rename(made, cluster.data);
}

/** postmaster.pid: line 1 the process, line 4 the port. */
async function readPidFile(cluster: Cluster): Promise<{ pid: number; port: number } | undefined> {
  const text = await readFile(path.join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

/**
 * The process id may belong to another program by now, so it is only ended if a server answers on the recorded port
 * and says that it serves this very folder. A stale file without a server is Postgres's own to judge.
 */
async function stopLeftover(cluster: Cluster): Promise<void> {
  const leftover = await readPidFile(cluster);
  if (leftover === undefined || !isAlive(leftover.pid)) return;
  if (await servesFolder(cluster, leftover.port)) await endProcess(leftover.pid);
}

async function servesFolder(cluster: Cluster, port: number): Promise<boolean> {
  try {
    return await withClient(connectionUrl(cluster, port, 'postgres'), async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      return rows[0]?.data_directory === cluster.data;
    });
  } catch {
    return false;
  }
}

async function startServer(
  cluster: Cluster,
  port: number,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const log = openSync(cluster.log, 'a', 0o600);
  const args = ['-D', cluster.data, '-p', String(port), ...settings(options.volatile ?? false)];
  const child = cluster.launcher.spawn(cluster.binaries.postgres, args, ['ignore', log, log]);
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const reason = await Promise.race([exited, waitUntilReady(cluster, port)]);
  if (reason !== undefined) {
    child.kill('SIGINT');
    throw databaseErrors.error('POSTGRES_START_FAILED', { reason, log: cluster.log });
  }
  const pid = child.pid as number;
  if (!options.outlivesProcess) stopAtExit(child);
  child.unref();
  await ensureDatabase(cluster, port);
  return {
    url: connectionUrl(cluster, port, DATABASE),
    pid,
    exited: exited.then(() => undefined),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) await endProcess(pid);
    },
  };
}

/** A process that ends without closing the service still takes its database along. */
function stopAtExit(child: ChildProcess): void {
  const stop = () => void child.kill('SIGINT');
  process.once('exit', stop);
  child.once('exit', () => process.off('exit', stop));
}

function settings(isVolatile: boolean): string[] {
  const common = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_min_messages: 'warning',
  };
  const reckless = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  return Object.entries({ ...common, ...(isVolatile && reckless) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}

/** @returns undefined once a connection works, or why it never did. */
async function waitUntilReady(cluster: Cluster, port: number): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let reason = 'it did not answer in time';
  while (Date.now() < deadline) {
    try {
      await withClient(connectionUrl(cluster, port, 'postgres'), async () => undefined);
      return undefined;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      await delay(POLL_MS);
    }
  }
  return reason;
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  await withClient(connectionUrl(cluster, port, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function connectionUrl(cluster: Cluster, port: number, database: string): string {
  return `postgres://${USER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

/** SIGINT is Postgres's fast shutdown: it rolls back, writes a checkpoint and ends. SIGQUIT only if that hangs. */
async function endProcess(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return;
      await delay(POLL_MS);
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
