import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { timestamp } from './values.ts';

export const sessionStateSchema = z.discriminatedUnion('status', [
  /** Main has not yet looked for a stored session. */
  z.object({ status: z.literal('starting') }),
  z.object({ status: z.literal('signed-out'), failure: failureSchema.nullable() }),
  z.object({
    status: z.literal('signed-in'),
    accountId: z.string(),
    email: z.string(),
    displayName: z.string(),
    /** False where the system has no secret store: the player signs in again after a restart. */
    remembered: z.boolean(),
  }),
]);
export type SessionState = z.infer<typeof sessionStateSchema>;

export const connectionStateSchema = z.object({
  status: z.enum(['online', 'offline', 'service-down']),
  serviceUrl: z.string(),
  lastOnlineAt: timestamp.nullable(),
});
export type ConnectionState = z.infer<typeof connectionStateSchema>;
