import type { Generated } from 'kysely';

export interface QuestsTables {
  quests: {
    questId: string;
    gameId: string;
    title: string;
    description: string;
    kind: 'play-time';
    targetSeconds: number;
    rewardPoints: number;
    createdBy: string;
    createdAt: Generated<Date>;
  };
  /** One run of a game by one player; an account has at most one that is not ended. */
  playSessions: {
    playSessionId: string;
    accountId: string;
    gameId: string;
    buildId: number;
    /** What the next heartbeat must carry. */
    nonce: Buffer;
    /** What the last one carried, so that a repeat after a lost answer gets that answer again. */
    previousNonce: Buffer | null;
    /** The right answer to the possession challenge; null when the build has no bytes to ask for. */
    expectedProof: Buffer | null;
    /** Nothing counts before the challenge is answered. */
    proven: boolean;
    startedAt: Date;
    lastBeatAt: Date;
    countedMs: number;
    endedAt: Date | null;
    exitCode: number | null;
  };
  questProgress: {
    accountId: string;
    questId: string;
    progressMs: number;
    completedAt: Date | null;
  };
  questClaims: {
    accountId: string;
    questId: string;
    receiptId: string;
    ledgerTransactionId: string;
    points: number;
    balancePoints: number;
    claimedAt: Date;
  };
}
