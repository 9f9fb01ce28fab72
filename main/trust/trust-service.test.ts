import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testSigner, testTarget, TestTrustRepository } from '../../patcher/testing/trust/trust-repository.ts';
import { createTrustService, type TrustService, type TrustServicePorts } from './trust-service.ts';

let profileFolder: string;
let repository: TestTrustRepository;
let disagreements: number;

beforeEach(async () => {
  profileFolder = await mkdtemp(path.join(tmpdir(), 'gantry-launcher-trust-'));
  repository = new TestTrustRepository();
  repository.release('skylark', 1);
  disagreements = 0;
});
afterEach(async () => {
  await rm(profileFolder, { recursive: true, force: true });
});

function open(change: Partial<TrustServicePorts> = {}): TrustService {
  return createTrustService({
    api: {
      trust: async () => ({
        metadataUrl: 'http://127.0.0.1:7421/trust/',
        rootVersion: 1,
        root: repository.root().bytes.toString(),
      }),
    },
    profileFolder,
    serviceUrl: 'http://127.0.0.1:7420',
    fetch: repository.fetch,
    now: () => repository.nowMs,
    environment: {},
    serviceGame: () => ({ organisationId: repository.scope }),
    onDisagreement: () => {
      disagreements += 1;
    },
    ...change,
  });
}

function find(trust: TrustService, buildId = 1, reason = 'update') {
  const job = { gameId: 'skylark', depot: 'linux', channel: 'stable', buildId, reason };
  return trust.findManifest(job, new AbortController().signal);
}

function manifestOf(buildId: number) {
  const { length, hashes } = testTarget(buildId);
  return { sha256: hashes.sha256, sizeBytes: length };
}

describe('the root a launcher begins with', () => {
  test('of a service on this machine is the first one it names, and no other afterwards', async () => {
    expect(await find(open())).toEqual(manifestOf(1));
    const other = new TestTrustRepository();
    other.keys.timestamp = testSigner('another service');
    other.signRoot(other.keys.root.slice(0, 2), { version: 1 });
    other.release('skylark', 1);
    repository = other;
    await expect(find(open())).rejects.toMatchObject({ code: 'TRUST_KEY_UNKNOWN' });
  });

  test('of any other service comes with the launcher, or nothing is installed', async () => {
    const serviceUrl = 'https://games.example';
    await expect(find(open({ serviceUrl }))).rejects.toMatchObject({
      code: 'TRUST_ROOT_MISSING',
      details: { service: serviceUrl },
    });
    const builtInRoot = repository.root().bytes.toString();
    expect(await find(open({ serviceUrl, builtInRoot }))).toEqual(manifestOf(1));
  });

  test('is the one a file holds, where the environment names one', async () => {
    const file = path.join(profileFolder, 'root.json');
    const environment = { GANTRY_TRUST_ROOT: file };
    await expect(find(open({ environment }))).rejects.toMatchObject({ code: 'TRUST_ROOT_UNUSABLE' });
    await writeFile(file, '{"signed":{}}');
    await expect(find(open({ environment }))).rejects.toMatchObject({ code: 'TRUST_ROOT_UNUSABLE' });
    await writeFile(file, repository.root().bytes);
    expect(await find(open({ environment, serviceUrl: 'https://games.example' }))).toEqual(manifestOf(1));
  });
});

test('a build the publisher did not sign for the channel is refused, and the library is asked for again', async () => {
  const trust = open();
  await expect(find(trust, 2)).rejects.toMatchObject({
    code: 'TRUST_SERVICE_DISAGREES',
    family: 'unavailable',
    details: { offered: 2, signed: 1 },
  });
  expect(disagreements).toBe(1);
  repository.release('skylark', 2);
  expect(await find(trust, 2)).toEqual(manifestOf(2));
});

test('a player may go back to any build the publisher still vouches for, and to no other', async () => {
  repository.release('skylark', 2);
  const trust = open();
  expect(await find(trust, 1, 'roll-back')).toEqual(manifestOf(1));
  await expect(find(trust, 9, 'roll-back')).rejects.toMatchObject({ code: 'TRUST_BUILD_UNSIGNED' });
  expect(disagreements).toBe(0);
});

test('a game that is no longer in the library is vouched for by nobody', async () => {
  await expect(find(open({ serviceGame: () => undefined }))).rejects.toMatchObject({
    code: 'TRUST_GAME_UNKNOWN',
  });
});
