import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  registerPublisher,
  startTestService,
  type TestAccount,
  type TestService,
} from '../testing/service.ts';
import { roleSchema, type RouteContract, type RouteName, routes } from './contract.ts';

/** Every route of the contract × every kind of caller, generated: a new route is in it without being asked. */

let test: TestService;
const callers = new Map<string, TestAccount>();
let own: Awaited<ReturnType<typeof registerPublisher>>;
let pushSessionId: string;

const kinds = ['nobody', 'player', 'other-owner', ...roleSchema.options] as const;
type Kind = (typeof kinds)[number];

beforeAll(async () => {
  test = await startTestService({ runJobs: false });
  own = await registerPublisher(test);
  callers.set('player', await test.register());
  callers.set('other-owner', await registerPublisher(test));
  callers.set('owner', own);
  for (const role of roleSchema.options) {
    if (role === 'owner') continue;
    const member = await test.register(role);
    callers.set(role, member);
    await own.api.addMember({
      params: { organisationId: own.organisationId },
      body: { email: member.email, role },
    });
  }
  const push = await own.api.beginPush({ params: { gameId: own.gameId, depot: 'linux' }, body: {} });
  pushSessionId = push.pushSessionId;
});
afterAll(() => test.close());

/** Fills the path so that it leads to the owner's things; what is not there is enough to pass the door. */
function fillPath(path: string): string {
  const values: Record<string, string> = {
    organisationId: own.organisationId,
    gameId: own.gameId,
    depot: 'linux',
    channel: 'stable',
    kind: 'cover',
    pushSessionId,
    packSha256: 'a'.repeat(64),
    buildId: '999999',
    sessionId: randomUUID(),
    questId: 'no-such-quest',
    playSessionId: randomUUID(),
  };
  return path.replaceAll(/:(\w+)/g, (_whole, name: string) => values[name] ?? 'missing');
}

/** Sends a body no schema takes, so that whoever gets past the door changes nothing. */
async function knock(route: RouteContract, kind: Kind): Promise<{ status: number; code: string }> {
  const token = callers.get(kind)?.session.accessToken;
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
  const response = await fetch(`${test.service.url}${fillPath(route.path)}`, {
    method: route.method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(hasBody && {
        'content-type': route.body === 'bytes' ? 'application/octet-stream' : 'application/json',
      }),
    },
    ...(hasBody && { body: route.body === 'bytes' ? 'x' : '"nothing any route takes"' }),
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  return { status: response.status, code: isProblem ? (JSON.parse(text) as { code: string }).code : '' };
}

function expectedDoor(
  route: RouteContract,
  kind: Kind,
): 'open' | 'SIGN_IN_REQUIRED' | 'NOT_FOUND' | 'ROLE_REQUIRED' {
  if (route.auth === 'public') return 'open';
  if (kind === 'nobody') return 'SIGN_IN_REQUIRED';
  if (route.auth === 'account') return 'open';
  if (kind === 'player' || kind === 'other-owner') return 'NOT_FOUND';
  return route.auth.includes(kind) ? 'open' : 'ROLE_REQUIRED';
}

/** Ends the session it is asked with, or the push the others knock at. */
const DESTRUCTIVE: ReadonlySet<RouteName> = new Set(['abandonPush']);

describe.each(Object.keys(routes) as RouteName[])('%s', (name) => {
  const route: RouteContract = routes[name];
  it.each(kinds)('for %s', async (kind) => {
    const door = expectedDoor(route, kind);
    if (DESTRUCTIVE.has(name) && door === 'open') return;
    const { status, code } = await knock(route, kind);
    expect(status).not.toBe(500);
    if (door !== 'open') {
      expect({ status, code }).toEqual({
        status: { SIGN_IN_REQUIRED: 401, NOT_FOUND: 404, ROLE_REQUIRED: 403 }[door],
        code: door,
      });
    } else {
      expect(['SIGN_IN_REQUIRED', 'ROLE_REQUIRED', 'ROUTE_UNKNOWN']).not.toContain(code);
    }
  });
});
