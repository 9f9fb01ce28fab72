import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../patcher/errors.ts';
import { manifestOf, webTree, writeTree } from '../testing/fake-patcher.ts';
import { createHandClock } from '../testing/hand-clock.ts';
import type { GameRun } from './game-host.ts';
import { startWebRun } from './web-run.ts';

let folder: string;
let run: GameRun | undefined;
const damage: unknown[] = [];
const events: unknown[] = [];
let address = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-web-'));
  await writeTree(folder, webTree);
});
afterEach(async () => {
  run?.stop();
  await run?.ended;
  run = undefined;
  damage.length = 0;
  events.length = 0;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(options: { closed?: Promise<void>; clock?: ReturnType<typeof createHandClock> } = {}) {
  run = await startWebRun({
    gameId: 'skylark',
    title: 'Skylark',
    folder,
    manifest: manifestOf(webTree),
    target: webTree.launch,
    clock: options.clock ?? createHandClock(),
    ports: {
      listen: async (_gameId, server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const bound = server.address();
        return typeof bound === 'object' && bound !== null ? bound.port : 0;
      },
    },
    reports: {
      session: () => ({ playSessionId: 'p-1', playerName: 'Ada', buildId: 7 }),
      onEvent: (event) => void events.push(event),
    },
    onDamage: (error) => void damage.push(error),
    opener: {
      openGameWindow: async ({ url }) => {
        address = url;
        return {
          closed: options.closed ?? null,
          closedIsSure: options.closed !== undefined,
          close: () => {},
        };
      },
    },
  });
  return run;
}

type GetInit = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

/** What a browser does with the window's address: follow it once, keep the cookie. */
async function enter(): Promise<{
  origin: string;
  get: (path: string, init?: GetInit) => Promise<Response>;
}> {
  const first = await fetch(address, { redirect: 'manual' });
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { origin } = new URL(address);
  return {
    origin,
    get: (name, init) => fetch(`${origin}${name}`, { ...init, headers: { cookie, ...init?.headers } }),
  };
}

test('the address leads once to the page, with a cookie no script can read', async () => {
  await start();
  const first = await fetch(address, { redirect: 'manual' });
  expect(first.status).toBe(303);
  expect(first.headers.get('location')).toBe('/index.html');
  expect(first.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/);
  expect((await fetch(address, { redirect: 'manual' })).status).toBe(403);
});

test('the game’s files are served with a policy that runs nothing else', async () => {
  await start();
  const { get } = await enter();
  const page = await get('/index.html');
  expect(await page.text()).toBe(webTree.files['index.html']);
  expect(page.headers.get('content-type')).toMatch('text/html');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/script-src[^;]*'unsafe-/);
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await (await get('/data/level%201.bin')).text()).toBe(webTree.files['data/level 1.bin']);
});

test.each([
  ['/absent.js'],
  ['/.gantry/installed.json'],
  ['/../secret'],
  ['/%2e%2e/secret'],
  ['/data'],
  ['/%zz'],
  ['/data%2flevel%201.bin%00'],
])('%s is not a file of the build', async (name) => {
  await writeFile(path.join(folder, '..', 'secret'), 'no').catch(() => undefined);
  await start();
  const { get } = await enter();
  expect((await get(name)).status).toBe(404);
});

test('a range of a file is answered with exactly that range', async () => {
  await start();
  const { get } = await enter();
  const part = await get('/data/level%201.bin', { headers: { range: 'bytes=6-11' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe('bytes 6-11/600');
  expect(await part.text()).toBe('level ');
  expect((await get('/data/level%201.bin', { headers: { range: 'bytes=900-' } })).status).toBe(416);
});

test('a changed file is never served, before or after it was served once', async () => {
  await start();
  const { get } = await enter();
  expect((await get('/game.js')).status).toBe(200);
  await appendFile(path.join(folder, 'game.js'), '//evil');
  expect((await get('/game.js')).status).toBe(409);
  expect(damage).toHaveLength(1);
  expect(damage[0]).toBeInstanceOf(AppError);
  expect(damage[0]).toMatchObject({ code: 'PLAY_FILE_CHANGED' });
});

test('a same-size change is found by its hash', async () => {
  await writeFile(path.join(folder, 'game.js'), 'console.log("evil")');
  await start();
  const { get } = await enter();
  expect((await get('/game.js')).status).toBe(409);
});

test('without the cookie, under another name, or from another origin nothing is answered', async () => {
  await start();
  const { origin, get } = await enter();
  expect((await fetch(`${origin}/index.html`)).status).toBe(403);
  expect((await fetch(`${origin}/__gantry/session`)).status).toBe(403);
  const foreign = { headers: { origin: 'http://evil.test' }, method: 'POST', body: '{}' };
  expect((await get('/__gantry/heartbeat', foreign)).status).toBe(403);
  const status = await new Promise((resolve, reject) => {
    const headers = { host: `localhost:${new URL(origin).port}` };
    rawRequest(`${origin}/index.html`, { headers }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(421);
});

test('the game learns its session and reports to the launcher', async () => {
  await start();
  const { get } = await enter();
  expect(await (await get('/__gantry/session')).json()).toEqual({
    playSessionId: 'p-1',
    playerName: 'Ada',
    buildId: 7,
  });
  const post = (name: string, body: string) => get(name, { method: 'POST', body });
  expect((await post('/__gantry/heartbeat', '{"elapsedMs":10,"state":"playing"}')).status).toBe(204);
  expect((await post('/__gantry/event', '{"name":"level","value":3}')).status).toBe(204);
  expect(events).toEqual([{ name: 'level', value: 3 }]);
  expect((await post('/__gantry/event', '{"value":3}')).status).toBe(400);
  expect((await post('/__gantry/event', 'x'.repeat(40_000))).status).toBe(413);
  expect((await get('/__gantry/other')).status).toBe(404);
});

test('the run ends when its window is closed, and its port with it', async () => {
  const closed = Promise.withResolvers<void>();
  const { ended } = await start({ closed: closed.promise });
  const { get } = await enter();
  closed.resolve();
  expect(await ended).toEqual({ exitCode: null });
  await expect(get('/index.html')).rejects.toThrow();
});

test('where the window cannot be watched, a page that fell silent ends the run', async () => {
  const clock = createHandClock();
  const { ended } = await start({ clock });
  const { get } = await enter();
  clock.advance(600_000); // Never heard from: it may still be loading.
  await get('/__gantry/heartbeat', { method: 'POST', body: '{"elapsedMs":1,"state":"playing"}' });
  clock.advance(160_000);
  expect(await ended).toEqual({ exitCode: null });
});

test('a page that asks whether it was stopped is told when it is', async () => {
  const { ended, stop } = await start();
  const { get } = await enter();
  const asked = get('/__gantry/stopped');
  // Answered only after the question has been taken, so that it is being held when the run stops.
  await get('/__gantry/session');
  stop();
  expect((await asked).status).toBe(410);
  expect(await ended).toEqual({ exitCode: null });
});

test('a page that waits at its title is there, however long it says nothing else', async () => {
  const clock = createHandClock();
  const { ended, stop } = await start({ clock });
  const { get } = await enter();
  const asked = get('/__gantry/stopped');
  await get('/__gantry/session');
  clock.advance(3_600_000);
  await get('/__gantry/session'); // It still answers.
  stop();
  expect((await asked).status).toBe(410);
  await ended;
});
