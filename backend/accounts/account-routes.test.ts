import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientOf, startTestService, TEST_PASSWORD, type TestService } from '../testing/service.ts';
import { createAccessTokens } from './access-tokens.ts';
import {
  closeSession,
  exchangeRefreshToken,
  openSession,
  type SessionStoreOptions,
} from './session-store.ts';

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

describe('signing in', () => {
  it('gives a session of the account', async () => {
    const { email, session } = await test.register('ada');
    const again = await test.anonymous.login({
      body: { email: email.toUpperCase(), password: TEST_PASSWORD },
    });
    expect(again.account).toEqual(session.account);
    const account = await clientOf(test.service, again.accessToken).account({});
    expect(account).toMatchObject({ email, displayName: 'ada', organisations: [] });
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const { email } = await test.register();
    const wrong = test.anonymous.login({ body: { email, password: 'not the password' } });
    const unknown = test.anonymous.login({
      body: { email: 'nobody@example.com', password: 'not the password' },
    });
    const [first, second] = await Promise.all(
      [wrong, unknown].map((login) => login.catch((error: unknown) => error)),
    );
    expect(first).toMatchObject({ code: 'CREDENTIALS_WRONG' });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  it('stores the password as Argon2id with the parameters asked for, and no token in plain', async () => {
    const { email, session } = await test.register();
    const { passwordHash } = await test.database
      .selectFrom('accounts')
      .select('passwordHash')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
    const stored = await test.database
      .selectFrom('refreshTokens')
      .select('sessionId')
      .where('tokenHash', '=', createHash('sha256').update(session.refreshToken).digest())
      .execute();
    expect(stored).toHaveLength(1);
  });

  it('replaces a hash of other parameters', async () => {
    const { email } = await test.register();
    const weak = '$argon2id$v=19$m=19456,t=2,p=1$';
    const { hash } = await import('@node-rs/argon2');
    const passwordHash = await hash(TEST_PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(passwordHash.startsWith(weak)).toBe(true);
    await test.database.updateTable('accounts').set({ passwordHash }).where('email', '=', email).execute();
    await test.anonymous.login({ body: { email, password: TEST_PASSWORD } });
    const row = await test.database
      .selectFrom('accounts')
      .select('passwordHash')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    expect(row.passwordHash).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/);
  });

  it('refuses a second account of one address', async () => {
    const { email } = await test.register();
    const body = { email, password: 'another password', displayName: 'Eve' };
    await expect(test.anonymous.register({ body })).rejects.toMatchObject({ code: 'REGISTRATION_REFUSED' });
  });
});

describe('access tokens', () => {
  it('are EdDSA, typed, for this API, and live ten minutes', async () => {
    const { session } = await test.register();
    expect(decodeProtectedHeader(session.accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const claims = decodeJwt(session.accessToken);
    expect(claims).toMatchObject({ iss: 'gantry', aud: 'gantry-api', sub: session.account.accountId });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
  });

  it('of any other making are refused', async () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const own = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = { ...(await exportJWK(own.privateKey)), kid: 'one' };
    const tokens = await createAccessTokens([jwk], () => now);
    const caller = {
      accountId: '6f9619ff-8b86-4d01-b42d-00c04fc964ff',
      sessionId: '6f9619ff-8b86-4d01-b42d-00c04fc964fe',
    };
    const { token } = await tokens.issue(caller);
    expect(await tokens.verify(token)).toEqual(caller);

    const sign = (
      change: Partial<Record<'alg' | 'typ' | 'kid' | 'iss' | 'aud', string>>,
      key = own.privateKey,
    ) =>
      new SignJWT({ sid: caller.sessionId })
        .setProtectedHeader({ alg: 'EdDSA', typ: change.typ ?? 'at+jwt', kid: change.kid ?? 'one' })
        .setSubject(caller.accountId)
        .setIssuer(change.iss ?? 'gantry')
        .setAudience(change.aud ?? 'gantry-api')
        .setNotBefore(now)
        .setExpirationTime(new Date(now.getTime() + 60_000))
        .sign(key);
    expect(await tokens.verify(await sign({}))).toEqual(caller);
    const foreign = await generateKeyPair('EdDSA');
    const [header = '', body = '', signature = ''] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"one"}').toString('base64url');
    const bad = [
      await sign({ typ: 'JWT' }),
      await sign({ kid: 'two' }),
      await sign({ iss: 'another' }),
      await sign({ aud: 'another' }),
      await sign({}, foreign.privateKey),
      `${none}.${body}.`,
      `${header}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      'not a token',
    ];
    for (const one of bad) expect(await tokens.verify(one)).toBeUndefined();
    const later = await createAccessTokens([jwk], () => new Date(now.getTime() + 601_000));
    expect(await later.verify(token)).toBeUndefined();
    const earlier = await createAccessTokens([jwk], () => new Date(now.getTime() - 1_000));
    expect(await earlier.verify(token)).toBeUndefined();
    const rotated = await createAccessTokens(
      [
        {
          ...(await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey)),
          kid: 'new',
        },
        jwk,
      ],
      () => now,
    );
    expect(await rotated.verify(token)).toEqual(caller);
  });
});

describe('refresh tokens', () => {
  let options: SessionStoreOptions;
  let now: Date;
  let accountId: string;
  beforeEach(async () => {
    now = new Date();
    options = {
      database: test.database,
      now: () => now,
      refreshSecret: 'a secret of at least 32 characters',
    };
    accountId = (await test.register()).session.account.accountId;
  });

  it('are used once and followed by another', async () => {
    const { session } = await test.register();
    const next = await test.anonymous.refresh({ body: session });
    expect(next.refreshToken).not.toBe(session.refreshToken);
    expect(next.account).toEqual(session.account);
    const third = await test.anonymous.refresh({ body: next });
    expect(await clientOf(test.service, third.accessToken).account({})).toEqual(session.account);
  });

  it('used by fifty calls at once give one successor', async () => {
    const { session } = await test.register();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => test.anonymous.refresh({ body: session })),
    );
    expect(new Set(all.map((one) => one.refreshToken)).size).toBe(1);
    const [{ refreshToken } = session] = all;
    expect((await test.anonymous.refresh({ body: { refreshToken } })).account).toEqual(session.account);
  });

  it('repeat the last rotation for ten seconds only', async () => {
    const first = await openSession(options, accountId, 'test');
    const second = await exchangeRefreshToken(options, first.refreshToken);
    now = new Date(now.getTime() + 10_000);
    expect(await exchangeRefreshToken(options, first.refreshToken)).toEqual(second);
    now = new Date(now.getTime() + 1);
    await expect(exchangeRefreshToken(options, first.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_REUSED',
    });
    await expect(exchangeRefreshToken(options, second.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
  });

  it('stolen and used by both sides end the whole family, access tokens included', async () => {
    const { session } = await test.register();
    const thief = await test.anonymous.refresh({ body: session });
    const later = await test.anonymous.refresh({ body: thief });
    // The owner still has the first token: even within the grace, its successor has been used.
    await expect(test.anonymous.refresh({ body: session })).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_REUSED',
    });
    await expect(test.anonymous.refresh({ body: later })).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
    const stolen = clientOf(test.service, later.accessToken).account({});
    await expect(stolen).rejects.toMatchObject({ code: 'SIGN_IN_REQUIRED' });
    const { revokedReason } = await test.database
      .selectFrom('sessions')
      .select('revokedReason')
      .where('accountId', '=', session.account.accountId)
      .executeTakeFirstOrThrow();
    expect(revokedReason).toBe('token-reuse');
  });

  it('end thirty days after the sign-in, however often they were used', async () => {
    let token = (await openSession(options, accountId, 'test')).refreshToken;
    for (let day = 1; day < 30; day += 1) {
      now = new Date(now.getTime() + 24 * 3_600_000);
      token = (await exchangeRefreshToken(options, token)).refreshToken;
    }
    now = new Date(now.getTime() + 24 * 3_600_000);
    await expect(exchangeRefreshToken(options, token)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
  });

  it('of another key derive another family', async () => {
    const session = await openSession(options, accountId, 'test');
    const other = { ...options, refreshSecret: 'another secret of 32 characters!!' };
    const next = await exchangeRefreshToken(options, session.refreshToken);
    await expect(exchangeRefreshToken(other, session.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_REUSED',
    });
    await closeSession(options, next.refreshToken);
  });

  it('end with signing out', async () => {
    const { session, api } = await test.register();
    await test.anonymous.logout({ body: session });
    await test.anonymous.logout({ body: session });
    await expect(api.account({})).rejects.toMatchObject({ code: 'SIGN_IN_REQUIRED' });
    await expect(test.anonymous.refresh({ body: session })).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
  });
});

describe('sessions', () => {
  it('are listed and can be ended one by one', async () => {
    const { email, api } = await test.register();
    const second = await test.anonymous.login({ body: { email, password: TEST_PASSWORD, device: 'laptop' } });
    const { sessions } = await api.accountSessions({});
    expect(new Map(sessions.map(({ device, current }) => [device, current]))).toEqual(
      new Map([
        ['laptop', false],
        ['test', true],
      ]),
    );
    const laptop = sessions.find((session) => session.device === 'laptop');
    await api.revokeAccountSession({ params: { sessionId: laptop?.sessionId ?? '' } });
    const ended = clientOf(test.service, second.accessToken).account({});
    await expect(ended).rejects.toMatchObject({ code: 'SIGN_IN_REQUIRED' });
    expect((await api.accountSessions({})).sessions).toHaveLength(1);
  });

  it('of others cannot be ended', async () => {
    const mine = await test.register();
    const other = await test.register();
    const [session] = (await other.api.accountSessions({})).sessions;
    const revoke = mine.api.revokeAccountSession({ params: { sessionId: session?.sessionId ?? '' } });
    await expect(revoke).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await other.api.accountSessions({})).sessions).toHaveLength(1);
  });
});

describe('organisations', () => {
  it('keep at least one owner', async () => {
    const { email, api } = await test.register();
    const params = { organisationId: `solo-${Date.now()}` };
    await api.createOrganisation({ body: { ...params, name: 'Solo' } });
    const demote = api.addMember({ params, body: { email, role: 'analyst' } });
    await expect(demote).rejects.toMatchObject({ code: 'LAST_OWNER' });
    const again = api.createOrganisation({ body: { ...params, name: 'Solo' } });
    await expect(again).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  it('a changed role counts at the next request', async () => {
    const owner = await test.register();
    const member = await test.register();
    const params = { organisationId: `roles-${Date.now()}` };
    await owner.api.createOrganisation({ body: { ...params, name: 'Roles' } });
    const create = (gameId: string) => member.api.createGame({ params, body: { gameId, title: 'A game' } });
    const suffix = Date.now();
    await expect(create(`one-${suffix}`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await owner.api.addMember({ params, body: { email: member.email, role: 'analyst' } });
    await expect(create(`two-${suffix}`)).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
    await owner.api.addMember({ params, body: { email: member.email, role: 'developer' } });
    expect(await create(`three-${suffix}`)).toMatchObject({ organisationId: params.organisationId });
  });
});
