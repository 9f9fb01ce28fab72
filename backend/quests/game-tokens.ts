import { importJWK, type JWK, SignJWT } from 'jose';

/** What a running game shows its own server, which checks it with the keys of `GET /v1/game-token-keys`. */
export interface GameTokens {
  readonly issue: (claims: {
    readonly accountId: string;
    readonly gameId: string;
    readonly playSessionId: string;
    readonly buildId: number;
  }) => Promise<string>;
  /** Public keys as JWK. */
  readonly publicKeys: readonly JWK[];
}

/** A long evening; a token outlives no session, because its server asks for the session by id. */
const LIFETIME_SECONDS = 12 * 3600;
/** A type of its own, so that a game token never passes for an access token signed with the same key. */
const TYPE = 'game+jwt';

/** @param keys Ed25519 private keys as JWK with a `kid`; the first signs. */
export async function createGameTokens(
  keys: readonly (JWK & { readonly kid: string })[],
  now: () => Date,
): Promise<GameTokens> {
  const [signing] = keys;
  if (signing === undefined) throw new Error('at least one game token key is needed');
  const privateKey = await importJWK(signing, 'EdDSA');
  return {
    publicKeys: keys.map(({ d: _secret, ...publicKey }) => publicKey),
    issue: async ({ accountId, gameId, playSessionId, buildId }) => {
      const issuedAt = Math.floor(now().getTime() / 1000);
      return await new SignJWT({ play: playSessionId, build: buildId })
        .setProtectedHeader({ alg: 'EdDSA', kid: signing.kid, typ: TYPE })
        .setSubject(accountId)
        .setIssuer('gantry')
        .setAudience(`game:${gameId}`)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFETIME_SECONDS)
        .sign(privateKey);
    },
  };
}
