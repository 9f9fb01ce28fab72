import type { Build, LibraryGame, Quest, Routes } from '../../backend/api/contract.ts';
import { type RouteName, routes } from '../../backend/api/contract.ts';

/** What a route of the fake service got. */
export interface FakeCall {
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: Headers;
}

/** Answers a route with a JSON value, a whole response, `undefined` for 204, or throws a {@link FakeProblem}. */
export type FakeRoute = (call: FakeCall) => unknown;

export class FakeProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export interface FakeService {
  readonly fetch: typeof globalThis.fetch;
  /** How often each route was called. */
  readonly calls: (name: RouteName) => readonly FakeCall[];
  /** Replace a route's answer. */
  readonly answer: (name: RouteName, route: FakeRoute) => void;
  /** Cut the network, or bring it back. */
  online: boolean;
  games: LibraryGame[];
  quests: Quest[];
  /** Refresh tokens that are good; each is good once. */
  readonly refreshTokens: Set<string>;
}

export const fakeAccount = {
  accountId: '11111111-1111-4111-8111-111111111111',
  email: 'ada@example.com',
  displayName: 'Ada',
  organisations: [],
};
export const fakePassword = 'correct horse battery';

/** The service's API in memory, behind a `fetch`. */
export function createFakeService(now: () => number = Date.now): FakeService {
  const called = new Map<RouteName, FakeCall[]>();
  const refreshTokens = new Set<string>();
  let issued = 0;
  const issueSession = () => {
    issued += 1;
    const refreshToken = `refresh-token-number-${issued}`;
    refreshTokens.add(refreshToken);
    const accessTokenExpiresAt = new Date(now() + 600_000).toISOString();
    return { accessToken: `access-${issued}`, accessTokenExpiresAt, refreshToken, account: fakeAccount };
  };
  const handlers: Partial<Record<RouteName, FakeRoute>> = {
    health: () => ({ ok: true }),
    login: ({ body }) => {
      const { email, password } = body as { email: string; password: string };
      if (email !== fakeAccount.email || password !== fakePassword) {
        throw new FakeProblem(401, 'CREDENTIALS_WRONG');
      }
      return issueSession();
    },
    register: issueSession,
    refresh: ({ body }) => {
      const { refreshToken } = body as { refreshToken: string };
      if (!refreshTokens.delete(refreshToken)) throw new FakeProblem(401, 'REFRESH_TOKEN_INVALID');
      return issueSession();
    },
    logout: ({ body }) => void refreshTokens.delete((body as { refreshToken: string }).refreshToken),
    library: () => ({ games: service.games }),
    quests: () => ({ quests: service.quests }),
    rewards: () => ({ balancePoints: 120, history: [] }),
    reportOutcome: () => undefined,
    accountSessions: () => ({ sessions: [] }),
  };
  const service: FakeService = {
    online: true,
    games: [],
    quests: [],
    refreshTokens,
    calls: (name) => called.get(name) ?? [],
    answer: (name, route) => {
      handlers[name] = route;
    },
    fetch: async (input, init) => {
      if (!service.online) throw new TypeError('fetch failed');
      const url = new URL(input instanceof Request ? input.url : input);
      const method = init?.method ?? 'GET';
      const found = findRoute(method, url.pathname);
      if (found === undefined) return problem(404, 'NOT_FOUND');
      const { name, params } = found;
      const headers = new Headers(init?.headers);
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
      const call = { params, body, headers };
      called.set(name, [...(called.get(name) ?? []), call]);
      try {
        if (routes[name].auth !== 'public' && !headers.has('authorization')) {
          throw new FakeProblem(401, 'SIGN_IN_REQUIRED');
        }
        const value = await handlers[name]?.(call);
        if (value instanceof Response) return value;
        return value === undefined ? new Response(null, { status: 204 }) : Response.json(value);
      } catch (error) {
        if (error instanceof FakeProblem) return problem(error.status, error.code);
        throw error;
      }
    },
  };
  return service;
}

function problem(status: number, code: string): Response {
  const body = { type: 'about:blank', title: code, status, code, next: 'Try something else.', details: {} };
  return Response.json(body, { status });
}

function findRoute(
  method: string,
  pathname: string,
): { name: RouteName; params: Record<string, string> } | undefined {
  for (const [name, route] of Object.entries(routes) as [RouteName, Routes[RouteName]][]) {
    const pattern = new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    const match = route.method === method ? pattern.exec(pathname) : null;
    if (match !== null) return { name, params: { ...match.groups } };
  }
  return undefined;
}

export function fakeBuild(gameId: string, buildId: number, depot: Build['depot'] = 'web'): Build {
  return {
    buildId,
    gameId,
    depot,
    version: `1.${buildId}`,
    notes: '',
    createdAt: '2026-11-01T00:00:00.000Z',
    manifest: { sha256: 'a'.repeat(64), sizeBytes: 10, path: 'm' },
    sizeBytes: 1000,
    files: 2,
    downloadBytes: 800,
    channels: ['stable'],
  };
}

export function fakeGame(
  gameId: string,
  builds: Readonly<Record<string, number>>,
  depot: Build['depot'] = 'web',
): LibraryGame {
  const channels = Object.entries(builds).map(([channel, buildId]) => ({
    gameId,
    depot,
    channel,
    build: fakeBuild(gameId, buildId, depot),
    updatedAt: '2026-11-01T00:00:00.000Z',
  }));
  return {
    gameId,
    title: `The ${gameId}`,
    studio: 'Studio',
    tagline: '',
    description: '',
    tags: [],
    accentColour: '#5CCFE6',
    access: 'free',
    organisationId: 'studio',
    art: { cover: `/v1/games/${gameId}/art/cover` },
    depots: channels.length === 0 ? [] : [{ depot, channels }],
  };
}

export function fakeQuest(questId: string, gameId: string, progressSeconds: number): Quest {
  return {
    questId,
    gameId,
    gameTitle: gameId,
    title: questId,
    description: '',
    kind: 'play-time',
    targetSeconds: 60,
    rewardPoints: 50,
    progressSeconds,
    state: progressSeconds >= 60 ? 'completed' : 'in-progress',
    completedAt: null,
    claimedAt: null,
  };
}
