import { errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { SignedIn } from '../api/route-call.ts';

/** Ed25519 private keys as JWK with a `kid`; the first signs, all verify, so that a new key can be rolled in. */
export type AccessTokenKeys = readonly (JWK & { readonly kid: string })[];

export interface AccessTokens {
  readonly issue: (caller: SignedIn) => Promise<{ token: string; expiresAt: Date }>;
  /** Undefined for anything but a token this service issued for its API and that is valid now. */
  readonly verify: (token: string) => Promise<SignedIn | undefined>;
}

export const ACCESS_TOKEN_LIFETIME_SECONDS = 600;
const ISSUER = 'gantry';
const AUDIENCE = 'gantry-api';
/** RFC 9068's type, so that no other JWT signed with these keys passes for an access token. */
const TYPE = 'at+jwt';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export async function createAccessTokens(keys: AccessTokenKeys, now: () => Date): Promise<AccessTokens> {
  const [signing] = keys;
  if (signing === undefined) throw new Error('at least one access token key is needed');
  const privateKey = await importJWK(signing, 'EdDSA');
  const publicKeys = new Map(
    await Promise.all(
      keys.map(async ({ d: _secret, ...jwk }) => [jwk.kid, await importJWK(jwk, 'EdDSA')] as const),
    ),
  );
  return {
    issue: async ({ accountId, sessionId }) => {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresAt = issuedAt + ACCESS_TOKEN_LIFETIME_SECONDS;
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: 'EdDSA', kid: signing.kid, typ: TYPE })
        .setSubject(accountId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(privateKey);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => {
            const key = kid === undefined ? undefined : publicKeys.get(kid);
            if (key === undefined) throw new errors.JWKSNoMatchingKey();
            return key;
          },
          {
            algorithms: ['EdDSA'],
            issuer: ISSUER,
            audience: AUDIENCE,
            typ: TYPE,
            requiredClaims: ['sub', 'sid', 'exp', 'nbf'],
            currentDate: now(),
          },
        );
        const { sub, sid } = payload;
        if (typeof sid !== 'string' || !UUID.test(sid) || !sub || !UUID.test(sub)) return undefined;
        return { accountId: sub, sessionId: sid };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
