import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';

/** The launcher's own page: `app://gantry/`. A scheme of our own, so no `file://` and an origin that is ours alone. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'gantry';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Pages outside that a player may be sent to, in the system's browser. */
export const EXTERNAL_HOSTS: ReadonlySet<string> = new Set(['gantry.example', 'docs.gantry.example']);

/**
 * Every window of the launcher, spelled out: nothing depends on a default, and no option comes from outside.
 * @param preload Only the launcher's own window has one; a game's page gets no bridge.
 */
export function windowPreferences(options: {
  readonly preload?: string;
  readonly partition?: string;
  readonly devTools: boolean;
}): NonNullable<BrowserWindowConstructorOptions['webPreferences']> {
  const { preload, partition, devTools } = options;
  return {
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools,
    ...(preload === undefined ? {} : { preload }),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** True where a window may go: its own origin and nowhere else. */
export function mayNavigate(url: string, origin: string): boolean {
  return originOf(url) === origin;
}

/** True for an address that may open in the system's browser: https, a known host, no credentials, no odd port. */
export function mayOpenExternally(url: string, hosts: ReadonlySet<string> = EXTERNAL_HOSTS): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port, username, password } = new URL(url);
  return protocol === 'https:' && port === '' && username === '' && password === '' && hosts.has(hostname);
}

/** The origin of an address; for `app:`, whose `URL.origin` is opaque in Node, scheme and host. */
export function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  return parsed.protocol === `${APP_SCHEME}:` ? `${APP_SCHEME}://${parsed.host}` : parsed.origin;
}

/** Keep a page where it belongs: no navigation, redirect, frame, window or webview that leads elsewhere. */
export function confine(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  origin: string,
  openExternally: (url: string) => void,
): void {
  const guard = (event: { preventDefault: () => void }, url: string) => {
    if (!mayNavigate(url, origin)) event.preventDefault();
  };
  contents.on('will-navigate', (event) => guard(event, event.url));
  contents.on('will-redirect', (event) => guard(event, event.url));
  contents.on('will-frame-navigate', (event) => guard(event, event.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenExternally(url)) openExternally(url);
    return { action: 'deny' };
  });
}

/** What a game's own window may ask for; the launcher's gets nothing. */
export const GAME_PERMISSIONS: ReadonlySet<string> = new Set(['fullscreen', 'pointerLock']);

/** Answer every permission question with no, but for the few that are named. */
export function denyPermissions(
  target: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >,
  allowed: ReadonlySet<string> = new Set(),
): void {
  target.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed.has(permission)));
  target.setPermissionCheckHandler((_contents, permission) => allowed.has(permission));
  target.setDevicePermissionHandler(() => false);
}
