import os from 'node:os';
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import { systemClock } from '../../clock.ts';
import { createPatcherWith } from '../../installs/process-patcher.ts';
import { createLauncher, type Launcher } from '../../launcher.ts';
import { findDeepLink } from '../../links/deep-link.ts';
import type { LauncherPorts } from '../../ports.ts';
import { resolveProfileFolder } from '../../profile/profile-folder.ts';
import { lockProfile } from '../../profile/profile-lock.ts';
import { readStoredServer } from '../../session/stored-server.ts';
import type { UpdaterPort } from '../../updates/updater-port.ts';
import { readAppVersion } from '../app-version.ts';
import { DEFAULT_SERVER } from '../default-server.ts';
import { openClockSettings } from '../headless/system-opener.ts';
import { APP_PRIVILEGES, createAppProtocol } from './app-protocol.ts';
import type { ElectronParts } from './electron-parts.ts';
import { createFolderDialog } from './folder-dialog.ts';
import { createGameWindows } from './game-windows.ts';
import { registerIpc } from './ipc.ts';
import { toFetch } from './net-fetch.ts';
import { createSafeSecrets } from './safe-secrets.ts';
import { createUtilitySpawn } from './utility-patcher.ts';
import { APP_ORIGIN, APP_SCHEME, confine, denyPermissions, windowPreferences } from './window-policy.ts';

export interface ElectronHostOptions {
  readonly electron: ElectronParts;
  /** The bundle: `main/`, `preload/` and `renderer/` beside each other. */
  readonly outFolder: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null where this build does not update itself. */
  readonly createUpdater: (fetch: typeof globalThis.fetch) => Promise<UpdaterPort | null>;
  readonly releaseKeys: readonly Uint8Array[];
  /** Of the service this launcher was built for; '' for none. */
  readonly trustRoot: string;
}

/**
 * The launcher as an Electron app. Everything with a decision in it is elsewhere; this puts it together.
 * @returns The launcher, or null where another instance has taken over.
 */
export async function runElectronHost(options: ElectronHostOptions): Promise<Launcher | null> {
  const { app, protocol } = options.electron;
  const link = findDeepLink(options.argv);
  // Chromium rearranges the second instance's arguments, so the link travels beside them.
  if (!app.requestSingleInstanceLock({ link: link ?? null })) {
    app.quit();
    return null;
  }
  protocol.registerSchemesAsPrivileged([APP_PRIVILEGES]);
  // `--` ends the options, so that a link can never be read as one (CVE-2018-1000006).
  app.setAsDefaultProtocolClient('gantry', process.execPath, ['--']);
  const early = collectEarlyLinks(options.electron, link);
  await app.whenReady();
  return openApp(options, early);
}

interface EarlyLinks {
  /** From here on links go to the launcher, those that waited first. */
  readonly deliverTo: (open: (link: string) => void, show: () => void) => void;
}

/** Links may come before there is a launcher to take them. */
function collectEarlyLinks({ app }: ElectronParts, first: string | undefined): EarlyLinks {
  const waiting = first === undefined ? [] : [first];
  let deliver: (link: string) => void = (link) => void waiting.push(link);
  let showWindow: () => void = () => {};
  app.on('open-url', (event, url) => {
    event.preventDefault();
    deliver(url);
  });
  app.on('second-instance', (_event, _argv, _folder, additional: unknown) => {
    showWindow();
    if (typeof additional !== 'object' || additional === null || !('link' in additional)) return;
    if (typeof additional.link === 'string') deliver(additional.link);
  });
  return {
    deliverTo: (open, show) => {
      deliver = open;
      showWindow = show;
      for (const link of waiting.splice(0)) open(link);
    },
  };
}

async function openApp(options: ElectronHostOptions, early: EarlyLinks): Promise<Launcher> {
  const { electron, outFolder } = options;
  const { app, session, protocol, ipcMain, shell, Menu } = electron;
  const profileFolder = profileOf(options);
  const lock = await lockProfile(profileFolder, 'launcher');
  let window: BrowserWindow | null = null;
  const shownWindow = () => (window === null || window.isDestroyed() ? null : window);
  const launcher = await createLauncher({
    ...(await collectPorts(options, profileFolder)),
    chooseFolder: createFolderDialog(electron, shownWindow),
  });
  denyPermissions(session.defaultSession);
  protocol.handle(
    APP_SCHEME,
    createAppProtocol({ rendererFolder: path.join(outFolder, 'renderer'), art: launcher.art }),
  );
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);

  const show = () => {
    if (window === null || window.isDestroyed())
      window = openWindow(electron, outFolder, (url) => void shell.openExternal(url));
    else {
      if (window.isMinimized()) window.restore();
      window.focus();
    }
  };
  const stopIpc = registerIpc({
    ipcMain,
    launcher,
    contents: () => window?.webContents ?? null,
    now: Date.now,
  });
  show();
  early.deliverTo(launcher.openLink, show);
  app.on('activate', show);
  app.on('window-all-closed', () => app.quit());
  closeBeforeQuit(app, async () => {
    stopIpc();
    await launcher.close();
    await lock.release();
  });
  // The window shows what the profile knows at once; the rest arrives as changes.
  void launcher.start().catch((error: unknown) => launcher.log.write(`start: ${String(error)}`));
  return launcher;
}

function profileOf({ environment }: ElectronHostOptions): string {
  return resolveProfileFolder({ platform: process.platform, home: os.homedir(), variables: environment });
}

async function collectPorts(options: ElectronHostOptions, profileFolder: string): Promise<LauncherPorts> {
  const { electron, outFolder, environment, releaseKeys, trustRoot } = options;
  const { app, net, safeStorage, shell, utilityProcess } = electron;
  const fetch = toFetch(net);
  const updater = await options.createUpdater(fetch);
  const platform = process.platform;
  return {
    host: 'electron',
    version: readAppVersion(),
    profileFolder,
    serviceUrl: environment['GANTRY_SERVER'] ?? (await readStoredServer(profileFolder)) ?? DEFAULT_SERVER,
    fetch,
    secrets: createSafeSecrets({ safeStorage, platform, profileFolder }),
    opener: {
      openGameWindow: createGameWindows(electron),
      openFolder: async (folder) => void (await shell.openPath(folder)),
      openPage: (url) => shell.openExternal(url),
      openClockSettings,
    },
    createPatcher: createPatcherWith(
      createUtilitySpawn(utilityProcess, path.join(outFolder, 'main', 'patcher-utility.js')),
    ),
    clock: systemClock,
    platform,
    home: os.homedir(),
    environment,
    device: `Gantry on ${os.hostname()}`.slice(0, 120),
    releaseKeys,
    trustRoot,
    ...(updater === null ? {} : { updater }),
    setStartWithSystem: (on) => app.setLoginItemSettings({ openAtLogin: on }),
  };
}

function openWindow(
  { BrowserWindow, app }: ElectronParts,
  outFolder: string,
  openExternally: (url: string) => void,
): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 960,
    minHeight: 600,
    show: false,
    backgroundColor: '#0B0E14',
    title: 'Gantry',
    webPreferences: windowPreferences({
      preload: path.join(outFolder, 'preload', 'index.cjs'),
      devTools: !app.isPackaged,
    }),
  });
  confine(window.webContents, APP_ORIGIN, openExternally);
  // Shown when there is something to see: no white flash.
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${APP_ORIGIN}/index.html`);
  return window;
}

/** Quitting waits until the launcher has put its work down. */
function closeBeforeQuit(app: ElectronParts['app'], close: () => Promise<void>): void {
  let closed = false;
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}
