import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { LaunchTarget, Manifest } from '../../patcher/formats/manifest.ts';
import { launcherErrors } from '../launcher-errors.ts';
import { errnoOf } from '../profile/document.ts';
import { sendEmpty, serveEndpoint } from './game-endpoint.ts';
import type { GameReports, GameRun } from './game-host.ts';
import { findFile, isUntouched, openVerified } from './verified-file.ts';

export interface ExecutableRunOptions {
  readonly gameId: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly target: LaunchTarget;
  /** The player's own, after the manifest's. */
  readonly launchArguments: readonly string[];
  readonly reports: GameReports;
  /** Given to the game so that its own server can confirm events; null when offline. */
  readonly gameToken: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the game's own output goes; by default nowhere. */
  readonly output?: 'ignore' | 'inherit';
  /** Between hash and start, for a test that swaps the file in that moment. */
  readonly beforeSpawn?: () => Promise<void>;
}

/** What of the launcher's own environment a game must not see. */
const PRIVATE_VARIABLES =
  /^(?:GANTRY_|ELECTRON_|NODE_OPTIONS$|NODE_CHANNEL|NODE_UNIQUE_ID$|APPIMAGE$|APPDIR$|npm_)/;
/** A game that ignores being asked to end is ended. */
const KILL_AFTER_MS = 10_000;

/**
 * Start a game's program: hash it, start it, and look again that it was this very file that started.
 * @throws {AppError} `PLAY_FILE_MISSING`, `PLAY_FILE_CHANGED`, `PLAY_START_FAILED`.
 */
export async function startExecutableRun(options: ExecutableRunOptions): Promise<GameRun> {
  const { folder, gameId, manifest, target } = options;
  const entry = findFile(manifest, target.path);
  if (entry === undefined) throw launcherErrors.error('PLAY_FILE_MISSING', { gameId, path: target.path });
  const endpoint = await openEndpoint(options);
  try {
    const verified = await openVerified({ folder, gameId, entry });
    try {
      await options.beforeSpawn?.();
      const child = await spawnGame(options, verified.file, endpoint);
      const exited = whenExited(child);
      if (!(await isUntouched(verified))) {
        child.kill('SIGKILL');
        await exited;
        throw launcherErrors.error('PLAY_FILE_CHANGED', { gameId, path: target.path });
      }
      const left = Promise.withResolvers<{ exitCode: null }>();
      return {
        ended: Promise.race([exited, left.promise]).finally(() => endpoint.close()),
        stop: () => stopChild(child),
        leave: () => {
          child.unref();
          left.resolve({ exitCode: null });
        },
      };
    } finally {
      await verified.handle.close();
    }
  } catch (error) {
    endpoint.close();
    throw error;
  }
}

/** What a child process of a game gets: the launcher's environment without its secrets, and the session. */
export function gameEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  session: { readonly token: string; readonly endpoint: string },
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (variable): variable is [string, string] =>
      variable[1] !== undefined && !PRIVATE_VARIABLES.test(variable[0]),
  );
  return {
    ...Object.fromEntries(kept),
    GANTRY_SESSION_TOKEN: session.token,
    GANTRY_ENDPOINT: session.endpoint,
  };
}

async function spawnGame(
  options: ExecutableRunOptions,
  file: string,
  endpoint: Endpoint,
): Promise<ChildProcess> {
  const { target, folder, gameId } = options;
  const child = spawn(file, [...target.arguments, ...options.launchArguments], {
    cwd: path.join(folder, ...target.workingDirectory.split('/').filter(Boolean)),
    env: gameEnvironment(options.environment, { token: endpoint.token, endpoint: endpoint.url }),
    stdio: ['ignore', options.output ?? 'ignore', options.output ?? 'ignore'],
    shell: false,
    windowsHide: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve).once('error', reject);
  try {
    await promise;
  } catch (cause) {
    const reason = errnoOf(cause) ?? 'unknown';
    throw launcherErrors.error('PLAY_START_FAILED', { gameId, reason, errno: reason }, cause);
  }
  return child;
}

function whenExited(child: ChildProcess): Promise<{ exitCode: number | null }> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode) => resolve({ exitCode }));
  });
}

function stopChild(child: ChildProcess): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  timer.unref();
  child.once('exit', () => clearTimeout(timer));
}

interface Endpoint {
  readonly url: string;
  readonly token: string;
  readonly close: () => void;
}

/** The game's local endpoint: loopback, for this run, for who knows the token. */
async function openEndpoint(options: ExecutableRunOptions): Promise<Endpoint> {
  const token = options.gameToken ?? randomBytes(24).toString('base64url');
  const server: Server = createServer((request, response) => {
    const authorised = isBearer(request.headers.authorization, token);
    // A page of a browser sends an origin; a game's program does not.
    if (!authorised || request.headers.origin !== undefined) return sendEmpty(response, 403);
    serveEndpoint(request, response, options.reports).catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/__gantry`,
    token,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function isBearer(header: string | undefined, token: string): boolean {
  const [given, expected] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
