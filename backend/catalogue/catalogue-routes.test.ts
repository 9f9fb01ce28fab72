import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSampleBuild, pushSampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { pointChannel } from '../testing/sign-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const text = (value: string) => new Uint8Array(Buffer.from(value));

describe('games', () => {
  it('belong to their organisation and keep their profile', async () => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId };
    const profile = { title: 'Skyforge', studio: 'Studio', tags: ['action'], accentColour: '#112233' };
    const game = await publisher.api.updateGame({ params, body: profile });
    expect(game).toMatchObject({
      ...profile,
      access: 'entitled',
      organisationId: publisher.organisationId,
      art: {},
    });
    expect(await publisher.api.game({ params })).toEqual(game);
    expect((await publisher.api.games({})).games).toEqual([game]);
    const other = await registerPublisher(test);
    expect((await other.api.games({})).games.map((one) => one.gameId)).toEqual([other.gameId]);
  });

  it('ids are one namespace', async () => {
    const first = await registerPublisher(test);
    const second = await registerPublisher(test);
    const create = second.api.createGame({
      params: { organisationId: second.organisationId },
      body: { gameId: first.gameId, title: 'Mine now' },
    });
    await expect(create).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });
});

describe('pictures', () => {
  it('are served as what they are, and may run nothing', async () => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId, kind: 'cover' } as const;
    const game = await publisher.api.putArt({ params, body: PNG });
    const response = await fetch(new URL(game.art.cover ?? '', test.service.url));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(PNG);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const svg = text('<?xml version="1.0"?>\n<!-- made -->\n<svg xmlns="http://www.w3.org/2000/svg"/>');
    const changed = await publisher.api.putArt({ params, body: svg });
    expect(changed.art.cover).not.toBe(game.art.cover);
    const again = await fetch(new URL(changed.art.cover ?? '', test.service.url));
    expect(again.headers.get('content-type')).toBe('image/svg+xml');
    await again.arrayBuffer();
  });

  it.each([
    ['a page', '<html><script>alert(1)</script></html>'],
    ['a page that mentions svg', '<!DOCTYPE html><svg/>'],
    ['a program', 'MZ\u0090'],
    ['nothing', ' '],
  ])('cannot be %s', async (_what, content) => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId, kind: 'icon' } as const;
    await expect(publisher.api.putArt({ params, body: text(content) })).rejects.toMatchObject({
      code: 'PICTURE_UNSUPPORTED',
    });
  });

  it('cannot be larger than 4 MiB', async () => {
    const publisher = await registerPublisher(test);
    const params = { gameId: publisher.gameId, kind: 'hero' } as const;
    const body = new Uint8Array(4 * 1024 * 1024 + 1);
    body.set(PNG);
    await expect(publisher.api.putArt({ params, body })).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});

describe('channels', () => {
  it('point to builds of their own depot only', async () => {
    const publisher = await registerPublisher(test);
    const { gameId } = publisher;
    const build = makeSampleBuild({ 'game.bin': sampleBytes('channel', 3_000) });
    const linux = (await pushSampleBuild(publisher.api, build, { gameId, depot: 'linux' })).build;
    const windows = (await pushSampleBuild(publisher.api, build, { gameId, depot: 'windows' })).build;
    if (linux === undefined || windows === undefined) throw new Error('a push was rejected');
    const wrong = pointChannel(publisher.api, 'stable', { ...windows, depot: 'linux' });
    await expect(wrong).rejects.toMatchObject({ code: 'SIGNING_TARGET_UNKNOWN' });
    const set = await pointChannel(publisher.api, 'stable', linux);
    expect(set).toMatchObject({ channel: 'stable', depot: 'linux', build: { buildId: linux.buildId } });
    const { channels } = await publisher.api.channels({ params: { gameId } });
    expect(channels).toEqual([set]);
  });

  it('lists builds newest first, by depot if asked', async () => {
    const publisher = await registerPublisher(test);
    const { gameId } = publisher;
    for (const depot of ['linux', 'windows'] as const) {
      await pushSampleBuild(publisher.api, makeSampleBuild({ a: sampleBytes(depot, 100) }), {
        gameId,
        depot,
      });
    }
    const { builds } = await publisher.api.builds({ params: { gameId } });
    expect(builds.map((build) => build.depot)).toEqual(['windows', 'linux']);
    const linux = await publisher.api.builds({ params: { gameId }, query: { depot: 'linux' } });
    expect(linux.builds).toEqual([builds[1]]);
  });
});
