import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { clientErrors, createApiClient } from '../../backend/api/client.ts';
import { createStateStore } from '../state/state-store.ts';
import { emptySlices } from '../testing/empty-slices.ts';
import { createHandClock } from '../testing/hand-clock.ts';
import { classifyFailure } from './classify-failure.ts';
import { createConnection } from './connection.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const unreachable = (cause: Error) => clientErrors.error('SERVICE_UNREACHABLE', { url: 'http://s' }, cause);
const failedFetch = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

test.each([
  ['ECONNREFUSED', 'service-down'],
  ['ECONNRESET', 'service-down'],
  ['UND_ERR_HEADERS_TIMEOUT', 'service-down'],
  ['ENOTFOUND', 'offline'],
  ['EAI_AGAIN', 'offline'],
  ['ENETUNREACH', 'offline'],
])('a call that fails with %s means %s', (code, status) => {
  expect(classifyFailure(unreachable(failedFetch(code)))).toBe(status);
});

test.each([
  ['net::ERR_CONNECTION_REFUSED', 'service-down'],
  ['net::ERR_INTERNET_DISCONNECTED', 'offline'],
  ['net::ERR_NAME_NOT_RESOLVED', 'offline'],
])('Chromium’s %s means %s', (message, status) => {
  expect(classifyFailure(unreachable(new Error(message)))).toBe(status);
});

test('an address by address refusal means that the service is down', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const tried = new AggregateError([refused, refused]);
  expect(classifyFailure(unreachable(new TypeError('fetch failed', { cause: tried })))).toBe('service-down');
});

test('an answer that took too long means that the service is down', () => {
  expect(classifyFailure(unreachable(new DOMException('late', 'TimeoutError')))).toBe('service-down');
});

/** What the connection says after one call of a service that answers as given; without one, of none at all. */
async function statusAfterCall(answer: { status: number; body: string } | null): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(answer?.status ?? 200, { 'content-type': 'application/json' }).end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  if (answer === null) await close();
  else closing.push(close);
  const state = createStateStore(emptySlices('1.0.0'));
  const serviceUrl = `http://127.0.0.1:${port}`;
  const connection = createConnection({ state, clock: createHandClock(), serviceUrl });
  const api = connection.watch(createApiClient({ baseUrl: serviceUrl, fetch: globalThis.fetch }));
  await api.health({}).catch(() => null);
  return state.get('connection').status;
}

test.each([
  ['that is stopped', null, 'service-down'],
  ['whose proxy answers for it', { status: 502, body: '<h1>Bad gateway</h1>' }, 'service-down'],
  ['that answers', { status: 200, body: '{"ok":true}' }, 'online'],
  ['that refuses this call', { status: 404, body: 'nothing' }, 'online'],
])('a service %s: %s %s', async (_what, answer, status) => {
  expect(await statusAfterCall(answer)).toBe(status);
});
