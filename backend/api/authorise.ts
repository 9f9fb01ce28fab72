import type { FastifyRequest } from 'fastify';
import type { AccessTokens } from '../accounts/access-tokens.ts';
import { findLiveSession } from '../accounts/session-store.ts';
import type { Database } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { Role, RouteContract } from './contract.ts';
import type { SignedIn, Tenant } from './route-call.ts';

export interface AuthoriseOptions {
  readonly database: Database;
  readonly tokens: AccessTokens;
  readonly now: () => Date;
}

/**
 * Who asks. The session is looked up at each request, so signing out and revoking take effect at once.
 * @throws {AppError} `SIGN_IN_REQUIRED`
 */
export async function authenticate(options: AuthoriseOptions, request: FastifyRequest): Promise<SignedIn> {
  const token = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? '')?.[1];
  const claims = token === undefined ? undefined : await options.tokens.verify(token);
  if (claims === undefined) throw serviceErrors.error('SIGN_IN_REQUIRED');
  if (!(await findLiveSession(options.database, claims, options.now()))) {
    throw serviceErrors.error('SIGN_IN_REQUIRED');
  }
  return claims;
}

/**
 * The organisation the route's parameters lead to, and the caller's role in it, read at each request.
 * What belongs to another organisation does not exist for the caller.
 * @throws {AppError} `NOT_FOUND`, `ROLE_REQUIRED`
 */
export async function authorise(
  database: Database,
  route: RouteContract,
  params: Readonly<Record<string, unknown>>,
  accountId: string,
): Promise<Tenant> {
  const roles = route.auth as readonly Role[];
  const { what, find } = tenantQuery(database, params);
  const tenant = await find
    .innerJoin('memberships', 'memberships.organisationId', 'organisations.organisationId')
    .where('memberships.accountId', '=', accountId)
    .select(['organisations.organisationId', 'memberships.role'])
    .executeTakeFirst();
  if (tenant === undefined) throw serviceErrors.error('NOT_FOUND', { what });
  if (!roles.includes(tenant.role)) {
    throw serviceErrors.error('ROLE_REQUIRED', { role: tenant.role, roles: roles.join(', ') });
  }
  return tenant;
}

function tenantQuery(database: Database, params: Readonly<Record<string, unknown>>) {
  const organisations = database.selectFrom('organisations');
  if (typeof params['organisationId'] === 'string') {
    const find = organisations.where('organisations.organisationId', '=', params['organisationId']);
    return { what: 'organisation', find };
  }
  const games = database
    .selectFrom('games')
    .innerJoin('organisations', 'organisations.organisationId', 'games.organisationId');
  if (typeof params['gameId'] === 'string') {
    return { what: 'game', find: games.where('games.gameId', '=', params['gameId']) };
  }
  if (typeof params['pushSessionId'] === 'string') {
    const find = games
      .innerJoin('depots', 'depots.gameId', 'games.gameId')
      .innerJoin('pushSessions', 'pushSessions.depotId', 'depots.depotId')
      .where('pushSessions.pushSessionId', '=', params['pushSessionId']);
    return { what: 'push session', find };
  }
  throw new Error('a role-bound route must name an organisation, a game or a push session');
}
