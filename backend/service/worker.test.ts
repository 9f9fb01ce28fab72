import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeSampleBuild, sampleBytes, uploadSamplePack, waitForPush } from '../testing/sample-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';
import { startWorker } from './worker.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService({ runJobs: false });
});
afterAll(() => test.close());

it('a push waits for a worker, which may run anywhere over the same database and storage', async () => {
  const { api, gameId } = await registerPublisher(test);
  const build = makeSampleBuild({ 'game.bin': sampleBytes('worker', 3_000) });
  const push = await api.beginPush({ params: { gameId, depot: 'linux' }, body: {} });
  for (const pack of build.packs) await uploadSamplePack(api, push.pushSessionId, pack);
  const committed = await api.commitPush({ params: push, body: build.manifestBytes });
  expect(committed).toMatchObject({ state: 'verifying', verified: { packs: 0, packsTotal: 1 } });
  const { jobs } = await api.status({});
  expect(jobs.find((job) => job.queue === 'verify-push')).toMatchObject({ queued: 1, active: 0 });
  const worker = await startWorker({ dataDir: test.dataDir, databaseUrl: test.databaseUrl });
  try {
    expect(await waitForPush(api, push.pushSessionId)).toMatchObject({ state: 'committed' });
  } finally {
    await worker.close();
  }
});

it('a worker without a database says what it lacks', async () => {
  await expect(startWorker({ dataDir: test.dataDir })).rejects.toMatchObject({
    code: 'SERVICE_CONFIG_INVALID',
  });
});
