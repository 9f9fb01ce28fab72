import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { buildIdSchema, bytesSchema, gameIdSchema, sha256Schema } from './words.ts';

/** A file range whose bytes prove that the player has the build: answer = SHA-256(nonce bytes ‖ range bytes), hex. */
export const possessionChallengeSchema = z.object({
  path: z.string(),
  offset: bytesSchema,
  sizeBytes: z.int().positive(),
});
export const playSessionSchema = z.object({
  playSessionId: z.uuid(),
  gameId: gameIdSchema,
  buildId: buildIdSchema,
  /** 64 hex digits; each heartbeat must carry the last one and gets the next. */
  nonce: z.string(),
  challenge: possessionChallengeSchema.nullable(),
  heartbeatSeconds: z.number().positive(),
  /** For the game itself, so that its own server can confirm events. */
  gameToken: z.string(),
});
export type PlaySession = z.infer<typeof playSessionSchema>;

export const heartbeatSchema = z.object({
  nonce: z.string(),
  heartbeatSeconds: z.number().positive(),
  countedSeconds: z.number().nonnegative(),
});

export const playRoutes = {
  gameTokenKeys: {
    method: 'GET',
    path: '/v1/game-token-keys',
    auth: 'public',
    summary: 'Public keys with which a game’s own server checks the token its game shows.',
    response: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  },
  beginPlay: {
    method: 'POST',
    path: '/v1/play-sessions',
    auth: 'account',
    summary: 'A game starts; one session per player at a time, a new one ends the old.',
    body: z.object({ buildId: buildIdSchema }),
    response: playSessionSchema,
  },
  heartbeat: {
    method: 'POST',
    path: '/v1/play-sessions/:playSessionId/heartbeats',
    auth: 'account',
    summary: 'The game still runs. The first one answers the challenge.',
    params: z.object({ playSessionId: z.uuid() }),
    body: z.object({ nonce: z.string(), proof: sha256Schema.optional() }),
    response: heartbeatSchema,
  },
  endPlay: {
    method: 'POST',
    path: '/v1/play-sessions/:playSessionId/end',
    auth: 'account',
    summary: 'The game ended.',
    params: z.object({ playSessionId: z.uuid() }),
    body: z.object({
      nonce: z.string(),
      proof: sha256Schema.optional(),
      exitCode: z.int().nullable().default(null),
    }),
    response: z.object({ countedSeconds: z.number().nonnegative() }),
  },
} as const satisfies RouteTable;
