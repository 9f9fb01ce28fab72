import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import {
  createFakeService,
  fakeAccount,
  fakeGame,
  fakePassword,
  fakeQuest,
  type FakeService,
} from '../../testing/fake-service.ts';

let folder: string;
let server: Server;
let url: string;
let service: FakeService;
/** Requests in order; one that it wants is answered when it lets it go. */
let asked: string[] = [];
let hold: (url: string) => Promise<void> | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-cli-'));
  service = createFakeService();
  hold = () => undefined;
  service.games = [fakeGame('skylark', { stable: 1, beta: 2 })];
  service.quests = [fakeQuest('first-flight', 'skylark', 30)];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const headers = new Headers(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const init = { method: request.method ?? 'GET', headers, ...(body === '' ? {} : { body }) };
      const forward = async () => {
        asked.push(String(request.url));
        await hold(String(request.url));
        const answer = await service.fetch(`http://service.test${request.url}`, init);
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      };
      void forward();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function player(
  args: readonly string[],
  options: {
    home?: string;
    input?: string;
    env?: NodeJS.ProcessEnv;
    onStart?: (child: ChildProcess) => void;
  } = {},
): Promise<Ended> {
  const program = fileURLToPath(new URL('gantry-player.ts', import.meta.url));
  const { GANTRY_EMAIL: _email, GANTRY_PASSWORD: _password, GANTRY_SERVER: _server, ...clean } = process.env;
  const env = { ...clean, ...options.env, GANTRY_HOME: options.home ?? path.join(folder, 'home') };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ code, stdout, stderr });
      },
    );
    options.onStart?.(child);
    child.stdin?.end(options.input ?? '');
  });
}
const lineOf = ({ stdout }: Ended) => JSON.parse(stdout) as Record<string, unknown>;

test('signs in without a terminal, remembers the service, lists the games and their quests', async () => {
  const login = ['login', '--server', url, '--email', fakeAccount.email, '--password-stdin', '--json'];
  const signedIn = await player(login, { input: `${fakePassword}\n` });
  expect([signedIn.code, lineOf(signedIn)]).toMatchObject([0, { email: fakeAccount.email, server: url }]);
  expect(lineOf(await player(['whoami', '--json']))).toMatchObject({
    displayName: 'Ada',
    connection: 'online',
  });
  expect(lineOf(await player(['list', '--json']))).toMatchObject({
    games: [{ gameId: 'skylark', installed: null }],
  });
  expect(lineOf(await player(['quests', '--json']))).toMatchObject({
    quests: [{ questId: 'first-flight', progressSeconds: 30 }],
  });
});

test('a game’s update policy is kept', async () => {
  const set = await player(['policy', 'skylark', 'ask', '--json']);
  expect([set.code, lineOf(set)]).toEqual([0, { gameId: 'skylark', updatePolicy: 'ask' }]);
  expect(lineOf(await player(['list', '--json']))).toMatchObject({
    games: [{ gameId: 'skylark', updatePolicy: 'ask' }],
  });
  const said = await player(['policy', 'skylark', 'never']);
  expect(said.stdout).toBe('skylark stays as it is.\n');
});

test('what downloads may take is shown and changed', async () => {
  const set = await player(['settings', 'limit', '2.5MB', '--json']);
  expect([set.code, lineOf(set)]).toMatchObject([0, { downloadLimitBytesPerSecond: 2_500_000 }]);
  await player(['settings', 'hours', '23:30-06:00']);
  const shown = await player(['settings']);
  expect(shown.stdout).toMatch(/^limit +2\.5 MB a second\nat-once +1\nhours +23:30-06:00\n/);
  await player(['settings', 'hours', 'off']);
  expect(lineOf(await player(['settings', 'limit', 'off', '--json']))).toMatchObject({
    downloadLimitBytesPerSecond: 0,
    downloadWindow: null,
  });
});

test('the queue of a machine without a window is shown, re-ordered, paused, and emptied', async () => {
  const home = path.join(folder, 'queue');
  const env = { GANTRY_SERVER: url, GANTRY_EMAIL: fakeAccount.email, GANTRY_PASSWORD: fakePassword };
  const run = (...args: string[]) => player([...args, '--json'], { home, env });
  service.games = [fakeGame('skylark', { stable: 1, beta: 2 }), fakeGame('orrery', { stable: 3 })];
  await run('login');
  expect(lineOf(await run('queue'))).toEqual({ queue: [] });
  // No CDN stands behind the fake service, so both fail and stay.
  const failed = await run('install', 'skylark');
  expect(lineOf(failed)).toMatchObject({
    ok: false,
    error: { supportCode: expect.stringMatching(/^GNT-/), action: expect.any(String), findings: [] },
  });
  expect(failed.stderr).toContain('support code GNT-');
  await run('install', 'orrery');
  const moved = await run('queue', 'move', 'orrery', '1');
  expect(lineOf(moved)).toMatchObject({ queue: [{ gameId: 'orrery' }, { gameId: 'skylark' }] });
  expect(lineOf(await run('queue', 'pause'))).toMatchObject({
    queue: [
      { place: 1, phase: 'paused' },
      { place: 2, phase: 'paused' },
    ],
  });
  expect((await run('queue', 'resume', 'absent')).code).toBe(7);
  await run('queue', 'cancel', 'orrery');
  expect(lineOf(await run('queue', 'cancel', 'skylark'))).toEqual({ queue: [] });
  expect((await player(['queue'], { home, env })).stdout).toBe('Nothing is queued.\n');
  service.games = [fakeGame('skylark', { stable: 1, beta: 2 })];
}, 60_000);

test.each([
  ['plan', ['plan', 'skylark']],
  ['look at a copy', ['adopt', 'skylark', '.']],
])('Ctrl-C ends a %s at once, and nothing more is asked for', async (_what, args) => {
  const home = path.join(folder, 'interrupted');
  const env = { GANTRY_SERVER: url, GANTRY_EMAIL: fakeAccount.email, GANTRY_PASSWORD: fakePassword };
  await player(['login', '--json'], { home, env });
  let after = 0;
  const answered = Promise.withResolvers<void>();
  const ended: Promise<Ended> = player([...args, '--json'], {
    home,
    env,
    onStart: (child) => {
      hold = (asking) => {
        if (!asking.includes('/delivery')) return undefined;
        child.kill('SIGINT');
        const waited = new Promise((resolve) => setTimeout(resolve, 10_000));
        return Promise.race([ended, waited]).then(() => {
          after = asked.length;
          answered.resolve();
        });
      };
    },
  });
  const { code, stdout } = await ended;
  await answered.promise;
  hold = () => undefined;
  expect([code, JSON.parse(stdout)]).toMatchObject([130, { error: { code: 'PLAYER_CANCELLED' } }]);
  expect(asked.slice(after)).toEqual([]);
});

test.each([
  ['not being signed in', ['list'], {}, 3, 'SESSION_SIGNED_OUT'],
  [
    'a wrong password',
    ['login', '--email', 'ada@example.com'],
    { GANTRY_PASSWORD: 'nonsense' },
    3,
    'CREDENTIALS_WRONG',
  ],
  ['no way to ask', ['login'], {}, 2, 'PLAYER_CREDENTIALS_MISSING'],
  ['an unknown command', ['frobnicate'], {}, 2, 'PLAYER_USAGE'],
])('%s ends with its exit code, and an error scripts can read', async (_what, args, env, code, name) => {
  const ended = await player([...args, '--json'], {
    home: path.join(folder, 'other'),
    env: { ...env, GANTRY_SERVER: url },
  });
  expect(ended.stdout.split('\n')).toHaveLength(2);
  expect([ended.code, lineOf(ended)]).toMatchObject([code, { ok: false, error: { code: name } }]);
});

test.each([
  ['a service that is down', ['login', '--server', 'http://127.0.0.1:9', '--email', 'a@b.c'], 4],
  ['an unknown game', ['install', 'absent'], 7],
  ['a game that is not installed', ['update', 'skylark'], 7],
  ['a channel that is not there', ['install', 'skylark', '--channel', 'nightly'], 7],
  ['an unknown command', ['frobnicate'], 2],
  ['a policy that is none', ['policy', 'skylark', 'sometimes'], 2],
  ['the policy of an unknown game', ['policy', 'absent', 'ask'], 7],
  ['a missing argument', ['install'], 2],
  ['a place that is none', ['queue', 'move', 'skylark', 'first'], 2],
  ['a span that is none', ['play', 'skylark', '--seconds', 'soon'], 2],
])('%s ends with exit code %3$i', async (_what, args, code) => {
  const ended = await player(args, { env: { GANTRY_PASSWORD: fakePassword } });
  expect([ended.code, ended.stdout]).toEqual([code, '']);
});

test('a job left waiting gives way to the next command, and uninstall clears it away', async () => {
  const home = path.join(folder, 'waiting');
  const env = { GANTRY_SERVER: url, GANTRY_EMAIL: fakeAccount.email, GANTRY_PASSWORD: fakePassword };
  const run = (...args: string[]) => player([...args, '--json'], { home, env });
  await run('login');
  // No CDN stands behind the fake service, so nothing can be fetched; the job stays in the queue.
  const first = await run('install', 'skylark', '--dir', path.join(folder, 'one'));
  const elsewhere = await run('install', 'skylark', '--dir', path.join(folder, 'two'));
  expect(first.code).not.toBe(0);
  expect([elsewhere.code, lineOf(elsewhere)]).toMatchObject([first.code, { error: lineOf(first)['error'] }]);
  const removed = await run('uninstall', 'skylark');
  expect([removed.code, lineOf(removed)]).toEqual([0, { gameId: 'skylark', uninstalled: true }]);
  expect((await run('uninstall', 'skylark')).code).toBe(7);
}, 60_000);

test('on a Node that cannot check what it downloads nothing is done', async () => {
  const shim = `import crypto from 'node:crypto'; import { syncBuiltinESMExports } from 'node:module';
    crypto.verify = () => true; syncBuiltinESMExports();`;
  const home = path.join(folder, 'unfit');
  const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(shim)}"` };
  const refused = await player(['list', '--json'], { home, env });
  expect([refused.code, lineOf(refused)]).toMatchObject([
    exitCodes.integrity,
    { ok: false, error: { code: 'CRYPTO_UNFIT', details: { what: 'Ed25519' } } },
  ]);
  await expect(readdir(home)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('help shows every command with examples and exit codes', async () => {
  const { code, stdout } = await player(['--help']);
  expect(code).toBe(0);
  for (const word of ['login', 'install', 'verify', 'claim', 'Examples:', 'Exit codes:'])
    expect(stdout).toContain(word);
});
