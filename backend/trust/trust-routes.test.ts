import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeGameTargets, composeRoot, rolesOfRoot } from '../../patcher/trust/compose-documents.ts';
import { createLauncherTrust, type LauncherTrust } from '../../patcher/trust/launcher-trust.ts';
import { signDocument } from '../../patcher/trust/sign-document.ts';
import { parseTrustDocument } from '../../patcher/trust/trust-document.ts';
import type { ApiClient } from '../api/client.ts';
import type { Build } from '../api/contract.ts';
import { approveRequest, type KeyRequest } from '../publisher/signing/key-request.ts';
import { readOwnRecord, signGame, signRecord } from '../publisher/signing/sign-game.ts';
import { withChannel } from '../publisher/signing/game-record.ts';
import { makeSampleBuild, pushSampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { pointChannel, testSigning } from '../testing/sign-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';
import { renewRepositories } from './announce.ts';
import { keyChangeText } from './delegate-game.ts';
import { createServiceSigners, createTrust, signerOf, type TrustSecrets } from './trust-secrets.ts';
import { createKeySeed } from '../../patcher/trust/trust-key.ts';

const made = createTrust(Date.now());
/** The next pair of online keys is there before the root names it, as for a rotation. */
const nextOnline = [createKeySeed().toString('hex'), createKeySeed().toString('hex')] as const;
const secrets: TrustSecrets = { ...made.secrets, online: [...made.secrets.online, ...nextOnline] };

let test: TestService;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-trust-'));
  test = await startTestService({ trust: secrets });
});
afterAll(async () => {
  await test.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

type Publisher = Awaited<ReturnType<typeof registerPublisher>>;

/** A launcher of this service, with a memory of its own. */
async function openTrust(): Promise<LauncherTrust> {
  const folder = await mkdtemp(path.join(scratch, 'launcher-'));
  const root = parseTrustDocument('root', Buffer.from(made.secrets.root));
  return createLauncherTrust({
    folder,
    shippedRoot: async () => root,
    metadataUrl: async () => (await test.anonymous.trust({})).metadataUrl,
    fetch: globalThis.fetch,
    now: Date.now,
  });
}

async function push(publisher: Publisher, seed: string, channel?: string): Promise<Build> {
  const sample = makeSampleBuild({ 'game.bin': sampleBytes(seed, 3_000) });
  const options = { gameId: publisher.gameId, ...(channel !== undefined && { channel }) };
  const { build } = await pushSampleBuild(publisher.api, sample, options);
  if (build === undefined) throw new Error('the push was rejected');
  return build;
}

function place({ organisationId, gameId }: Publisher) {
  return { organisationId, gameId, depot: 'linux', channel: 'stable' };
}

function signed({ buildId, manifest }: Build) {
  return { buildId, manifest: { sha256: manifest.sha256, sizeBytes: manifest.sizeBytes } };
}

const thief = signerOf('77'.repeat(32));

describe('what the service serves', () => {
  it('is what a launcher believes: the build its publisher signed, at once after the push', async () => {
    const publisher = await registerPublisher(test);
    const trust = await openTrust();
    const first = await push(publisher, 'one', 'stable');
    expect(await trust.findBuild(place(publisher))).toEqual(signed(first));
    const second = await push(publisher, 'two', 'stable');
    expect(await trust.findBuild(place(publisher))).toEqual(signed(second));
    await pointChannel(publisher.api, 'stable', first);
    expect(await trust.findBuild(place(publisher))).toEqual(signed(first));
  });

  it('never goes back, however many sign at the same moment', async () => {
    const publisher = await registerPublisher(test);
    const builds = [await push(publisher, 'a'), await push(publisher, 'b'), await push(publisher, 'c')];
    await pointChannel(publisher.api, 'stable', builds[0] as Build);
    const channels = ['red', 'green', 'blue', 'stable'];
    const trust = await openTrust();
    await Promise.all([
      ...channels.map((channel, index) => pointChannel(publisher.api, channel, builds[index % 3] as Build)),
      ...Array.from({ length: 10 }, () => trust.findBuild(place(publisher))),
    ]);
    const rows = await test.database
      .selectFrom('trustDocuments')
      .select(['role', 'version'])
      .where('organisationId', '=', publisher.organisationId)
      .orderBy('version')
      .execute();
    const versions = rows.filter(({ role }) => role === 'snapshot').map(({ version }) => version);
    expect(versions).toEqual(versions.map((_version, index) => index + 1));
    for (const [index, channel] of channels.entries()) {
      const found = await trust.findBuild({ ...place(publisher), channel });
      expect(found).toEqual(signed(builds[index % 3] as Build));
    }
  });

  it('is renewed before it ends, and published though a crash kept it from being so', async () => {
    const publisher = await registerPublisher(test);
    const build = await push(publisher, 'renewed', 'stable');
    const { organisationId } = publisher;
    const read = () =>
      test.database
        .selectFrom('trustRepositories')
        .selectAll()
        .where('organisationId', '=', organisationId)
        .executeTakeFirstOrThrow();
    const before = await read();
    const { FileStore } = await import('../storage/file-store.ts');
    const store = new FileStore({
      folder: path.join(test.dataDir, 'objects'),
      secret: 'x'.repeat(32),
      publicUrl: () => test.service.url,
    });
    const later = Date.now() + 13 * 3_600_000;
    const services = { database: test.database, store, signers: createServiceSigners(secrets) };
    await store.delete(`trust/${organisationId}/timestamp.json`);
    await test.database.updateTable('trustRepositories').set({ published: false }).execute();
    await renewRepositories({ ...services, now: () => new Date() });
    expect((await read()).timestampVersion).toBe(before.timestampVersion);
    const trust = await openTrust();
    expect(await trust.findBuild(place(publisher))).toEqual(signed(build));
    await renewRepositories({ ...services, now: () => new Date(later) });
    const after = await read();
    expect(after.timestampVersion).toBe(before.timestampVersion + 1);
    expect(after.published).toBe(true);
    expect(await trust.findBuild(place(publisher))).toEqual(signed(build));
  });
});

describe('what the service does not take', () => {
  async function record(publisher: Publisher, api: ApiClient = publisher.api) {
    const trust = await api.gameTrust({ params: { gameId: publisher.gameId } });
    return readOwnRecord(testSigning(api), publisher.gameId, trust);
  }
  const own = async (publisher: Publisher) => {
    const [key] = await testSigning(publisher.api).keys.list();
    return testSigning(publisher.api).keys.open(key as NonNullable<typeof key>);
  };
  const send = (publisher: Publisher, document: Buffer) =>
    publisher.api.publishGame({
      params: { gameId: publisher.gameId },
      body: { document: document.toString() },
    });

  it('a record signed by anybody but the game’s publisher', async () => {
    const publisher = await registerPublisher(test);
    await push(publisher, 'mine', 'stable');
    const before = await record(publisher);
    const document = signRecord(publisher.gameId, before, before?.targets ?? {}, thief);
    await expect(send(publisher, document)).rejects.toMatchObject({ code: 'TRUST_KEY_UNKNOWN' });
  });

  it('a record of another version than the next, of another game, without a channel it had, or that ends soon', async () => {
    const publisher = await registerPublisher(test);
    await push(publisher, 'mine', 'stable');
    const before = await record(publisher);
    if (before === undefined) throw new Error('a record');
    const signer = await own(publisher);
    const good = Date.now() + 365 * 86_400_000;
    const sign = (gameId: string, version: number, targets = before.targets, expiresMs = good) =>
      signDocument<'targets'>(composeGameTargets(gameId, { version, expiresMs }, targets), [signer]);
    const { gameId } = publisher;
    for (const version of [before.version, before.version + 2]) {
      await expect(send(publisher, sign(gameId, version))).rejects.toMatchObject({
        code: 'SIGNING_VERSION_CONFLICT',
      });
    }
    await expect(send(publisher, sign('another', before.version + 1))).rejects.toMatchObject({
      code: 'TRUST_WRONG_SCOPE',
    });
    await expect(send(publisher, sign(gameId, before.version + 1, {}))).rejects.toMatchObject({
      code: 'SIGNING_CHANNEL_DROPPED',
    });
    const soon = sign(gameId, before.version + 1, before.targets, Date.now() + 86_400_000);
    await expect(send(publisher, soon)).rejects.toMatchObject({ code: 'SIGNING_EXPIRY_REFUSED' });
    await expect(send(publisher, Buffer.from('{"signed":{}}'))).rejects.toMatchObject({
      code: 'TRUST_DOCUMENT_INVALID',
    });
  });

  it('a build it does not have, or one with another manifest', async () => {
    const publisher = await registerPublisher(test);
    const build = await push(publisher, 'mine', 'stable');
    const sha256 = createHash('sha256').update('another manifest').digest('hex');
    for (const wrong of [
      { ...build, buildId: 999_999 },
      { ...build, manifest: { ...build.manifest, sha256 } },
      { ...build, manifest: { ...build.manifest, sizeBytes: 7 } },
    ]) {
      await expect(pointChannel(publisher.api, 'stable', wrong)).rejects.toMatchObject({
        code: 'SIGNING_TARGET_UNKNOWN',
      });
    }
  });
});

describe('a game’s keys', () => {
  const gameTrustOf = (publisher: Publisher) =>
    publisher.api.gameTrust({ params: { gameId: publisher.gameId } });

  it('change by a signature of the old key, and the old one publishes no more', async () => {
    const publisher = await registerPublisher(test);
    const build = await push(publisher, 'one', 'stable');
    const { gameId, organisationId, api } = publisher;
    const trust = await openTrust();
    await trust.findBuild(place(publisher));
    const context = testSigning(api);
    const before = await readOwnRecord(context, gameId, await gameTrustOf(publisher));
    const next = testSigning(api, 'the next key');
    const [nextKey] = await next.keys.list();
    const [oldKey] = await context.keys.list();
    if (nextKey === undefined || oldKey === undefined || before === undefined) throw new Error('keys');
    const keys = [nextKey.public];
    const nextSigner = await next.keys.open(nextKey);
    const document = signRecord(gameId, before, before.targets, nextSigner).toString();
    const oldSigner = await context.keys.open(oldKey);
    const text = keyChangeText({ organisationId, gameId, keys });
    const ask = (proof: { keyId: string; sig: string } | null, body: { document: string | null }) =>
      api.changeGameKeys({ params: { gameId }, body: { keys, proof, ...body } });
    for (const proof of [
      null,
      { keyId: oldSigner.keyId, sig: thief.sign(text) },
      { keyId: nextSigner.keyId, sig: nextSigner.sign(text) },
    ]) {
      await expect(ask(proof, { document })).rejects.toMatchObject({ code: 'SIGNING_KEY_REFUSED' });
    }
    const proof = { keyId: oldSigner.keyId, sig: oldSigner.sign(text) };
    await expect(ask(proof, { document: null })).rejects.toMatchObject({ code: 'SIGNING_RECORD_STRANDED' });
    await ask(proof, { document });
    expect(await trust.findBuild(place(publisher))).toEqual(signed(build));
    await expect(pointChannel(api, 'beta', build)).rejects.toMatchObject({ code: 'CLI_KEY_MISSING' });
    const vouched = { ...build, gameId };
    await expect(
      signGame(next, gameId, (targets) => withChannel(targets, 'beta', vouched)),
    ).resolves.toHaveLength(2);
  });

  it('are replaced by the operator when lost or stolen, with what the publisher signed anew', async () => {
    const publisher = await registerPublisher(test);
    const build = await push(publisher, 'one', 'stable');
    const { gameId, organisationId, api } = publisher;
    const launcher = await openTrust();
    await launcher.findBuild(place(publisher));
    const { targets, document } = await gameTrustOf(publisher);
    const before = parseTrustDocument('targets', Buffer.from(document ?? '')).signed;
    const fresh = signerOf('42'.repeat(32));
    const approval = approveRequest(
      {
        format: 'gantry-key-request',
        version: 1,
        organisationId,
        gameId,
        keys: [fresh.key.keyval.public],
        targets,
        document: signRecord(gameId, before, before.targets, fresh).toString(),
      },
      signerOf(made.secrets.targets ?? ''),
    );
    const body = { targets: approval.targets, documents: approval.documents };
    const forged = approveRequest(
      {
        format: 'gantry-key-request',
        version: 1,
        organisationId,
        gameId,
        keys: [thief.key.keyval.public],
        targets,
        document: null,
      },
      thief,
    );
    await expect(
      api.takeDelegations({ params: { organisationId }, body: { targets: forged.targets } }),
    ).rejects.toMatchObject({ code: 'TRUST_KEY_UNKNOWN' });
    await expect(
      api.takeDelegations({ params: { organisationId }, body: { targets: approval.targets } }),
    ).rejects.toMatchObject({ code: 'SIGNING_RECORD_STRANDED' });
    // Whoever sends it: the operator's signature is what counts.
    await (await test.register()).api.takeDelegations({ params: { organisationId }, body });
    expect(await launcher.findBuild(place(publisher))).toEqual(signed(build));
    await expect(pointChannel(api, 'beta', build)).rejects.toMatchObject({ code: 'CLI_KEY_MISSING' });
  });
});

it('a stolen online key is shut out by a new root: launchers and the service go on with the next pair', async () => {
  const publisher = await registerPublisher(test);
  const build = await push(publisher, 'one', 'stable');
  const launcher = await openTrust();
  await launcher.findBuild(place(publisher));
  const before = parseTrustDocument('root', Buffer.from((await test.anonymous.trust({})).root));
  const [snapshot, timestamp] = nextOnline.map((seed) => ({ keys: [signerOf(seed).key], threshold: 1 }));
  if (snapshot === undefined || timestamp === undefined) throw new Error('two keys');
  const roles = { ...rolesOfRoot(before.signed), snapshot, timestamp };
  const terms = { version: before.signed.version + 1, expiresMs: Date.now() + 365 * 86_400_000 };
  const sign = (seeds: readonly string[]) =>
    signDocument<'root'>(composeRoot(terms, roles), seeds.map(signerOf)).toString();
  const { api } = await test.register();
  const [one = '', two = ''] = made.rootSeeds;
  await expect(api.replaceRoot({ body: { document: sign([one]) } })).rejects.toMatchObject({
    code: 'TRUST_SIGNATURES_MISSING',
  });
  await api.replaceRoot({ body: { document: sign([one, two]) } });
  expect(await launcher.findBuild(place(publisher))).toEqual(signed(build));
  const next = await push(publisher, 'two', 'stable');
  expect(await launcher.findBuild(place(publisher))).toEqual(signed(next));
  // Started again with the keys it had at first, it walks on from the root its players know.
  expect((await test.anonymous.trust({})).rootVersion).toBe(2);
  expect(test.logged).toEqual([]);
});

it('a service without the targets key leaves games to its operator, and takes a new targets key by a new root', async () => {
  const offline = createTrust(Date.now());
  const nextTargets = createKeySeed().toString('hex');
  // Brought to the service ahead of the root that names it.
  const other = await startTestService({ trust: { ...offline.secrets, targets: nextTargets } });
  try {
    const publisher = await registerPublisher(other);
    const { api, gameId, organisationId } = publisher;
    const sample = makeSampleBuild({ 'game.bin': sampleBytes('offline', 500) });
    const go = () => pushSampleBuild(api, sample, { gameId, channel: 'stable' });
    await expect(go()).rejects.toMatchObject({ code: 'SIGNING_DELEGATION_OFFLINE' });

    const [own] = await testSigning(api).keys.list();
    const request: KeyRequest = {
      format: 'gantry-key-request',
      version: 1,
      organisationId,
      gameId,
      keys: [own?.public ?? ''],
      targets: null,
      document: null,
    };
    const approval = approveRequest(request, signerOf(offline.secrets.targets ?? ''));
    await api.takeDelegations({ params: { organisationId }, body: { targets: approval.targets } });
    const { build } = await go();
    if (build === undefined) throw new Error('the push was rejected');

    const launcher = createLauncherTrust({
      folder: await mkdtemp(path.join(scratch, 'launcher-')),
      shippedRoot: async () => parseTrustDocument('root', Buffer.from(offline.secrets.root)),
      metadataUrl: async () => (await other.anonymous.trust({})).metadataUrl,
      fetch: globalThis.fetch,
      now: Date.now,
    });
    expect(await launcher.findBuild(place(publisher))).toEqual(signed(build));
    const before = parseTrustDocument('root', Buffer.from(offline.secrets.root));
    const sign = (targets: string) => {
      const roles = {
        ...rolesOfRoot(before.signed),
        targets: { keys: [signerOf(targets).key], threshold: 1 },
      };
      const terms = { version: 2, expiresMs: Date.now() + 365 * 86_400_000 };
      const signers = offline.rootSeeds.slice(0, 2).map(signerOf);
      return signDocument<'root'>(composeRoot(terms, roles), signers).toString();
    };
    // A key that nobody brought here: who publishes what would be vouched for by nobody.
    await expect(
      api.replaceRoot({ body: { document: sign(createKeySeed().toString('hex')) } }),
    ).rejects.toMatchObject({ code: 'SIGNING_RECORD_STRANDED' });
    await api.replaceRoot({ body: { document: sign(nextTargets) } });
    expect(await launcher.findBuild(place(publisher))).toEqual(signed(build));
    const stale = approveRequest(
      { ...request, targets: approval.targets },
      signerOf(offline.secrets.targets ?? ''),
    );
    await expect(
      api.takeDelegations({ params: { organisationId }, body: { targets: stale.targets } }),
    ).rejects.toMatchObject({ code: 'TRUST_KEY_UNKNOWN' });
  } finally {
    await other.close();
  }
});
