import type { Generated } from 'kysely';
import type { Role } from '../api/contract.ts';

export interface AccountsTables {
  organisations: { organisationId: string; name: string; createdAt: Generated<Date> };
  accounts: {
    accountId: Generated<string>;
    /** Lower case. */
    email: string;
    displayName: string;
    /** Argon2id, PHC string. */
    passwordHash: string;
    createdAt: Generated<Date>;
  };
  memberships: { organisationId: string; accountId: string; role: Role; createdAt: Generated<Date> };
  /** One sign-in on one device; its refresh tokens are one family. */
  sessions: {
    sessionId: Generated<string>;
    accountId: string;
    device: string;
    createdAt: Date;
    lastUsedAt: Date;
    /** The absolute end, however often it was refreshed. */
    expiresAt: Date;
    revokedAt: Date | null;
    revokedReason: 'logout' | 'revoked' | 'token-reuse' | null;
  };
  refreshTokens: {
    /** SHA-256 of the token; the token itself is nowhere on the service. */
    tokenHash: Buffer;
    sessionId: string;
    createdAt: Date;
    /** When it was exchanged; null for the family's one live token. */
    usedAt: Date | null;
  };
}
