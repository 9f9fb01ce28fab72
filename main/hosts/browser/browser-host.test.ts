import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../clock.ts';
import { createMemorySecretStore } from '../../session/secret-store.ts';
import { createFakePatcher } from '../../testing/fake-patcher.ts';
import { createFakeService, fakeGame, type FakeService } from '../../testing/fake-service.ts';
import { credentials } from '../../testing/launcher-bench.ts';
import { type BrowserHost, startBrowserHost } from './browser-host.ts';

let folder: string;
let host: BrowserHost;
let service: FakeService;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-browser-'));
  const rendererFolder = path.join(folder, 'renderer');
  await mkdir(rendererFolder);
  await writeFile(
    path.join(rendererFolder, 'index.html'),
    '<!doctype html><html><head lang="en"><title>x</title>',
  );
  await writeFile(path.join(rendererFolder, 'app.js'), 'export {}');
  await writeFile(path.join(folder, 'outside.js'), 'secret');
  await symlink(path.join(folder, 'outside.js'), path.join(rendererFolder, 'link.js'));
  service = createFakeService();
  service.games = [fakeGame('skylark', { stable: 1 })];
  host = await startBrowserHost({
    ports: {
      version: '1.0.0',
      profileFolder: path.join(folder, 'profile'),
      serviceUrl: 'http://service.test',
      fetch: service.fetch,
      secrets: createMemorySecretStore(),
      createPatcher: createFakePatcher,
      clock: systemClock,
      platform: 'linux',
      home: os.homedir(),
      environment: {},
      device: 'test',
    },
    opener: { openFolder: async () => {}, openPage: async () => {}, openClockSettings: async () => {} },
    rendererFolder,
    port: 0,
  });
  await host.launcher.start();
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function enter(): Promise<string> {
  const answer = await fetch(host.issueAddress(), { redirect: 'manual' });
  expect(answer.status).toBe(303);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}
const get = (name: string, cookie: string) => fetch(`${host.origin}${name}`, { headers: { cookie } });

/** A page's end of the bridge. */
async function openPage(cookie: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${host.origin.replace('http', 'ws')}/bridge`, {
    headers: { cookie, origin: host.origin, ...headers },
  });
  const received: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    received.push(JSON.parse((data as Buffer).toString('utf8')) as Record<string, unknown>);
    for (const check of waiting) check();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, { statusCode }) => reject(new Error(String(statusCode))));
    socket.once('error', reject);
  });
  const next = (wanted: (message: Record<string, unknown>) => boolean) =>
    new Promise<Record<string, unknown>>((resolve) => {
      const check = () => {
        const found = received.find(wanted);
        if (found !== undefined) resolve(found);
      };
      waiting.add(check);
      check();
    });
  let id = 0;
  return {
    socket,
    next,
    send: (message: object) => socket.send(JSON.stringify(message)),
    ask: async (name: string, argument: unknown) => {
      const own = ++id;
      socket.send(JSON.stringify({ id: own, name, argument }));
      return (await next((message) => message['id'] === own))['answer'] as {
        ok: boolean;
        error?: { code: string };
      };
    },
  };
}

test('an address works once and leaves a cookie that no script can read and no other site can send', async () => {
  const address = host.issueAddress();
  const first = await fetch(address, { redirect: 'manual' });
  expect(first.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect((await fetch(address, { redirect: 'manual' })).status).toBe(403);
});

test('the page has the bridge before its own scripts, under a policy without anything unsafe', async () => {
  const cookie = await enter();
  const page = await get('/', cookie);
  expect(await page.text()).toContain('<head lang="en"><script src="/bridge.js"></script><title>');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect((await get('/bridge.js', cookie)).headers.get('content-type')).toMatch('javascript');
  expect((await get('/app.js', cookie)).status).toBe(200);
});

test.each([
  ['/../outside.js'],
  ['/%2e%2e/outside.js'],
  ['/link.js'],
  ['/absent.js'],
  ['/.env'],
  ['//etc/passwd'],
])('%s is not a file of the renderer', async (name) => {
  expect((await get(name, await enter())).status).toBe(404);
});

test('a stranger gets neither page, script, picture nor bridge', async () => {
  for (const name of ['/', '/bridge.js', '/app.js', '/art/skylark/cover']) {
    expect((await get(name, 'gantry-launcher-1=guess')).status).toBe(403);
  }
  await expect(openPage('')).rejects.toThrow('403');
});

test('another host name or origin is refused, whatever cookie it brings', async () => {
  const cookie = await enter();
  const { port } = new URL(host.origin);
  const status = await new Promise((resolve, reject) => {
    const headers = { host: `rebind.evil.test:${port}`, cookie };
    rawRequest(host.origin, { headers }, (answer) => resolve(answer.statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(421);
  await expect(openPage(cookie, { origin: 'http://evil.test' })).rejects.toThrow('403');
  await expect(openPage(cookie, { host: `rebind.evil.test:${port}` })).rejects.toThrow('403');
  expect((await fetch(host.origin, { method: 'POST', headers: { cookie } })).status).toBe(405);
});

test('a page asks, hears of changes, and a second page hears the same', async () => {
  const cookie = await enter();
  const page = await openPage(cookie);
  const other = await openPage(cookie);
  expect(await page.ask('session:sign-in', credentials)).toEqual({ ok: true, value: null });
  const isLibrary = (message: Record<string, unknown>) =>
    message['event'] === 'changed' && JSON.stringify(message).includes('skylark');
  await Promise.all([page.next(isLibrary), other.next(isLibrary)]);
  expect(await page.ask('state:read', {})).toMatchObject({
    ok: true,
    value: { slices: { launcher: { host: 'browser' }, library: { games: [{ gameId: 'skylark' }] } } },
  });
});

test('what is not a message of the bridge ends the connection; too many requests are refused', async () => {
  const cookie = await enter();
  const page = await openPage(cookie);
  const closed = new Promise((resolve) => page.socket.once('close', resolve));
  page.socket.send('not json');
  expect(await closed).toBe(1008);
  const quick = await openPage(cookie);
  const answers = await Promise.all(Array.from({ length: 260 }, () => quick.ask('session:nothing', {})));
  const codes = new Set(answers.map(({ error }) => error?.code));
  expect(codes).toEqual(new Set(['LAUNCHER_REQUEST_UNKNOWN', 'LAUNCHER_REQUEST_TOO_OFTEN']));
});

/** A page that was asked to open a game's window, and has not answered. */
async function launchGame() {
  const page = await openPage(await enter());
  await page.ask('session:sign-in', credentials);
  await page.ask('install:start', { gameId: 'skylark' });
  await page.next((message) => JSON.stringify(message).includes('Ready to play.'));
  const launching = page.ask('game:launch', { gameId: 'skylark' });
  const { openWindow } = (await page.next((message) => 'openWindow' in message)) as {
    openWindow: { id: number; url: string };
  };
  return { page, launching, openWindow };
}

test('a game opens as a window of the page and ends when that window is closed', async () => {
  const { page, launching, openWindow } = await launchGame();
  expect(new URL(openWindow.url).origin).not.toBe(host.origin);
  page.send({ window: openWindow.id, state: 'opened' });
  expect(await launching).toMatchObject({ ok: true });
  page.send({ window: openWindow.id, state: 'closed' });
  await page.next((message) => 'closeWindow' in message);
});

test('a blocked pop-up is said to be one', async () => {
  const { page, launching, openWindow } = await launchGame();
  page.send({ window: openWindow.id, state: 'blocked' });
  expect(await launching).toMatchObject({ ok: false, error: { code: 'PLAY_WINDOW_BLOCKED' } });
});

test('pictures come from the launcher’s own origin as nothing but pictures, and stay when the service is gone', async () => {
  const picture = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  service.answer('art', () => new Response(picture));
  const cookie = await enter();
  const page = await openPage(cookie);
  await page.ask('session:sign-in', credentials);
  const shown = await get('/art/skylark/cover', cookie);
  expect(shown.headers.get('content-type')).toBe('image/svg+xml');
  expect(shown.headers.get('content-security-policy')).toContain('sandbox');
  service.online = false;
  expect(await (await get('/art/skylark/cover', cookie)).text()).toBe(picture);
  expect((await get('/art/skylark/secret', cookie)).status).toBe(404);
  expect((await get('/art/absent/cover', cookie)).status).toBe(404);
});

test('what the service sends instead of a picture is not shown', async () => {
  service.answer('art', () => new Response('<!doctype html><script>alert(1)</script>'));
  const cookie = await enter();
  await (await openPage(cookie)).ask('session:sign-in', credentials);
  expect((await get('/art/skylark/cover', cookie)).status).toBe(404);
});
