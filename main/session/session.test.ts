import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiClient } from '../../backend/api/client.ts';
import { openDocument } from '../profile/document.ts';
import { createStateStore } from '../state/state-store.ts';
import { emptySlices } from '../testing/empty-slices.ts';
import { createFakeService, FakeProblem, type FakeService } from '../testing/fake-service.ts';
import { createHandClock, type HandClock } from '../testing/hand-clock.ts';
import { credentials } from '../testing/launcher-bench.ts';
import { createFileSecretStore, plainCipher } from './secret-store.ts';
import { createSession, storedAccountSchema } from './session.ts';

let folder: string;
let clock: HandClock;
let service: FakeService;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-session-'));
  clock = createHandClock();
  service = createFakeService(clock.now);
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function open(serviceUrl = 'http://service.test') {
  const state = createStateStore(emptySlices('1.0.0'));
  const account = await openDocument({
    file: path.join(folder, 'account.json'),
    version: 1,
    schema: storedAccountSchema,
    defaults: null,
    now: clock.now,
  });
  const session = createSession({
    api: createApiClient({ baseUrl: serviceUrl, fetch: service.fetch }),
    secrets: createFileSecretStore(folder, plainCipher),
    profileFolder: folder,
    serviceUrl,
    account,
    clock,
    state,
    device: 'test',
  });
  return { session, state };
}

test('fifty who need a token at once renew it once, before it ends', async () => {
  const { session } = await open();
  await session.signIn(credentials);
  const first = await session.accessToken();
  clock.advance(9.5 * 60_000);
  const tokens = await Promise.all(Array.from({ length: 50 }, () => session.accessToken()));
  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]).not.toBe(first);
  expect(service.calls('refresh')).toHaveLength(1);
});

test('two processes of one profile never use a refresh token twice', async () => {
  const { session } = await open();
  await session.signIn(credentials);
  const others = await Promise.all([open(), open(), open()]);
  await Promise.all(others.map((other) => other.session.restore()));
  expect(service.calls('refresh')).toHaveLength(3);
  for (const { state } of others) expect(state.get('session').status).toBe('signed-in');
});

test('a session the service has ended signs the player out, says so, and forgets the token', async () => {
  const { session, state } = await open();
  await session.signIn(credentials);
  service.answer('refresh', () => {
    throw new FakeProblem(401, 'REFRESH_TOKEN_INVALID');
  });
  clock.advance(3_600_000);
  await expect(session.accessToken()).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  expect(state.get('session')).toMatchObject({ status: 'signed-out', failure: { action: 'sign-in' } });
  await expect(stat(path.join(folder, 'session.secret'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a session of another service is not shown at this one', async () => {
  await (await open()).session.signIn(credentials);
  const { session, state } = await open('http://other.test');
  await session.restore();
  expect(state.get('session').status).toBe('signed-out');
  expect(service.calls('refresh')).toHaveLength(0);
});

test('signing out offline still forgets the session here', async () => {
  const { session, state } = await open();
  await session.signIn(credentials);
  service.online = false;
  await session.signOut();
  expect(state.get('session')).toEqual({ status: 'signed-out', failure: null });
  await expect(session.accessToken()).rejects.toMatchObject({ code: 'SESSION_SIGNED_OUT' });
});

test.skipIf(process.platform === 'win32')('the stored secret is readable by its owner only', async () => {
  await (await open()).session.signIn(credentials);
  expect((await stat(path.join(folder, 'session.secret'))).mode & 0o777).toBe(0o600);
});

test('an unreadable account file is kept aside, not lost and not fatal', async () => {
  await writeFile(path.join(folder, 'account.json'), '{"version":1,"value":');
  const { session, state } = await open();
  await session.restore();
  expect(state.get('session').status).toBe('signed-out');
  const kept = `account.json.kept-${clock.now()}`;
  expect((await stat(path.join(folder, kept))).isFile()).toBe(true);
});
