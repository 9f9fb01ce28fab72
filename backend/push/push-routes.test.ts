import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinSha256 } from '../../patcher/formats/sha256.ts';
import { serializeManifest } from '../../patcher/formats/manifest-format.ts';
import { objectKey } from '../delivery/object-path.ts';
import {
  makeSampleBuild,
  pushSampleBuild,
  sampleBytes,
  uploadSamplePack,
  waitForPush,
} from '../testing/sample-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

const files = (seed: string) => ({
  'data/level.pak': sampleBytes(`${seed}-level`, 20_000),
  'game.bin': sampleBytes(`${seed}-game`, 9_000),
  'empty.txt': new Uint8Array(),
});

describe('a push', () => {
  it('becomes a build on its channel', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('first'));
    const session = await pushSampleBuild(publisher.api, build, {
      gameId: publisher.gameId,
      channel: 'stable',
      version: '1.0',
    });
    expect(session).toMatchObject({ state: 'committed', existing: false });
    expect(session.build).toMatchObject({
      gameId: publisher.gameId,
      depot: 'linux',
      version: '1.0',
      sizeBytes: 29_000,
      files: 3,
      channels: ['stable'],
      manifest: { sizeBytes: build.manifestBytes.length },
    });
    expect(session.build?.downloadBytes).toBe(build.packs[0]?.bytes.length);
  });

  it('says that a build exists when it is pushed again, and uploads nothing', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('again'));
    const first = await pushSampleBuild(publisher.api, build, { gameId: publisher.gameId });
    const second = await pushSampleBuild(publisher.api, build, { gameId: publisher.gameId, channel: 'beta' });
    expect(second).toMatchObject({ state: 'committed', existing: true });
    expect(second.build).toMatchObject({ buildId: first.build?.buildId, channels: ['beta'] });
    const uploads = await test.database
      .selectFrom('pushPacks')
      .select('uploadId')
      .where('pushSessionId', '=', second.pushSessionId)
      .execute();
    expect(uploads).toEqual([{ uploadId: null }]);
  });

  it('reuses the chunks of earlier builds, which the service can locate', async () => {
    const publisher = await registerPublisher(test);
    const old = makeSampleBuild(files('old'));
    await pushSampleBuild(publisher.api, old, { gameId: publisher.gameId });
    const changed = { ...old.files, 'game.bin': sampleBytes('new code', 9_500) };
    const build = makeSampleBuild(changed, old);
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const located = await publisher.api.locateChunks({ params, body: build.manifest.chunks.sha256 });
    const isOld = Array.from(
      build.manifest.chunks.pack,
      (pack) => build.manifest.packs[pack]?.sha256 !== build.packs[0]?.sha256,
    );
    expect(located.pack.map((pack) => pack >= 0)).toEqual(isOld);
    expect(located.packs).toEqual([{ sha256: old.packs[0]?.sha256, sizeBytes: old.packs[0]?.bytes.length }]);
    const session = await pushSampleBuild(publisher.api, build, { gameId: publisher.gameId });
    expect(session.state).toBe('committed');
  });

  it('does not find the chunks of another depot', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('elsewhere'));
    await pushSampleBuild(publisher.api, build, { gameId: publisher.gameId, depot: 'linux' });
    const params = { gameId: publisher.gameId, depot: 'windows' } as const;
    const located = await publisher.api.locateChunks({ params, body: build.manifest.chunks.sha256 });
    expect(new Set(located.pack)).toEqual(new Set([-1]));
  });

  it('goes on where an earlier one of the same account stopped', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('resume'));
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const [pack] = build.packs;
    if (!pack) throw new Error('the build has a pack');
    const first = await publisher.api.beginPush({ params, body: {} });
    const upload = { pushSessionId: first.pushSessionId, packSha256: pack.sha256 };
    const begun = await publisher.api.uploadPack({ params: upload, body: { sizeBytes: pack.bytes.length } });
    const again = await publisher.api.beginPush({ params, body: { version: '2' } });
    expect(again.pushSessionId).toBe(first.pushSessionId);
    const resumed = await publisher.api.uploadPack({
      params: upload,
      body: { sizeBytes: pack.bytes.length },
    });
    expect(resumed).toMatchObject({ uploadId: begun.state === 'upload' ? begun.uploadId : '' });
    await uploadSamplePack(publisher.api, first.pushSessionId, pack);
    await publisher.api.commitPush({ params: upload, body: build.manifestBytes });
    await publisher.api.commitPush({ params: upload, body: build.manifestBytes });
    const done = await waitForPush(publisher.api, first.pushSessionId);
    expect(done).toMatchObject({ state: 'committed', build: { version: '2' } });
    await publisher.api.commitPush({ params: upload, body: build.manifestBytes });
  });

  it('keeps a second writer out and says who writes', async () => {
    const publisher = await registerPublisher(test);
    const colleague = await test.register('colleague');
    await publisher.api.addMember({
      params: { organisationId: publisher.organisationId },
      body: { email: colleague.email, role: 'developer' },
    });
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const session = await publisher.api.beginPush({ params, body: {} });
    await expect(colleague.api.beginPush({ params, body: {} })).rejects.toMatchObject({
      code: 'PUSH_DEPOT_BUSY',
      details: { who: 'publisher' },
    });
    await publisher.api.abandonPush({ params: session });
    const taken = await colleague.api.beginPush({ params, body: {} });
    expect(taken.state).toBe('open');
    await test.database
      .updateTable('pushSessions')
      .set({ expiresAt: new Date(0) })
      .where('pushSessionId', '=', taken.pushSessionId)
      .execute();
    const next = await publisher.api.beginPush({ params, body: {} });
    expect(next.pushSessionId).not.toBe(taken.pushSessionId);
    const expired = await colleague.api.pushSession({ params: taken });
    expect(expired.state).toBe('expired');
  });
});

describe('what is refused', () => {
  it('a manifest whose packs were not uploaded stays open for them', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('missing'));
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const session = await publisher.api.beginPush({ params, body: {} });
    const commit = publisher.api.commitPush({ params: session, body: build.manifestBytes });
    await expect(commit).rejects.toMatchObject({ code: 'PUSH_PACK_MISSING' });
    expect(await publisher.api.pushSession({ params: session })).toMatchObject({ state: 'open' });
  });

  it('bytes that are no manifest', async () => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const session = await publisher.api.beginPush({ params, body: {} });
    const commit = publisher.api.commitPush({ params: session, body: new Uint8Array(randomBytes(100)) });
    await expect(commit).rejects.toMatchObject({ code: expect.stringMatching(/^FORMAT_/) });
  });

  it('a pack whose bytes are not those of its name is removed and can be pushed again', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('damaged'));
    const [pack] = build.packs;
    if (!pack) throw new Error('the build has a pack');
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const session = await publisher.api.beginPush({ params, body: {} });
    await uploadSamplePack(publisher.api, session.pushSessionId, pack);
    await damageObject(objectKey(params, 'pack', pack.sha256), pack.bytes);
    await publisher.api.commitPush({ params: session, body: build.manifestBytes });
    const rejected = await waitForPush(publisher.api, session.pushSessionId);
    expect(rejected).toMatchObject({ state: 'rejected', problem: { code: 'PUSH_PACK_DAMAGED' } });
    expect(rejected.build).toBeUndefined();
    const repaired = await pushSampleBuild(publisher.api, build, { gameId: publisher.gameId });
    expect(repaired.state).toBe('committed');
  });

  it('a manifest that lists other chunks for a file than make it', async () => {
    const publisher = await registerPublisher(test);
    const build = makeSampleBuild(files('liar'));
    const entries = build.manifest.entries.map((entry) =>
      entry.kind === 'file' && entry.path === 'game.bin'
        ? { ...entry, chunks: swapFirstTwo(entry.chunks) }
        : entry,
    );
    const manifestBytes = serializeManifest({ ...build.manifest, entries });
    const session = await pushSampleBuild(publisher.api, { ...build, manifestBytes }, publisher);
    expect(session).toMatchObject({ state: 'rejected', problem: { code: 'PUSH_FILE_DAMAGED' } });
  });

  it('a chunk that is said to lie elsewhere in a pack than it does', async () => {
    const publisher = await registerPublisher(test);
    const old = makeSampleBuild(files('moved'));
    await pushSampleBuild(publisher.api, old, publisher);
    const { chunks } = old.manifest;
    const offset = chunks.offset.slice();
    [offset[0], offset[1]] = [offset[1] as number, offset[0] as number];
    const packedBytes = chunks.packedBytes.slice();
    [packedBytes[0], packedBytes[1]] = [packedBytes[1] as number, packedBytes[0] as number];
    const manifestBytes = serializeManifest({ ...old.manifest, chunks: { ...chunks, offset, packedBytes } });
    const session = await pushSampleBuild(publisher.api, { ...old, manifestBytes }, publisher);
    expect(session).toMatchObject({ state: 'rejected', problem: { code: 'PUSH_PACK_DAMAGED' } });
    // The pack belongs to a build that is committed: it stays.
    const again = await pushSampleBuild(publisher.api, old, publisher);
    expect(again).toMatchObject({ state: 'committed', existing: true });
  });

  it('a chunk query that is no list of hashes', async () => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId, depot: 'linux' } as const;
    const query = publisher.api.locateChunks({ params, body: new Uint8Array(33) });
    await expect(query).rejects.toMatchObject({ code: 'CHUNK_QUERY_INVALID' });
  });
});

it('locates 100,000 chunks in one query', async () => {
  const publisher = await registerPublisher(test);
  const build = makeSampleBuild(files('many'));
  await pushSampleBuild(publisher.api, build, publisher);
  const known = build.manifest.chunks.sha256;
  const unknown = new Uint8Array(randomBytes(100_000 * 32 - known.length));
  const params = { gameId: publisher.gameId, depot: 'linux' } as const;
  const body = new Uint8Array(Buffer.concat([known, unknown]));
  const located = await publisher.api.locateChunks({ params, body });
  expect(located.pack).toHaveLength(100_000);
  expect(located.pack.filter((pack) => pack === 0)).toHaveLength(build.manifest.chunks.count);
  expect(joinSha256([]).length).toBe(0);
});

function swapFirstTwo(chunks: Uint32Array): Uint32Array {
  const swapped = chunks.slice();
  [swapped[0], swapped[1]] = [swapped[1] as number, swapped[0] as number];
  return swapped;
}

/** Change a byte of a stored object behind the service's back. */
async function damageObject(key: string, bytes: Uint8Array): Promise<void> {
  const { FileStore } = await import('../storage/file-store.ts');
  const store = new FileStore({
    folder: `${test.dataDir}/objects`,
    secret: 'not used here, but long enough to be one',
    publicUrl: () => '',
  });
  const changed = Uint8Array.from(bytes);
  changed[10] = (changed[10] as number) ^ 1;
  await store.write(key, changed);
}
