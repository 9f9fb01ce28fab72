import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createLauncher, type Launcher } from '../../launcher.ts';
import { sendEmpty } from '../../play/game-endpoint.ts';
import type { Opener } from '../../play/game-host.ts';
import type { LauncherPorts } from '../../ports.ts';
import { ART_CSP, launcherCsp, securityHeaders } from '../content-security.ts';
import { parseArtPath, readRendererFile } from '../renderer-files.ts';
import { BridgeSocket } from './bridge-socket.ts';
import { PageKeys } from './page-key.ts';

export interface BrowserHostOptions {
  /** Everything but the opener of game windows, which is this host's. */
  readonly ports: Omit<LauncherPorts, 'opener' | 'host'>;
  /** What the machine itself opens. */
  readonly opener: Omit<Opener, 'openGameWindow'>;
  /** The renderer's build. */
  readonly rendererFolder: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface BrowserHost {
  readonly launcher: Launcher;
  readonly origin: string;
  /** A new address of the launcher; it works once, in one browser. */
  readonly issueAddress: () => string;
  readonly close: () => Promise<void>;
}

const BRIDGE_PATH = '/bridge';
const BRIDGE_SCRIPT_PATH = '/bridge.js';

/**
 * The launcher in a browser: its core in this process, its page over loopback HTTP, the bridge over a WebSocket.
 * Whoever has not exchanged a one-time address for the cookie gets nothing; a request under another host name
 * (DNS rebinding) or from another origin gets nothing either.
 */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const sockets = new BridgeSocket();
  const launcher = await createLauncher({
    ...options.ports,
    host: 'browser',
    opener: { ...options.opener, openGameWindow: (window) => sockets.openGameWindow(window) },
  });
  sockets.attach(launcher);
  const site = await openSite(options.port);
  const { port, server } = site;
  const origin = `http://127.0.0.1:${port}`;
  const keys = new PageKeys(port);
  const page = { options, launcher, keys, port, csp: launcherCsp([`ws://127.0.0.1:${port}`]) };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(page, request, response).catch((error: unknown) => {
      launcher.log.write(`browser host: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else sendEmpty(response, 500);
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    // A browser always names the origin of a WebSocket, so one that does not is not a page of ours.
    const own = isOwnHost(request, port) && request.headers.origin === origin;
    if (own && pathname === BRIDGE_PATH && keys.isKnown(request)) sockets.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  });
  return {
    launcher,
    origin,
    issueAddress: () => `${origin}/?token=${keys.issue()}`,
    close: async () => {
      await launcher.close();
      await sockets.close();
      await site.close();
    },
  };
}

interface Page {
  readonly options: BrowserHostOptions;
  readonly launcher: Launcher;
  readonly keys: PageKeys;
  readonly port: number;
  readonly csp: string;
}

async function answer(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders(page.csp))) response.setHeader(name, value);
  if (!isOwnHost(request, page.port)) return sendEmpty(response, 421);
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendEmpty(response, 405);
  const url = new URL(request.url ?? '/', `http://127.0.0.1:${page.port}`);
  const token = url.pathname === '/' ? url.searchParams.get('token') : null;
  const cookie = token === null ? null : page.keys.exchange(token);
  if (cookie !== null) {
    response.writeHead(303, { location: '/', 'set-cookie': cookie, 'cache-control': 'no-store' });
    return void response.end();
  }
  if (!page.keys.isKnown(request)) return sendText(response, 403, STRANGER);
  if (url.pathname === BRIDGE_SCRIPT_PATH) return sendBridge(response);
  const art = parseArtPath(url.pathname);
  if (art !== null) return sendArt(page, response, art);
  return sendPage(page, response, url.pathname);
}

const STRANGER =
  'This address belongs to a running Gantry launcher, and this browser is not signed on to it.\nOpen the address the launcher printed when it started; it works once.\n';

/** Only the loopback address itself: another name that leads here is DNS rebinding. */
function isOwnHost(request: IncomingMessage, port: number): boolean {
  return request.headers.host === `127.0.0.1:${port}`;
}

async function sendBridge(response: ServerResponse): Promise<void> {
  const script = await readFile(new URL('bridge.js', import.meta.url));
  send(response, script, 'text/javascript; charset=utf-8');
}

async function sendArt(
  page: Page,
  response: ServerResponse,
  { gameId, kind }: { gameId: string; kind: string },
): Promise<void> {
  const art = await page.launcher.art(gameId, kind);
  if (art === null) return sendEmpty(response, 404);
  response.setHeader('content-security-policy', ART_CSP);
  response.setHeader('cache-control', 'private, max-age=3600');
  send(response, art.bytes, art.contentType);
}

async function sendPage(page: Page, response: ServerResponse, pathname: string): Promise<void> {
  const file = await readRendererFile(page.options.rendererFolder, pathname);
  if (file === null) return sendEmpty(response, 404);
  const isDocument = file.contentType.startsWith('text/html');
  send(response, isDocument ? injectBridge(file.bytes) : file.bytes, file.contentType);
}

/** The bridge must be there before the renderer's first line, so its script goes first in the head. */
export function injectBridge(html: Uint8Array): Uint8Array {
  const text = Buffer.from(html).toString('utf8');
  const script = `<script src="${BRIDGE_SCRIPT_PATH}"></script>`;
  return Buffer.from(text.replace(/<head([^>]*)>/i, (head) => `${head}${script}`));
}

function send(response: ServerResponse, bytes: Uint8Array, contentType: string): void {
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', bytes.length);
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-cache');
  response.end(bytes);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

async function openSite(wantedPort: number) {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(wantedPort, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a loopback server has a port');
  const close = () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    return closed.promise;
  };
  return { server, port: address.port, close };
}
