import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  APP_ORIGIN,
  confine,
  denyPermissions,
  GAME_PERMISSIONS,
  mayNavigate,
  mayOpenExternally,
  windowPreferences,
} from './window-policy.ts';

test('every window is sandboxed and isolated, has no Node and no webview', () => {
  expect(windowPreferences({ devTools: false })).toEqual({
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
    devTools: false,
  });
});

test.each([
  ['app://gantry/index.html', true],
  ['app://gantry/library?x=1#y', true],
  ['app://gantry.evil/', false],
  ['app://evil@gantry/', true],
  ['file:///etc/passwd', false],
  ['https://gantry/', false],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['about:blank', false],
  ['', false],
])('the launcher’s window may go to %s: %s', (url, may) => {
  expect(mayNavigate(url, APP_ORIGIN)).toBe(may);
});

test.each([
  ['https://docs.gantry.example/help', true],
  ['http://docs.gantry.example/help', false],
  ['https://docs.gantry.example.evil.test/', false],
  ['https://evil.test/docs.gantry.example', false],
  ['https://docs.gantry.example@evil.test/', false],
  ['https://user:pass@docs.gantry.example/', false],
  ['https://docs.gantry.example:8443/', false],
  ['file:///c:/windows/system32/calc.exe', false],
  ['ms-msdt:/id', false],
  ['javascript:alert(1)', false],
  ['\\\\evil\\share', false],
])('the system’s browser may open %s: %s', (url, may) => {
  expect(mayOpenExternally(url)).toBe(may);
});

test('no text at all opens anything but an allowed https page', () => {
  const part = constantFrom(
    'https://',
    'http://',
    'file:',
    'docs.gantry.example',
    'evil.test',
    '@',
    ':',
    '/',
    '.',
    '?',
    '#',
    '\\',
  );
  const urls = oneof(
    string(),
    array(part, { maxLength: 6 }).map((parts) => parts.join('')),
  );
  const isSound = (url: string): boolean =>
    !mayOpenExternally(url) || /^(?:docs\.)?gantry\.example$/.test(new URL(url).hostname);
  assert(property(urls, isSound), { numRuns: 5_000 });
});

test('a page cannot leave its origin, open a window or attach a webview', () => {
  const listeners = new Map<string, (event: { url: string; preventDefault: () => void }) => void>();
  let openHandler: ((details: { url: string }) => { action: string }) | undefined;
  const opened: string[] = [];
  const contents = {
    on: (name: string, listener: never) => listeners.set(name, listener),
    setWindowOpenHandler: (handler: never) => {
      openHandler = handler;
    },
  };
  confine(contents as never, APP_ORIGIN, (url) => void opened.push(url));
  const isStopped = (name: string, url: string) => {
    const preventDefault = vi.fn();
    listeners.get(name)?.({ url, preventDefault });
    return preventDefault.mock.calls.length === 1;
  };
  for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
    expect(isStopped(name, 'https://evil.test/'), name).toBe(true);
    expect(isStopped(name, 'app://gantry/index.html'), name).toBe(false);
  }
  expect(isStopped('will-attach-webview', 'app://gantry/')).toBe(true);
  expect(openHandler?.({ url: 'https://docs.gantry.example/' })).toEqual({ action: 'deny' });
  expect(openHandler?.({ url: 'https://evil.test/' })).toEqual({ action: 'deny' });
  expect(opened).toEqual(['https://docs.gantry.example/']);
});

test.each([
  'media',
  'geolocation',
  'notifications',
  'clipboard-read',
  'openExternal',
  'fullscreen',
  'unknown',
])('the launcher’s page gets no %s; a game gets full screen and the pointer only', (permission) => {
  const asked = askAbout(permission, new Set());
  expect(asked).toEqual({ request: false, check: false, device: false });
  expect(askAbout(permission, GAME_PERMISSIONS).request).toBe(permission === 'fullscreen');
});

function askAbout(permission: string, allowed: ReadonlySet<string>) {
  const answers = { request: true, check: true, device: true };
  denyPermissions(
    {
      setPermissionRequestHandler: (handler: (c: null, p: string, answer: (may: boolean) => void) => void) =>
        handler(null, permission, (may) => {
          answers.request = may;
        }),
      setPermissionCheckHandler: (handler: (c: null, p: string) => boolean) => {
        answers.check = handler(null, permission);
      },
      setDevicePermissionHandler: (handler: () => boolean) => {
        answers.device = handler();
      },
    } as never,
    allowed,
  );
  return answers;
}
