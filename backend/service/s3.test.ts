import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideS3Server, type S3Server } from '../testing/s3-server.ts';
import { makeSampleBuild, pushSampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';

let server: S3Server;
let service: TestService;

beforeAll(async () => {
  server = await provideS3Server();
  const { bucket, region, endpoint, credentials } = server;
  service = await startTestService({ s3: { bucket, region, endpoint, credentials } });
}, 240_000);
afterAll(async () => {
  await service.close();
  await server.stop();
});

test('a build pushed to S3 by presigned parts is checked there and delivered from there', async () => {
  const publisher = await registerPublisher(service);
  const { gameId } = publisher;
  const sample = makeSampleBuild({
    'game.bin': sampleBytes('game', 300_000),
    'data/level.dat': sampleBytes('level', 50_000),
  });
  const { build } = await pushSampleBuild(publisher.api, sample, {
    gameId,
    depot: 'linux',
    channel: 'stable',
  });
  if (build === undefined) throw new Error('the push was rejected');
  const status = await publisher.api.status({});
  expect(status.storage).toBe('s3');

  const grant = await publisher.api.grant({ body: { buildId: build.buildId, reason: 'install' } });
  const read = async (path: string) => {
    const response = await fetch(`${grant.baseUrl}${path}?${grant.query}`);
    expect(response.status).toBe(200);
    return createHash('sha256')
      .update(new Uint8Array(await response.arrayBuffer()))
      .digest('hex');
  };
  expect(await read(build.manifest.path)).toBe(build.manifest.sha256);
  for (const pack of sample.packs) expect(await read(`packs/${pack.sha256}`)).toBe(pack.sha256);
});
