import { z } from 'zod';
import { type RouteTable, everyRole, gameParams } from './route.ts';
import {
  buildIdSchema,
  bytesSchema,
  channelNameSchema,
  depotSchema,
  gameIdSchema,
  sha256Schema,
  timestampSchema,
} from './words.ts';

/**
 * Where a content-named object of a depot is: its path below the grant's base URL.
 * `packs/<sha256>`, `manifests/<sha256>` and `patches/<sha256>`.
 */
export const objectReferenceSchema = z.object({
  sha256: sha256Schema,
  sizeBytes: bytesSchema,
  path: z.string(),
});

export const buildSchema = z.object({
  buildId: buildIdSchema,
  gameId: gameIdSchema,
  depot: depotSchema,
  version: z.string(),
  notes: z.string(),
  createdAt: timestampSchema,
  manifest: objectReferenceSchema,
  /** Sum of the files' sizes. */
  sizeBytes: bytesSchema,
  files: z.int().nonnegative(),
  /** What a first install downloads: the packed size of its chunks. */
  downloadBytes: bytesSchema,
  channels: z.array(channelNameSchema),
});
export type Build = z.infer<typeof buildSchema>;

export const patchSchema = objectReferenceSchema.extend({
  oldBuildId: buildIdSchema,
  newBuildId: buildIdSchema,
});
export type PatchReference = z.infer<typeof patchSchema>;

export const channelSchema = z.object({
  gameId: gameIdSchema,
  depot: depotSchema,
  channel: channelNameSchema,
  build: buildSchema,
  updatedAt: timestampSchema,
});
export type Channel = z.infer<typeof channelSchema>;

export const buildRoutes = {
  builds: {
    method: 'GET',
    path: '/v1/games/:gameId/builds',
    auth: everyRole,
    summary: 'A game’s builds, newest first.',
    params: gameParams,
    query: z.object({
      depot: depotSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ builds: z.array(buildSchema), patches: z.array(patchSchema) }),
  },
  channels: {
    method: 'GET',
    path: '/v1/games/:gameId/channels',
    auth: everyRole,
    summary: 'A game’s channels.',
    params: gameParams,
    response: z.object({ channels: z.array(channelSchema) }),
  },
} as const satisfies RouteTable;
