import type { Generated } from 'kysely';
import type { DeliveryReason } from '../api/contract.ts';

export interface GrantsTables {
  /** Every right to read that was given: who, what, why. */
  grants: {
    grantId: string;
    accountId: string;
    depotId: number;
    buildId: number;
    oldBuildId: number | null;
    reason: DeliveryReason;
    createdAt: Date;
    expiresAt: Date;
  };
  installOutcomes: {
    installOutcomeId: Generated<number>;
    accountId: string;
    depotId: number;
    buildId: number;
    oldBuildId: number | null;
    reason: DeliveryReason;
    outcome: 'done' | 'failed' | 'cancelled';
    route: 'chunks' | 'patch' | 'mixed';
    downloadedBytes: number;
    durationMs: number;
    errorCode: string | null;
    createdAt: Date;
  };
}
