import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serviceErrors } from '../errors.ts';
import type { RouteName } from './contract.ts';

/** Requests a minute. */
export interface RateLimits {
  readonly perIp: number;
  readonly perAccount: number;
  /** Sign-in, registration and refresh, from one address. */
  readonly signInPerIp: number;
  /** Sign-in and registration for one e-mail address, from anywhere. */
  readonly signInPerEmail: number;
  readonly grantsPerAccount: number;
}

/** A push of a large build asks some ten times a second at most; a person guesses a password far less often. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  perIp: 3000,
  perAccount: 1500,
  signInPerIp: 60,
  signInPerEmail: 10,
  grantsPerAccount: 60,
};

const SIGN_IN_ROUTES: ReadonlySet<RouteName> = new Set(['register', 'login', 'refresh']);

export interface RateLimiter {
  /** Before anything is read. */
  readonly checkAddress: (name: RouteName, request: FastifyRequest) => Promise<void>;
  /** Once it is known who asks. */
  readonly checkAccount: (name: RouteName, request: FastifyRequest, accountId: string) => Promise<void>;
  /** Once the body is known. */
  readonly checkBody: (name: RouteName, request: FastifyRequest) => Promise<void>;
}

/** Counters live in this process; `@fastify/rate-limit` must be registered first. */
export function createRateLimiter(app: FastifyInstance, limits: RateLimits): RateLimiter {
  const accounts = new WeakMap<FastifyRequest, string>();
  const byIp = (request: FastifyRequest) => request.ip;
  const byAccount = (request: FastifyRequest) => accounts.get(request) ?? request.ip;
  const perIp = limiter(app, limits.perIp, byIp);
  const perAccount = limiter(app, limits.perAccount, byAccount);
  const signInPerIp = limiter(app, limits.signInPerIp, byIp);
  const signInPerEmail = limiter(app, limits.signInPerEmail, emailOf);
  const grants = limiter(app, limits.grantsPerAccount, byAccount);
  return {
    checkAddress: async (name, request) => {
      if (name === 'health' || name === 'ready') return;
      await perIp(request);
      if (SIGN_IN_ROUTES.has(name)) await signInPerIp(request);
    },
    checkAccount: async (name, request, accountId) => {
      accounts.set(request, accountId);
      await perAccount(request);
      if (name === 'grant') await grants(request);
    },
    checkBody: async (name, request) => {
      if (name === 'login' || name === 'register') await signInPerEmail(request);
    },
  };
}

function limiter(app: FastifyInstance, max: number, keyGenerator: (request: FastifyRequest) => string) {
  const count = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
  return async (request: FastifyRequest): Promise<void> => {
    const result = await count(request);
    if (!result.isAllowed && result.isExceeded) {
      throw serviceErrors.error('RATE_LIMITED', { retryAfterSeconds: Math.max(1, result.ttlInSeconds) });
    }
  };
}

function emailOf(request: FastifyRequest): string {
  const body = request.body as { readonly email?: unknown } | undefined;
  return typeof body?.email === 'string' ? body.email.toLowerCase() : request.ip;
}
