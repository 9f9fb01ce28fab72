import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requests } from '../../../preload/contract.ts';
import type { Launcher } from '../../launcher.ts';
import {
  createFakeService,
  fakeAccount,
  fakeGame,
  fakePassword,
  type FakeService,
} from '../../testing/fake-service.ts';
import { runElectronHost } from './electron-host.ts';

interface FakeWindow {
  readonly options: { webPreferences: Record<string, unknown> };
  readonly sent: [string, unknown][];
  readonly webContents: { id: number };
}

let folder: string;
let service: FakeService;
let launcher: Launcher | null;
let fake: ReturnType<typeof createFakeElectron>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-electron-'));
  await mkdir(path.join(folder, 'out', 'renderer'), { recursive: true });
  await writeFile(path.join(folder, 'out', 'renderer', 'index.html'), '<!doctype html>');
  service = createFakeService();
  service.games = [fakeGame('skylark', { stable: 1 })];
  fake = createFakeElectron(service);
  launcher = null;
});
afterEach(async () => {
  await launcher?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** As much of Electron as the host touches. */
function createFakeElectron(of: FakeService) {
  const handlers = new Map<string, (event: unknown, argument: unknown) => Promise<unknown>>();
  const windows: FakeWindow[] = [];
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    requestSingleInstanceLock: vi.fn(() => true),
    setAsDefaultProtocolClient: vi.fn(),
    setLoginItemSettings: vi.fn(),
    whenReady: () => Promise.resolve(),
    quit: vi.fn(),
  });
  class BrowserWindow extends EventEmitter {
    readonly options: FakeWindow['options'];
    readonly sent: FakeWindow['sent'] = [];
    readonly webContents: EventEmitter & { readonly id: number };
    constructor(options: FakeWindow['options']) {
      super();
      this.options = options;
      this.webContents = Object.assign(new EventEmitter(), {
        id: windows.length + 1,
        setWindowOpenHandler: vi.fn(),
        isDestroyed: () => false,
        send: (channel: string, value: unknown) => void this.sent.push([channel, value]),
      });
      windows.push(this);
    }
    loadURL = vi.fn(() => Promise.resolve());
    show = vi.fn();
    focus = vi.fn();
    isDestroyed = () => false;
    isMinimized = () => false;
  }
  const permissions = {
    setPermissionRequestHandler: vi.fn(),
    setPermissionCheckHandler: vi.fn(),
    setDevicePermissionHandler: vi.fn(),
  };
  const backend = { name: 'gnome_libsecret' };
  const protocolHandlers = new Map<string, (request: Request) => Promise<Response>>();
  return {
    handlers,
    windows,
    app,
    permissions,
    backend,
    protocolHandlers,
    electron: {
      app,
      BrowserWindow,
      ipcMain: {
        handle: (channel: string, handler: never) => void handlers.set(channel, handler),
        removeHandler: (channel: string) => void handlers.delete(channel),
      },
      Menu: { setApplicationMenu: vi.fn() },
      net: { fetch: of.fetch },
      protocol: {
        registerSchemesAsPrivileged: vi.fn(),
        handle: (scheme: string, handler: never) => void protocolHandlers.set(scheme, handler),
      },
      safeStorage: {
        isEncryptionAvailable: () => true,
        getSelectedStorageBackend: () => backend.name,
        encryptString: (text: string) => Buffer.from(text).map((byte) => byte ^ 0x5a),
        decryptString: (sealed: Buffer) => Buffer.from(sealed.map((byte) => byte ^ 0x5a)).toString('utf8'),
      },
      session: { defaultSession: permissions, fromPartition: vi.fn(() => permissions) },
      shell: { openExternal: vi.fn(), openPath: vi.fn(() => Promise.resolve('')) },
      utilityProcess: { fork: vi.fn() },
    },
  };
}

async function open(argv: string[] = []) {
  launcher = await runElectronHost({
    electron: fake.electron as never,
    outFolder: path.join(folder, 'out'),
    argv,
    environment: { GANTRY_HOME: path.join(folder, 'profile'), GANTRY_SERVER: 'http://service.test' },
    releaseKeys: [],
    trustRoot: '',
    createUpdater: async () => null,
  });
  return launcher;
}

/** The event of a request from a frame. */
function from(frame: { url?: string; parent?: unknown; senderId?: number } | null) {
  const senderFrame = frame === null ? null : { url: 'app://gantry/index.html', parent: null, ...frame };
  return { sender: { id: frame?.senderId ?? 1 }, senderFrame };
}
const invoke = (name: string, argument: unknown, event: unknown = from({})) =>
  Promise.resolve(fake.handlers.get(`launcher-request:${name}`)?.(event, argument));

test('its one window is sandboxed, has the preload, and shows the app’s own origin', async () => {
  await open();
  expect(fake.windows).toHaveLength(1);
  const { webPreferences } = fake.windows[0]?.options ?? { webPreferences: {} };
  expect(webPreferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    devTools: false,
  });
  expect(webPreferences['preload']).toBe(path.join(folder, 'out', 'preload', 'index.cjs'));
  expect(fake.permissions.setPermissionRequestHandler).toHaveBeenCalledOnce();
  expect(fake.permissions.setPermissionCheckHandler).toHaveBeenCalledOnce();
});

test('there is a handler for each request of the contract and no other', async () => {
  await open();
  expect([...fake.handlers.keys()].toSorted()).toEqual(
    Object.keys(requests)
      .map((name) => `launcher-request:${name}`)
      .toSorted(),
  );
});

test.each([
  ['a frame inside the page', from({ parent: {} })],
  ['another origin', from({ url: 'https://evil.test/' })],
  ['a look-alike origin', from({ url: 'app://gantry.evil/' })],
  ['a file', from({ url: 'file:///x.html' })],
  ['a game’s window', from({ senderId: 99 })],
  ['a frame that is gone', from(null)],
])('a request from %s is refused', async (_who, event) => {
  await open();
  expect(await invoke('state:read', {}, event)).toMatchObject({
    ok: false,
    error: { code: 'LAUNCHER_REQUEST_REFUSED' },
  });
});

test('the page’s requests are answered, its flood is not', async () => {
  await open();
  expect(await invoke('state:read', {})).toMatchObject({ ok: true });
  const answers = await Promise.all(Array.from({ length: 300 }, () => invoke('state:read', {})));
  expect(answers.at(-1)).toMatchObject({ ok: false, error: { code: 'LAUNCHER_REQUEST_TOO_OFTEN' } });
});

test('changes reach the window as plain values on their own channel', async () => {
  await open();
  await invoke('session:sign-in', { email: fakeAccount.email, password: fakePassword });
  const channels = new Set(fake.windows[0]?.sent.map(([channel]) => channel));
  expect(channels).toContain('launcher-event:changed');
  expect(JSON.stringify(fake.windows[0]?.sent)).not.toMatch(/access-\d|refresh-token/);
});

test('the refresh token is sealed on disk; with basic_text nothing of it is written', async () => {
  await open();
  await invoke('session:sign-in', { email: fakeAccount.email, password: fakePassword });
  await launcher?.close(); // What is still being written is written then.
  expect(await profileText()).not.toContain('refresh-token');
  expect(await readdir(path.join(folder, 'profile'))).toContain('session.secret');

  await rm(path.join(folder, 'profile'), { recursive: true });
  fake = createFakeElectron(service);
  fake.backend.name = 'basic_text';
  await open();
  await invoke('session:sign-in', { email: fakeAccount.email, password: fakePassword });
  expect(launcher?.snapshot().slices.session).toMatchObject({ status: 'signed-in', remembered: false });
  expect(await readdir(path.join(folder, 'profile'))).not.toContain('session.secret');
});

test('a second instance hands its link over beside its arguments and quits', async () => {
  fake.app.requestSingleInstanceLock.mockReturnValue(false);
  expect(await open(['gantry', 'gantry://game/skylark'])).toBeNull();
  expect(fake.app.requestSingleInstanceLock).toHaveBeenCalledWith({ link: 'gantry://game/skylark' });
  expect(fake.app.quit).toHaveBeenCalledOnce();
  expect(fake.windows).toHaveLength(0);
});

test('links are shown, not obeyed, and only by the grammar', async () => {
  await open();
  const links: unknown[] = [];
  const notices: unknown[] = [];
  launcher?.on('link-opened', (link) => void links.push(link));
  launcher?.on('noticed', (notice) => void notices.push(notice));
  fake.app.emit('second-instance', {}, ['gantry://game/from-argv'], '/', {
    link: 'gantry://game/skylark/play',
  });
  fake.app.emit('second-instance', {}, [], '/', { link: 'gantry://game/../../x' });
  fake.app.emit('second-instance', {}, [], '/', { link: 7 });
  fake.app.emit('open-url', { preventDefault: () => {} }, 'gantry://quests');
  expect(links).toEqual([
    { view: 'game', gameId: 'skylark', intent: 'play' },
    { view: 'quests', gameId: null, intent: 'show' },
  ]);
  expect(notices).toHaveLength(1);
  expect(fake.app.setAsDefaultProtocolClient).toHaveBeenCalledWith('gantry', process.execPath, ['--']);
});

test('app:// serves the renderer and nothing beside it', async () => {
  await open();
  const get = (url: string, method = 'GET') =>
    fake.protocolHandlers.get('app')?.(new Request(url, { method }));
  const page = await get('app://gantry/index.html');
  expect(page?.status).toBe(200);
  expect(page?.headers.get('content-security-policy')).not.toContain('unsafe');
  await writeFile(path.join(folder, 'out', 'secret.txt'), 'secret');
  for (const url of [
    'app://gantry/../secret.txt',
    'app://gantry/%2e%2e/secret.txt',
    'app://gantry/..%2fsecret.txt',
    'app://evil/index.html',
  ]) {
    expect((await get(url))?.status, url).toBe(404);
  }
  expect((await get('app://gantry/index.html', 'POST'))?.status).toBe(405);
});

test('quitting waits until the launcher is closed', async () => {
  await open();
  const event = { preventDefault: vi.fn() };
  const quit = new Promise<void>((resolve) => {
    fake.app.quit.mockImplementation(() => resolve());
  });
  fake.app.emit('before-quit', event);
  expect(event.preventDefault).toHaveBeenCalledOnce();
  await quit;
  const again = { preventDefault: vi.fn() };
  fake.app.emit('before-quit', again);
  expect(again.preventDefault).not.toHaveBeenCalled();
  expect(fake.handlers.size).toBe(0);
});

async function profileText(): Promise<string> {
  const root = path.join(folder, 'profile');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (
    await Promise.all(files.map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8')))
  ).join('\n');
}
