import { z } from 'zod';
import { type RouteTable, gameParams, writers } from './route.ts';
import { gameIdSchema, timestampSchema } from './words.ts';

export const questStateSchema = z.enum(['available', 'in-progress', 'completed', 'claimed']);
export const questDefinitionSchema = z.object({
  questId: gameIdSchema,
  gameId: gameIdSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(600).default(''),
  kind: z.literal('play-time'),
  /** Seconds of attested play that complete it. */
  targetSeconds: z.int().positive(),
  rewardPoints: z.int().positive().max(1_000_000),
});
export type QuestDefinition = z.infer<typeof questDefinitionSchema>;
export const questSchema = questDefinitionSchema.extend({
  gameTitle: z.string(),
  progressSeconds: z.number().nonnegative(),
  state: questStateSchema,
  completedAt: timestampSchema.nullable(),
  claimedAt: timestampSchema.nullable(),
});
export type Quest = z.infer<typeof questSchema>;

export const receiptSchema = z.object({
  receiptId: z.uuid(),
  questId: gameIdSchema,
  points: z.int(),
  balancePoints: z.int(),
  claimedAt: timestampSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;

export const rewardsSchema = z.object({
  balancePoints: z.int(),
  history: z.array(
    z.object({
      receiptId: z.uuid(),
      questId: z.string(),
      questTitle: z.string(),
      gameId: z.string(),
      points: z.int(),
      at: timestampSchema,
    }),
  ),
});
export type Rewards = z.infer<typeof rewardsSchema>;

export const questRoutes = {
  createQuest: {
    method: 'POST',
    path: '/v1/games/:gameId/quests',
    auth: writers,
    summary: 'Offer a quest.',
    params: gameParams,
    body: questDefinitionSchema.omit({ gameId: true }),
    response: questDefinitionSchema,
  },
  quests: {
    method: 'GET',
    path: '/v1/quests',
    auth: 'account',
    summary: 'The player’s quests with their progress.',
    response: z.object({ quests: z.array(questSchema) }),
  },
  claimQuest: {
    method: 'POST',
    path: '/v1/quests/:questId/claim',
    auth: 'account',
    summary: 'Claim the reward of a completed quest, once.',
    params: z.object({ questId: gameIdSchema }),
    response: receiptSchema,
    idempotent: true,
  },
  rewards: {
    method: 'GET',
    path: '/v1/rewards',
    auth: 'account',
    summary: 'Balance and history.',
    response: rewardsSchema,
  },
} as const satisfies RouteTable;
