import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileStore } from '../storage/file-store.ts';
import { makeSampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';
import { expirePushes } from './expire-pushes-job.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService({ runJobs: false });
});
afterAll(() => test.close());

it('closes pushes nobody went on with and aborts their uploads, and leaves the others alone', async () => {
  const store = new FileStore({
    folder: `${test.dataDir}/objects`,
    secret: 'not used here, but long enough to be one',
    publicUrl: () => '',
  });
  const { api, gameId } = await registerPublisher(test);
  const [pack] = makeSampleBuild({ 'game.bin': sampleBytes('expire', 3_000) }).packs;
  if (!pack) throw new Error('the build has a pack');
  const begin = async (depot: 'linux' | 'windows') => {
    const session = await api.beginPush({ params: { gameId, depot }, body: {} });
    const params = { pushSessionId: session.pushSessionId, packSha256: pack.sha256 };
    const upload = await api.uploadPack({ params, body: { sizeBytes: pack.bytes.length } });
    if (upload.state !== 'upload') throw new Error('nothing is stored yet');
    return { params, uploadId: upload.uploadId, key: `t/${gameId}/${depot}/packs/${pack.sha256}` };
  };
  const left = await begin('linux');
  const active = await begin('windows');
  await test.database
    .updateTable('pushSessions')
    .set({ expiresAt: new Date(0) })
    .where('pushSessionId', '=', left.params.pushSessionId)
    .execute();
  const services = { database: test.database, store, now: () => new Date() };
  await expirePushes(services);
  await expirePushes(services);
  expect(await api.pushSession({ params: left.params })).toMatchObject({ state: 'expired' });
  expect(await api.pushSession({ params: active.params })).toMatchObject({ state: 'open' });
  await expect(store.listParts(left.uploadId, left.key)).rejects.toMatchObject({
    code: 'STORAGE_UPLOAD_NOT_FOUND',
  });
  expect(await store.listParts(active.uploadId, active.key)).toEqual([]);
});
