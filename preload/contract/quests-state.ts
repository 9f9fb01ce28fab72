import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { timestamp } from './values.ts';

export const questSchema = z.object({
  questId: z.string(),
  gameId: z.string(),
  gameTitle: z.string(),
  title: z.string(),
  description: z.string(),
  targetSeconds: z.number().positive(),
  progressSeconds: z.number().nonnegative(),
  rewardPoints: z.number().int(),
  state: z.enum(['available', 'in-progress', 'completed', 'claimed']),
  completedAt: timestamp.nullable(),
  claimedAt: timestamp.nullable(),
});
export type Quest = z.infer<typeof questSchema>;

export const receiptSchema = z.object({
  receiptId: z.string(),
  questId: z.string(),
  questTitle: z.string(),
  gameId: z.string(),
  points: z.number().int(),
  at: timestamp,
});
export type Receipt = z.infer<typeof receiptSchema>;

export const questsStateSchema = z.object({
  status: z.enum(['loading', 'ready', 'stale']),
  quests: z.array(questSchema),
  balancePoints: z.number().int(),
  history: z.array(receiptSchema),
  failure: failureSchema.nullable(),
});
export type QuestsState = z.infer<typeof questsStateSchema>;
