import { CamelCasePlugin, Kysely, PostgresDialect, type Transaction } from 'kysely';
import { DatabaseError, Pool, TypeOverrides, types } from 'pg';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;
export type DatabaseTransaction = Transaction<Tables>;

export interface DatabaseOptions {
  readonly url: string;
  /** Connections this process may hold. */
  readonly connectionsMax?: number;
  /** `api`, the default, gives up on a query after seconds; `jobs` after minutes. */
  readonly purpose?: keyof typeof QUERY_TIMEOUT_MS;
  /** Told of a broken idle connection; the pool replaces it by itself. */
  readonly onConnectionError?: (error: Error) => void;
}

/** Long enough for a burst to drain, short enough that a caller sees "busy" (503) rather than hangs. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A caller of the API is told "busy" before it gives up by itself; a job may write a million chunks at once. */
const QUERY_TIMEOUT_MS = { api: 8_000, jobs: 300_000 } as const;

/** Open a pool. Nothing is connected before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const timeoutMs = QUERY_TIMEOUT_MS[options.purpose ?? 'api'];
  const pool = new Pool({
    connectionString: options.url,
    max: options.connectionsMax ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: timeoutMs,
    // A server that does not even answer is given up on by the client.
    query_timeout: timeoutMs + 500,
    application_name: 'gantry',
    types: parsers,
  });
  // Without listeners a connection that breaks would end the process. The pool repeats what its idle clients say.
  const onError = options.onConnectionError ?? (() => undefined);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', onError));
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

/** bigint columns hold byte counts and ids, all far below 2^53; as strings they would add up by concatenation. */
const parsers = new TypeOverrides();
parsers.setTypeParser(types.builtins.INT8, parseBigint);

function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond 2^53`);
  return value;
}

/** What a socket to the database says. A file that is missing has codes too, but another system call. */
const SOCKET_CALLS = new Set(['connect', 'read', 'write', 'getaddrinfo']);
/** Shutting down, crashed, starting; too many connections; statement timeout; connection exceptions. */
const SERVER_CODES = /^(?:57P0[123]|53300|57014|08...)$/;
const CLIENT_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable/;

/** True when a query failed because the database is gone, stopping, starting, too slow or out of connections. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseError) return SERVER_CODES.test(error.code ?? '');
  if ('syscall' in error && SOCKET_CALLS.has(String(error.syscall))) return true;
  return CLIENT_MESSAGES.test(error.message);
}

/** Number out of range; a NUL character in text or in JSON: values no schema of the API names, and no column can hold. */
const UNSTORABLE_CODES = new Set(['22003', '22021', '22P05']);

/** True when a query failed because of a value a caller sent. */
export function isUnstorable(error: unknown): boolean {
  return error instanceof DatabaseError && UNSTORABLE_CODES.has(error.code ?? '');
}

/** True for a unique violation, optionally of one named constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof DatabaseError) || error.code !== '23505') return false;
  return constraint === undefined || error.constraint === constraint;
}
