import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerPublisher, startTestService, TEST_PASSWORD, type TestService } from '../testing/service.ts';
import { problemSchema, type RouteContract, routes } from './contract.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService({ runJobs: false });
});
afterAll(() => test.close());

async function send(path: string, init: RequestInit = {}) {
  const response = await fetch(`${test.service.url}${path}`, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { response, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : text };
}

function post(path: string, body: string, headers: Record<string, string> = {}) {
  return send(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

describe('problem documents', () => {
  it('tell what is wrong with a request, without echoing secrets', async () => {
    const { response, body } = await post(
      '/v1/auth/login',
      JSON.stringify({ email: 'x', password: 'hunter2-secret' }),
    );
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(problemSchema.parse(body)).toMatchObject({ code: 'INPUT_INVALID', status: 400 });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(body).toMatchObject({ requestId: response.headers.get('x-request-id') });
  });

  it.each([
    ['broken JSON', '{', 400, 'INPUT_INVALID'],
    ['no body', '', 400, 'INPUT_INVALID'],
    ['a prototype', '{"__proto__":{"a":1}}', 400, 'INPUT_INVALID'],
    ['too large', JSON.stringify({ a: 'x'.repeat(300_000) }), 413, 'BODY_TOO_LARGE'],
  ])('answer %s', async (_what, sent, status, code) => {
    const { response, body } = await post('/v1/auth/login', sent);
    expect([response.status, body]).toMatchObject([status, { code }]);
  });

  it('answer an unknown route, a wrong method and a wrong content type', async () => {
    expect((await send('/v1/nothing')).body).toMatchObject({ code: 'ROUTE_UNKNOWN', status: 404 });
    expect((await send('/v1/auth/login')).body).toMatchObject({ code: 'ROUTE_UNKNOWN' });
    const xml = await post('/v1/auth/login', '<a/>', { 'content-type': 'text/xml' });
    expect([xml.response.status, xml.body]).toMatchObject([415, { code: 'MEDIA_TYPE_UNSUPPORTED' }]);
  });

  it('say nothing of the inside when the service is at fault', async () => {
    const { api, session } = await test.register();
    await test.database.schema.alterTable('organisations').renameTo('elsewhere').execute();
    try {
      await expect(api.account({})).rejects.toMatchObject({ code: 'SERVICE_FAULT' });
      const { response, body } = await send('/v1/account', {
        headers: { authorization: `Bearer ${session.accessToken}` },
      });
      expect(response.status).toBe(500);
      expect(JSON.stringify(body)).not.toMatch(/organisations|relation|select/);
      expect(test.logged.some((error) => /organisations/.test(String(error)))).toBe(true);
    } finally {
      await test.database.schema.alterTable('elsewhere').renameTo('organisations').execute();
    }
  });
});

it('any junk in any route is the sender’s mistake, never the service’s', async () => {
  const { session } = await registerPublisher(test);
  const junk = [
    'null',
    '[]',
    '"x"',
    '{"a":1e400}',
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
    '{"email":{"$gt":""}}',
  ];
  const segments = ['%00', '..%2f..', 'a'.repeat(300), '-1', '9'.repeat(30), '%F0%9F%92%A9', "'or 1=1--"];
  const faults: string[] = [];
  for (const [name, route] of Object.entries(routes as Record<string, RouteContract>)) {
    for (const [index, segment] of segments.entries()) {
      const path = route.path.replaceAll(/:\w+/g, segment);
      const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
      const type = route.body === 'bytes' ? 'application/octet-stream' : 'application/json';
      const { response } = await send(`${path}?limit=${segment}&from=${segment}&oldBuildId=${segment}`, {
        method: route.method,
        headers: {
          authorization: `Bearer ${session.accessToken}`,
          'idempotency-key': 'junk-and-more-junk',
          ...(hasBody && { 'content-type': type }),
        },
        ...(hasBody && { body: junk[index % junk.length] ?? '' }),
      });
      if (response.status >= 500) faults.push(`${name} ${segment}: ${response.status}`);
    }
  }
  expect(faults).toEqual([]);
});

it('values that no column can hold are the sender’s mistake', async () => {
  const publisher = await registerPublisher(test);
  const params = { gameId: publisher.gameId };
  const nul = publisher.api.updateGame({ params, body: { title: 'a\u0000b' } });
  await expect(nul).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  const large = publisher.api.grant({ body: { buildId: 2 ** 40, reason: 'install' } });
  await expect(large).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

it('describes every route of the contract, and shows it on a page', async () => {
  const { body } = await send('/openapi.json');
  const { paths, openapi } = body as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  expect(openapi).toMatch(/^3\.1/);
  const described = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  );
  expect(described.toSorted()).toEqual(Object.keys(routes).toSorted());
  const page = await send('/docs');
  expect([page.response.status, page.response.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
});

describe('limits', () => {
  let limited: TestService;
  beforeAll(async () => {
    const limits = { perIp: 1e6, perAccount: 20, signInPerIp: 1e6, signInPerEmail: 3, grantsPerAccount: 2 };
    limited = await startTestService({ runJobs: false, limits });
  });
  afterAll(() => limited.close());

  it('hold per e-mail address, also for the right password', async () => {
    const { email } = await limited.register();
    const login = (password: string) => limited.anonymous.login({ body: { email, password } });
    for (let index = 0; index < 2; index += 1) {
      await expect(login('a wrong password')).rejects.toMatchObject({ code: 'CREDENTIALS_WRONG' });
    }
    await expect(login(TEST_PASSWORD)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await limited.register();
  });

  it('hold per account, with the time to wait', async () => {
    const one = await limited.register();
    const other = await limited.register();
    for (let index = 0; index < 20; index += 1) await one.api.account({});
    const refused = await fetch(`${limited.service.url}/v1/account`, {
      headers: { authorization: `Bearer ${one.session.accessToken}` },
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await other.api.account({});
  });

  it('hold for grants', async () => {
    const { api } = await limited.register();
    const ask = () => api.grant({ body: { buildId: 1, reason: 'install' } });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
