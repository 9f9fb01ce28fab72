import { z } from 'zod';
import { buildSchema, channelSchema, patchSchema } from './builds.ts';
import { gameSchema } from './games.ts';
import { type RouteTable, buildParams } from './route.ts';
import {
  buildIdSchema,
  bytesSchema,
  deliveryReasonSchema,
  depotSchema,
  gameIdSchema,
  timestampSchema,
} from './words.ts';

/** Everything a launcher needs to choose a route to a build. */
export const deliverySchema = z.object({
  build: buildSchema,
  /** Patches that lead from the asked-for old build towards this one; empty without one. */
  patches: z.array(patchSchema),
  /** Patches that lead there one after the other, each from where the one before it ends; an older service names none. */
  chains: z.array(z.array(patchSchema).min(2)).default([]),
});

export const libraryGameSchema = gameSchema.extend({
  depots: z.array(z.object({ depot: depotSchema, channels: z.array(channelSchema) })),
});
export type LibraryGame = z.infer<typeof libraryGameSchema>;

/** The signed, expiring right to read one depot from the CDN. Full URL = `baseUrl + path + '?' + query`; nothing may be added to it. */
export const grantSchema = z.object({
  grantId: z.uuid(),
  gameId: gameIdSchema,
  depot: depotSchema,
  baseUrl: z.url(),
  query: z.string(),
  /** Other hosts with the same objects, best first, each with its own signature; an older service names none. */
  mirrors: z.array(z.object({ baseUrl: z.url(), query: z.string() })).default([]),
  expiresAt: timestampSchema,
});

export const installOutcomeSchema = z.object({
  gameId: gameIdSchema,
  depot: depotSchema,
  buildId: buildIdSchema,
  oldBuildId: buildIdSchema.nullable(),
  reason: deliveryReasonSchema,
  outcome: z.enum(['done', 'failed', 'cancelled']),
  route: z.enum(['chunks', 'patch', 'mixed']),
  downloadedBytes: bytesSchema,
  durationMs: z.int().nonnegative(),
  errorCode: z.string().optional(),
});

export const deliveryRoutes = {
  library: {
    method: 'GET',
    path: '/v1/library',
    auth: 'account',
    summary: 'The games the player may install, with their channels.',
    response: z.object({ games: z.array(libraryGameSchema) }),
  },
  delivery: {
    method: 'GET',
    path: '/v1/builds/:buildId/delivery',
    auth: 'account',
    summary: 'A build’s manifest and the patches that lead to it.',
    params: buildParams,
    query: z.object({ oldBuildId: z.coerce.number().pipe(buildIdSchema).optional() }),
    response: deliverySchema,
  },
  grant: {
    method: 'POST',
    path: '/v1/grants',
    auth: 'account',
    summary: 'The right to read one depot for a while.',
    body: z.object({
      buildId: buildIdSchema,
      oldBuildId: buildIdSchema.nullable().default(null),
      reason: deliveryReasonSchema,
    }),
    response: grantSchema,
  },
  reportOutcome: {
    method: 'POST',
    path: '/v1/install-outcomes',
    auth: 'account',
    summary: 'How an install or update ended.',
    body: installOutcomeSchema,
    response: 'empty',
    idempotent: true,
  },
} as const satisfies RouteTable;
