import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../api/contract.ts';
import { startEmbeddedPostgres } from '../db/embedded-postgres.ts';
import { makeSampleBuild, sampleBytes, uploadSamplePack, waitForPush } from '../testing/sample-build.ts';
import { clientOf } from '../testing/service.ts';
import type { Bootstrap } from './bootstrap.ts';
import { startService } from './serve.ts';

// Several real Postgres clusters are made here, which takes its time where the machine is busy.
vi.setConfig({ testTimeout: 180_000 });

let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'gantry-serve-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await stop(child, 'SIGTERM');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

interface Ready {
  readonly url: string;
  readonly edgeUrl: string;
  readonly credentials?: Bootstrap;
}

/** Start a service as a process and wait until it says where it is. */
async function serve(): Promise<Ready & { readonly child: ChildProcess }> {
  const script = fileURLToPath(new URL('../testing/serve-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    return { ...(JSON.parse(line) as Ready), child };
  }
  throw new Error(`the service ended: ${stderr}`);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function signIn(service: Ready, { email, password }: Bootstrap): Promise<Session> {
  return clientOf(service).login({ body: { email, password } });
}

describe('a service on embedded defaults', () => {
  it('survives being killed in the middle of a push: its data is there and the push is finished', async () => {
    const first = await serve();
    const owner = first.credentials;
    if (!owner) throw new Error('the first start makes an owner');
    const session = await signIn(first, owner);
    const api = clientOf(first, session.accessToken);
    const params = { organisationId: owner.organisationId };
    await api.createGame({ params, body: { gameId: 'skyforge', title: 'Skyforge' } });
    const build = makeSampleBuild({ 'game.bin': sampleBytes('kill', 40_000) });
    const push = await api.beginPush({ params: { gameId: 'skyforge', depot: 'linux' }, body: {} });
    for (const pack of build.packs) await uploadSamplePack(api, push.pushSessionId, pack);
    await api.commitPush({ params: push, body: build.manifestBytes });
    await stop(first.child, 'SIGKILL');

    const second = await serve();
    expect(second.credentials).toBeUndefined();
    const again = await clientOf(second).refresh({ body: session });
    const later = clientOf(second, again.accessToken);
    expect((await later.games({})).games).toMatchObject([{ gameId: 'skyforge' }]);
    expect(await waitForPush(later, push.pushSessionId)).toMatchObject({ state: 'committed' });
    await stop(second.child, 'SIGTERM');
    expect(second.child.exitCode).toBe(0);
  });

  it('keeps its keys and credentials from everybody else', async () => {
    const service = await startService({ dataDir });
    try {
      for (const file of [
        'credentials.json',
        'keys/secrets.json',
        'keys/cdn-key-ring.json',
        'postgres/password',
      ]) {
        const { mode } = await stat(path.join(dataDir, file));
        expect([file, mode & 0o077]).toEqual([file, 0]);
      }
      const written: unknown = JSON.parse(await readFile(path.join(dataDir, 'credentials.json'), 'utf8'));
      expect(written).toEqual(service.credentials);
      await expect(startService({ dataDir })).rejects.toMatchObject({ code: 'SERVICE_ALREADY_RUNNING' });
      const taken = Number(new URL(service.url).port);
      const other = startService({ dataDir: path.join(dataDir, 'other'), port: taken });
      await expect(other).rejects.toMatchObject({ code: 'SERVICE_PORT_TAKEN' });
    } finally {
      await service.close();
    }
    const after = await startService({ dataDir });
    await after.close();
  });
});

it('answers 503 while Postgres is down and recovers by itself', async () => {
  const folder = path.join(dataDir, 'own');
  const postgres = await startEmbeddedPostgres({ folder, volatile: true });
  const service = await startService({ dataDir, databaseUrl: postgres.url });
  let running = postgres;
  try {
    const anonymous = clientOf(service);
    const body = { email: 'ada@example.com', password: 'a long password', displayName: 'Ada' };
    const { accessToken } = await anonymous.register({ body });
    const api = clientOf(service, accessToken);
    await api.account({});
    await postgres.stop();
    await expect(api.account({})).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(anonymous.ready({})).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await anonymous.health({})).toEqual({ ok: true });
    const response = await fetch(`${service.url}/v1/account`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    running = await startEmbeddedPostgres({
      folder,
      volatile: true,
      port: Number(new URL(postgres.url).port),
    });
    expect(await api.account({})).toMatchObject({ email: 'ada@example.com' });
  } finally {
    await service.close();
    await running.stop();
  }
});
