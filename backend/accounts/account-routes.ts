import type { Session } from '../api/contract.ts';
import type { RegisterRoute } from '../api/route-call.ts';
import { serviceErrors } from '../errors.ts';
import type { AccessTokens } from './access-tokens.ts';
import {
  findByEmail,
  insertAccount,
  insertOrganisation,
  readAccount,
  setMembership,
} from './account-store.ts';
import type { Passwords } from './passwords.ts';
import {
  closeSession,
  exchangeRefreshToken,
  openSession,
  type RefreshedSession,
  revokeSession,
  type SessionStoreOptions,
} from './session-store.ts';

export interface AccountServices extends SessionStoreOptions {
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
}

export function accountRoutes(registerRoute: RegisterRoute, services: AccountServices): void {
  signInRoutes(registerRoute, services);
  sessionRoutes(registerRoute, services);
  organisationRoutes(registerRoute, services);
}

function signInRoutes(registerRoute: RegisterRoute, services: AccountServices): void {
  const { database, passwords } = services;

  registerRoute('register', async ({ body }) => {
    // Hashed before the address is looked at: a taken address costs as much time as a free one.
    const passwordHash = await passwords.hash(body.password);
    const { email, displayName } = body;
    const accountId = await insertAccount(database, { email, displayName, passwordHash });
    return toSession(services, await openSession(services, accountId, body.device));
  });

  registerRoute('login', async ({ body }) => {
    const account = await findByEmail(database, body.email);
    const matches = await passwords.verify(account?.passwordHash, body.password);
    if (!matches || account === undefined) throw serviceErrors.error('CREDENTIALS_WRONG');
    if (passwords.needsRehash(account.passwordHash)) {
      const passwordHash = await passwords.hash(body.password);
      await database
        .updateTable('accounts')
        .set({ passwordHash })
        .where('accountId', '=', account.accountId)
        .execute();
    }
    return toSession(services, await openSession(services, account.accountId, body.device));
  });

  registerRoute('refresh', async ({ body }) =>
    toSession(services, await exchangeRefreshToken(services, body.refreshToken)),
  );

  registerRoute('logout', async ({ body }) => closeSession(services, body.refreshToken));
}

async function toSession(services: AccountServices, session: RefreshedSession): Promise<Session> {
  const { token, expiresAt } = await services.tokens.issue(session);
  return {
    accessToken: token,
    accessTokenExpiresAt: expiresAt.toISOString(),
    refreshToken: session.refreshToken,
    account: await readAccount(services.database, session.accountId),
  };
}

function sessionRoutes(registerRoute: RegisterRoute, services: AccountServices): void {
  const { database } = services;

  registerRoute('account', async ({ account }) => readAccount(database, account.accountId));

  registerRoute('accountSessions', async ({ account }) => {
    const rows = await database
      .selectFrom('sessions')
      .select(['sessionId', 'device', 'createdAt', 'lastUsedAt'])
      .where('accountId', '=', account.accountId)
      .where('revokedAt', 'is', null)
      .where('expiresAt', '>', services.now())
      .orderBy('lastUsedAt', 'desc')
      .execute();
    const sessions = rows.map((row) => ({
      sessionId: row.sessionId,
      device: row.device,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      current: row.sessionId === account.sessionId,
    }));
    return { sessions };
  });

  registerRoute('revokeAccountSession', async ({ account, params }) =>
    revokeSession(services, account.accountId, params.sessionId),
  );
}

function organisationRoutes(registerRoute: RegisterRoute, { database }: AccountServices): void {
  registerRoute('createOrganisation', async ({ account, body }) => {
    await insertOrganisation(database, body, account.accountId);
    return { ...body, role: 'owner' };
  });

  registerRoute('addMember', async ({ params, body }) =>
    setMembership(database, params.organisationId, body.email, body.role),
  );
}
