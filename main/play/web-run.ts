import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { toAppError } from '../failure.ts';
import type { Clock } from '../clock.ts';
import type { LaunchTarget, Manifest } from '../../patcher/formats/manifest.ts';
import { ENDPOINT_PREFIX, sendEmpty, serveEndpoint } from './game-endpoint.ts';
import type { GameReports, GameRun, Opener } from './game-host.ts';
import type { GamePorts } from './game-ports.ts';
import { contentTypeOf, parseRange } from './web-content.ts';
import { findFile, isUntouched, openVerified, type VerifiedFile } from './verified-file.ts';

export interface WebRunOptions {
  readonly gameId: string;
  readonly title: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly target: LaunchTarget;
  readonly reports: GameReports;
  readonly opener: Pick<Opener, 'openGameWindow'>;
  readonly ports: GamePorts;
  readonly clock: Clock;
  /** A file was not what its publisher signed: shown to the player while the game runs. */
  readonly onDamage: (error: unknown) => void;
}

/**
 * Where the host cannot see its window close, silence this long means that it did.
 * A hidden tab still wakes once a minute, so a shorter time would end games that wait in the background.
 */
const SILENCE_MS = 150_000;
const SILENCE_CHECK_MS = 5_000;
/** `GET` is held open until the run is over, then answered with 410 (Gone). */
const STOPPED_PATH = `${ENDPOINT_PREFIX}stopped`;
/** A page asks once; reloads may overlap. A browser itself opens six connections to an origin. */
const WAITING_MAX = 6;

/**
 * What a game's page may do: run its own files, nothing from elsewhere, no inline script, no frame around it.
 * WebAssembly and blob workers are how engines export to the web.
 */
export const GAME_CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "font-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Start a web game: a loopback server on the game's own port, so a storage origin of its own that stays, that knows this install's
 * manifest files only and hashes each before its first byte leaves. The window's address carries a token that works
 * once and becomes a cookie, so no other page or program of the machine can read the game or speak for it.
 */
export async function startWebRun(options: WebRunOptions): Promise<GameRun> {
  const site = new GameSite(options);
  const address = await site.listen();
  try {
    const window = await options.opener.openGameWindow({
      url: `${address}/${site.token}`,
      gameId: options.gameId,
      title: options.title,
    });
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const signs = [
      stopped,
      ...(window.closed === null ? [] : [window.closed]),
      ...(window.closedIsSure ? [] : [untilSilent(site, options.clock, stopped)]),
    ];
    const ended = Promise.race(signs).then(async () => {
      stop();
      await site.dismiss();
      window.close();
      await site.close();
      return { exitCode: null };
    });
    return { ended, stop, leave: stop };
  } catch (error) {
    await site.close();
    throw error;
  }
}

function untilSilent(site: GameSite, clock: Clock, stopped: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopChecking = clock.every(SILENCE_CHECK_MS, () => {
    const heardAt = site.isListening ? clock.now() : site.lastHeardAt;
    if (heardAt !== null && clock.now() - heardAt > SILENCE_MS) resolve();
  });
  void Promise.race([promise, stopped]).then(stopChecking);
  return promise;
}

/** One run's server. */
class GameSite {
  readonly token = randomBytes(24).toString('base64url');
  /** When the game's page last reported; null before it has. */
  lastHeardAt: number | null = null;
  readonly #options: WebRunOptions;
  readonly #server: Server;
  readonly #cookie = randomBytes(24).toString('base64url');
  /** The page's open questions whether it was stopped. */
  readonly #waiting = new Set<ServerResponse>();
  readonly #verified = new Map<string, Promise<VerifiedFile>>();
  #tokenSpent = false;
  #port = 0;

  constructor(options: WebRunOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        options.onDamage(toAppError(error));
        if (response.headersSent) response.destroy();
        else sendEmpty(response, 409);
      });
    });
  }

  /** A page is there and waits to hear that it was stopped; one that is closed no longer does. */
  get isListening(): boolean {
    return this.#waiting.size > 0;
  }

  async listen(): Promise<string> {
    this.#port = await this.#options.ports.listen(this.#options.gameId, this.#server);
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Tell the page that this run is over: no host can close every tab it opened. */
  async dismiss(): Promise<void> {
    const told = [...this.#waiting].map(async (response) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      response.once('close', resolve);
      sendEmpty(response, 410);
      await promise;
    });
    await Promise.all(told);
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
    for (const pending of this.#verified.values()) await pending.then(({ handle }) => handle.close(), ignore);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response);
    // Another name for this address is DNS rebinding.
    if (request.headers.host !== `127.0.0.1:${this.#port}`) return sendEmpty(response, 421);
    const { pathname } = new URL(request.url ?? '/', 'http://game');
    if (!this.#tokenSpent && request.method === 'GET' && equalSecrets(pathname.slice(1), this.token)) {
      return this.#admit(response);
    }
    if (!this.#hasCookie(request) || !this.#isSameOrigin(request)) return sendEmpty(response, 403);
    if (pathname.startsWith(ENDPOINT_PREFIX)) {
      this.lastHeardAt = this.#options.clock.now();
      if (pathname === STOPPED_PATH && request.method === 'GET') return this.#waitForStop(response);
      return serveEndpoint(request, response, this.#options.reports);
    }
    return this.#serveFile(request, response, pathname);
  }

  #admit(response: ServerResponse): void {
    this.#tokenSpent = true;
    response.writeHead(303, {
      location: `/${this.#options.target.path.split('/').map(encodeURIComponent).join('/')}`,
      // Cookies do not tell ports apart, so the name does.
      'set-cookie': `gantry-play-${this.#port}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`,
      'cache-control': 'no-store',
    });
    response.end();
  }

  #hasCookie(request: IncomingMessage): boolean {
    const name = `gantry-play-${this.#port}=`;
    const cookies = (request.headers.cookie ?? '').split(/;\s*/);
    return cookies.some(
      (each) => each.startsWith(name) && equalSecrets(each.slice(name.length), this.#cookie),
    );
  }

  #isSameOrigin(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (origin !== undefined && origin !== `http://127.0.0.1:${this.#port}`) return false;
    return site === undefined || site === 'same-origin' || site === 'none' || request.method === 'GET';
  }

  #waitForStop(response: ServerResponse): void {
    if (this.#waiting.size >= WAITING_MAX) return sendEmpty(response, 429);
    this.#waiting.add(response);
    response.once('close', () => {
      this.#waiting.delete(response);
      this.lastHeardAt = this.#options.clock.now();
    });
  }

  async #serveFile(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendEmpty(response, 405);
    const path = decodePath(pathname);
    const entry = path === null ? undefined : findFile(this.#options.manifest, path);
    if (entry === undefined) return sendEmpty(response, 404);
    const range = parseRange(request.headers.range, entry.sizeBytes);
    if (range === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${entry.sizeBytes}`);
      return sendEmpty(response, 416);
    }
    const { handle } = await this.#verify(entry.path);
    const { start, end } = range ?? { start: 0, end: entry.sizeBytes - 1 };
    response.writeHead(range === null ? 200 : 206, {
      'content-type': contentTypeOf(entry.path),
      'content-length': end - start + 1,
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${entry.sizeBytes}` }),
    });
    if (request.method === 'HEAD' || entry.sizeBytes === 0) return void response.end();
    handle
      .createReadStream({ start, end, autoClose: false })
      .on('error', () => response.destroy())
      .pipe(response);
  }

  /** Hash a file at its first use; later uses take the same descriptor while nothing touched the file. */
  async #verify(path: string): Promise<VerifiedFile> {
    const { folder, gameId, manifest } = this.#options;
    const known = this.#verified.get(path);
    if (known !== undefined) {
      const verified = await known;
      if (await isUntouched(verified)) return verified;
      this.#verified.delete(path);
      await verified.handle.close();
    }
    const entry = findFile(manifest, path);
    if (entry === undefined) throw new Error('only manifest files are asked for');
    const opening = this.#verified.get(path) ?? openVerified({ folder, gameId, entry });
    this.#verified.set(path, opening);
    opening.catch(() => this.#verified.delete(path));
    return opening;
  }
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', GAME_CSP);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
}

/** A request's path as a manifest's; null where it is not one. Only an exact match with an entry is ever opened. */
function decodePath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname.slice(1));
  } catch {
    return null; // Malformed escapes name no file.
  }
}

function equalSecrets(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function ignore(): void {
  // A file that could not be verified has no descriptor to close.
}
