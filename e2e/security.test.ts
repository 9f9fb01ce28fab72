import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../backend/api/client.ts';
import { runCommand } from '../build/demo/commands.ts';
import { expect, test } from './testing/bootstrap.ts';
import { makeSmallBuilds } from './testing/trees.ts';

test('the launcher’s address works once, in one browser, under its own name', async ({
  player,
  openLauncher,
  page,
}) => {
  const launcher = await openLauncher(player);
  const spent = new URL(String(launcher.ready['url']));
  await expect(page.getByRole('navigation').first()).toBeVisible();

  await test.step('without the token, with a wrong one or with the spent one there is nothing', async () => {
    for (const path of [
      '/',
      '/?token=wrong',
      spent.pathname + spent.search,
      '/bridge.js',
      '/art/skylark/cover',
    ]) {
      const answer = await fetch(new URL(path, spent), { redirect: 'manual' });
      expect(answer.status, path).toBe(403);
    }
  });
  await test.step('another host name that leads here is refused', async () => {
    expect(await statusUnderName(spent, 'evil.example')).toBe(421);
    expect(await statusUnderName(spent, `localhost:${spent.port}`)).toBe(421);
  });
  await test.step('the bridge opens to no socket without the cookie, nor from another origin', async () => {
    expect(await upgradeStatus(spent, { origin: spent.origin })).toBe(403);
    const cookies = await page.context().cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect(cookies.every((each) => each.httpOnly && each.sameSite === 'Strict')).toBe(true);
    expect(await upgradeStatus(spent, { origin: 'http://evil.example', cookie })).toBe(403);
    expect(await upgradeStatus(spent, { origin: spent.origin, cookie })).toBe(101);
  });
  await test.step('the page runs no script from elsewhere and cannot be framed', async () => {
    const answer = await page.request.get(spent.origin);
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("script-src 'self' 'unsafe");
  });
});

test('a grant opens its own depot and no other', async ({ stage, player }) => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-grants-'));
  const builds = await makeSmallBuilds(folder);
  const pushes = [
    ['lock-and-key', builds.old],
    ['other-door', builds.new],
  ] as const;
  const buildIds: number[] = [];
  for (const [gameId, build] of pushes) {
    const pushed = await runCommand('gantry', ['push', build, `${gameId}/linux:stable`], stage.publisher);
    await runCommand('gantry', ['game', 'set', gameId, '--access', 'free'], stage.publisher);
    buildIds.push(Number(pushed['buildId']));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });

  const open = createApiClient({ baseUrl: stage.url, fetch });
  const { accessToken } = await open.login({ body: { email: player.email, password: player.password } });
  const api = createApiClient({ baseUrl: stage.url, fetch, accessToken: async () => accessToken });
  const [own, other] = await Promise.all(buildIds.map(async (buildId) => await openDepot(api, buildId)));
  if (own === undefined || other === undefined) throw new Error('both builds have a grant');

  const opened = await fetch(own.manifestUrl + own.query);
  expect(opened.status).toBe(200);
  const crossed = await fetch(other.manifestUrl + own.query);
  expect(crossed.status).toBe(403);
  expect(await crossed.text()).toContain('<Code>AccessDenied</Code>');
  const bare = await fetch(other.manifestUrl);
  expect(bare.status).toBe(403);
  expect(await bare.text()).toContain('<Code>MissingKey</Code>');
  // One character of the signature, in the middle, where base64 has no padding to forgive it.
  const forged = own.query.replace(/(?<=Signature=[^&]{20})./, (letter) => (letter === 'A' ? 'B' : 'A'));
  const tampered = await fetch(own.manifestUrl + forged);
  expect(forged).not.toBe(own.query);
  expect(tampered.status).toBe(403);
});

/** Where a build's manifest is, and the query that opens its depot. */
async function openDepot(
  api: ApiClient,
  buildId: number,
): Promise<{ readonly manifestUrl: string; readonly query: string }> {
  const { baseUrl, query } = await api.grant({ body: { buildId, reason: 'install' } });
  const { build } = await api.delivery({ params: { buildId } });
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  return { manifestUrl: base + build.manifest.path, query: query.startsWith('?') ? query : `?${query}` };
}

/** A request with a Host header of its own, which `fetch` does not allow. */
async function statusUnderName(url: URL, host: string): Promise<number> {
  const request = httpRequest({ host: '127.0.0.1', port: url.port, path: '/', headers: { host } }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

/** How the bridge answers a WebSocket's handshake. */
async function upgradeStatus(url: URL, headers: Readonly<Record<string, string>>): Promise<number> {
  const request = httpRequest({
    host: '127.0.0.1',
    port: url.port,
    path: '/bridge',
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  }).end();
  const [response] = (await Promise.race([once(request, 'upgrade'), once(request, 'response')])) as [
    IncomingMessage,
  ];
  response.destroy();
  return response.statusCode ?? 0;
}
