import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointChannel } from '../testing/sign-build.ts';
import { startTestService, registerPublisher, type TestService } from '../testing/service.ts';
import { makeSampleBuild, pushSampleBuild, sampleBytes } from '../testing/sample-build.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

async function publish(options: { access?: 'free' | 'entitled'; channel?: string } = { channel: 'stable' }) {
  const publisher = await registerPublisher(test, options);
  const sample = makeSampleBuild({ 'game.bin': sampleBytes(publisher.gameId, 5_000) });
  const { build } = await pushSampleBuild(publisher.api, sample, {
    gameId: publisher.gameId,
    ...(options.channel && { channel: options.channel }),
  });
  if (!build) throw new Error('the push makes a build');
  return { publisher, sample, build };
}

describe('a grant', () => {
  it('opens the build’s manifest at the edge', async () => {
    const { publisher, sample, build } = await publish();
    const grant = await publisher.api.grant({ body: { buildId: build.buildId, reason: 'install' } });
    const response = await fetch(`${grant.baseUrl}${build.manifest.path}?${grant.query}`);
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(build.manifest.sha256);
    expect(bytes.equals(sample.manifestBytes)).toBe(true);
  });

  it('does not open another depot or another game', async () => {
    const mine = await publish();
    const other = await publish();
    const windows = await pushSampleBuild(mine.publisher.api, mine.sample, {
      gameId: mine.publisher.gameId,
      depot: 'windows',
      channel: 'stable',
    });
    const grant = await mine.publisher.api.grant({
      body: { buildId: mine.build.buildId, reason: 'install' },
    });
    for (const base of [`/t/${other.publisher.gameId}/linux/`, `/t/${mine.publisher.gameId}/windows/`]) {
      const path = base.includes('windows') ? windows.build?.manifest.path : other.build.manifest.path;
      const response = await fetch(`${test.service.edgeUrl}${base}${path}?${grant.query}`);
      expect(response.status).toBe(403);
    }
  });

  it('is recorded with who, what and why', async () => {
    const { publisher, build } = await publish();
    const grant = await publisher.api.grant({ body: { buildId: build.buildId, reason: 'repair' } });
    const row = await test.database
      .selectFrom('grants')
      .select(['accountId', 'buildId', 'oldBuildId', 'reason'])
      .where('grantId', '=', grant.grantId)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({
      accountId: publisher.session.account.accountId,
      buildId: build.buildId,
      oldBuildId: null,
      reason: 'repair',
    });
  });

  it('is refused to a player without the game, until they are entitled', async () => {
    const { publisher, build } = await publish();
    const player = await test.register();
    const ask = () => player.api.grant({ body: { buildId: build.buildId, reason: 'install' } });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(player.api.delivery({ params: { buildId: build.buildId } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await player.api.library({})).games).toEqual([]);
    await publisher.api.entitle({ params: { gameId: publisher.gameId }, body: { email: player.email } });
    expect(await ask()).toMatchObject({ gameId: publisher.gameId, depot: 'linux' });
    const { games } = await player.api.library({});
    expect(games).toMatchObject([
      { gameId: publisher.gameId, depots: [{ depot: 'linux', channels: [{ channel: 'stable' }] }] },
    ]);
  });

  it('of a free game is for everybody, but only once the build was on a channel', async () => {
    const { publisher, build } = await publish({ access: 'free' });
    const player = await test.register();
    const ask = () => player.api.grant({ body: { buildId: build.buildId, reason: 'install' } });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await pointChannel(publisher.api, 'stable', build);
    expect(await ask()).toMatchObject({ gameId: publisher.gameId });
  });

  it('names an old build of the same depot only', async () => {
    const mine = await publish();
    const other = await publish({ access: 'free', channel: 'stable' });
    const body = { buildId: mine.build.buildId, oldBuildId: other.build.buildId, reason: 'update' } as const;
    await expect(mine.publisher.api.grant({ body })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('reports of an install count once however often they are sent', async () => {
  const { publisher, build } = await publish();
  const body = {
    gameId: publisher.gameId,
    depot: 'linux',
    buildId: build.buildId,
    oldBuildId: null,
    reason: 'install',
    outcome: 'done',
    route: 'chunks',
    downloadedBytes: 5_000,
    durationMs: 1_200,
  } as const;
  const send = () => publisher.api.reportOutcome({ body, idempotencyKey: 'install-of-the-day' });
  await Promise.all([send(), send(), send()]);
  await send();
  const rows = await test.database
    .selectFrom('installOutcomes')
    .select('downloadedBytes')
    .where('buildId', '=', build.buildId)
    .execute();
  expect(rows).toEqual([{ downloadedBytes: 5_000 }]);
  const changed = publisher.api.reportOutcome({
    body: { ...body, outcome: 'failed' },
    idempotencyKey: 'install-of-the-day',
  });
  await expect(changed).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});

it('says what the delivered bytes cost, by build and reason', async () => {
  const { publisher, sample, build } = await publish();
  const grant = await publisher.api.grant({ body: { buildId: build.buildId, reason: 'install' } });
  const pack = sample.packs[0]?.sha256;
  for (const path of [build.manifest.path, `packs/${pack}`]) {
    await (await fetch(`${grant.baseUrl}${path}?${grant.query}`)).arrayBuffer();
  }
  const report = await publisher.api.costs({ params: { gameId: publisher.gameId } });
  expect(report.rows).toMatchObject([
    { buildId: build.buildId, reason: 'install', route: 'chunks', requests: 1 },
    { buildId: build.buildId, reason: 'install', route: 'manifest', requests: 1 },
  ]);
  expect(report.bytes).toBeGreaterThan(build.downloadBytes + build.manifest.sizeBytes);
  expect(report.requests).toBe(2);
  const again = await publisher.api.costs({ params: { gameId: publisher.gameId } });
  expect(again.bytes).toBe(report.bytes);
});

describe('a delivery', () => {
  it('names patches that lead there one after the other, through builds the player may have', async () => {
    const { publisher, build: first } = await publish({ access: 'free', channel: 'stable' });
    const more = [];
    for (const [version, channel] of ['stable', undefined, 'stable'].entries()) {
      const sample = makeSampleBuild({ 'game.bin': sampleBytes(`${publisher.gameId}${version}`, 5_000) });
      const pushed = await pushSampleBuild(publisher.api, sample, {
        gameId: publisher.gameId,
        ...(channel && { channel }),
      });
      if (!pushed.build) throw new Error('the push makes a build');
      more.push(pushed.build.buildId);
    }
    const [second = 0, hidden = 0, last = 0] = more;
    const pairs = [
      [first.buildId, second, 10],
      [second, last, 10],
      [first.buildId, hidden, 1],
      [hidden, last, 1],
    ] as const;
    for (const [oldBuildId, newBuildId, sizeBytes] of pairs) {
      const sha256 = createHash('sha256').update(`${oldBuildId} ${newBuildId}`).digest('hex');
      await test.database
        .insertInto('patches')
        .values({ oldBuildId, newBuildId, sha256, sizeBytes })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    const player = await test.register();
    const ask = (oldBuildId: number) =>
      player.api.delivery({ params: { buildId: last }, query: { oldBuildId } });
    const { chains } = await ask(first.buildId);
    expect(chains.map((chain) => chain.map((patch) => [patch.oldBuildId, patch.newBuildId]))).toEqual([
      [
        [first.buildId, second],
        [second, last],
      ],
    ]);
    expect((await ask(second)).chains).toEqual([]);
  });
});
