import type { Generated } from 'kysely';
import type { Problem, PushSession } from '../api/contract.ts';

export interface PushTables {
  pushSessions: {
    pushSessionId: Generated<string>;
    depotId: number;
    accountId: string;
    state: PushSession['state'];
    version: string;
    notes: string;
    createdAt: Date;
    /** Moves on with every call of the session while it is open. */
    expiresAt: Date;
    manifestSha256: string | null;
    buildId: number | null;
    /** JSON text. */
    problem: string | Problem | null;
    packsVerified: Generated<number>;
    packsTotal: Generated<number>;
    /** The build was there already: this push changed nothing in the depot. */
    existing: Generated<boolean>;
  };
  /** Packs a session uploads or uploaded. */
  pushPacks: {
    pushSessionId: string;
    sha256: string;
    sizeBytes: number;
    uploadId: string | null;
    /** Size of every part but the last. */
    partBytes: number | null;
    storedAt: Date | null;
  };
  /** Packs of committed builds: hashed by the service, immutable. */
  packs: { packId: Generated<number>; depotId: number; sha256: Buffer; sizeBytes: number };
  /** Where each chunk of the depot's committed builds lies. */
  chunks: {
    depotId: number;
    sha256: Buffer;
    packId: number;
    offset: number;
    packedBytes: number;
    sizeBytes: number;
  };
  /** Digests of (file hash, chunk list) pairs that were checked. */
  fileRecipes: { depotId: number; recipe: Buffer };
}
