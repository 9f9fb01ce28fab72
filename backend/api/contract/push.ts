import { z } from 'zod';
import { buildSchema } from './builds.ts';
import { MIB, type RouteTable, depotParams, writers } from './route.ts';
import {
  bytesSchema,
  depotSchema,
  gameIdSchema,
  problemSchema,
  sha256Schema,
  timestampSchema,
} from './words.ts';

export const pushStateSchema = z.enum(['open', 'verifying', 'committed', 'rejected', 'expired']);
export const pushSessionSchema = z.object({
  pushSessionId: z.uuid(),
  gameId: gameIdSchema,
  depot: depotSchema,
  state: pushStateSchema,
  expiresAt: timestampSchema,
  /** Set once committed. */
  build: buildSchema.optional(),
  /** True when the depot had this very build before: the push changed nothing but, if asked for, the channel. */
  existing: z.boolean(),
  /** Set once rejected: what the service found. */
  problem: problemSchema.optional(),
  /** Packs verified so far and in all, while `verifying`. */
  verified: z.object({ packs: z.int(), packsTotal: z.int() }).optional(),
});
export type PushSession = z.infer<typeof pushSessionSchema>;

export const uploadPartSchema = z.object({
  number: z.int().positive(),
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  offset: bytesSchema,
  sizeBytes: bytesSchema,
});
/** How to bring one pack into storage: nothing to do, or presigned parts that are still missing. */
export const packUploadSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stored') }),
  z.object({
    state: z.literal('upload'),
    uploadId: z.string(),
    parts: z.array(uploadPartSchema),
    /** Parts an earlier try already uploaded. */
    uploaded: z.array(z.object({ number: z.int(), etag: z.string(), sizeBytes: bytesSchema })),
  }),
]);
export type PackUpload = z.infer<typeof packUploadSchema>;

/**
 * Answer to a chunk query, columns in the order of the asked hashes.
 * `pack[i]` is an index into `packs`, or -1 for a chunk the depot lacks.
 */
export const chunkLocationsSchema = z.object({
  packs: z.array(z.object({ sha256: sha256Schema, sizeBytes: bytesSchema })),
  pack: z.array(z.int()),
  offset: z.array(z.int()),
  packedBytes: z.array(z.int()),
});
export type ChunkLocations = z.infer<typeof chunkLocationsSchema>;

const pushParams = z.object({ pushSessionId: z.uuid() });
const packParams = pushParams.extend({ packSha256: sha256Schema });

export const pushRoutes = {
  beginPush: {
    method: 'POST',
    path: '/v1/games/:gameId/depots/:depot/push-sessions',
    auth: writers,
    summary: 'Begin a push; one writer per depot.',
    params: depotParams,
    body: z.object({
      version: z.string().max(80).default(''),
      notes: z.string().max(20_000).default(''),
    }),
    response: pushSessionSchema,
  },
  pushSession: {
    method: 'GET',
    path: '/v1/push-sessions/:pushSessionId',
    auth: writers,
    summary: 'How a push stands.',
    params: pushParams,
    response: pushSessionSchema,
  },
  abandonPush: {
    method: 'DELETE',
    path: '/v1/push-sessions/:pushSessionId',
    auth: writers,
    summary: 'Give a push up.',
    params: pushParams,
    response: 'empty',
  },
  locateChunks: {
    method: 'POST',
    path: '/v1/games/:gameId/depots/:depot/chunks/locate',
    auth: writers,
    summary: 'Which chunks the depot has, and where. Body: 32 bytes a hash, up to 524,288 hashes at once.',
    params: depotParams,
    body: 'bytes',
    bodyMaxBytes: 16 * MIB,
    response: chunkLocationsSchema,
  },
  uploadPack: {
    method: 'PUT',
    path: '/v1/push-sessions/:pushSessionId/packs/:packSha256',
    auth: writers,
    summary: 'Begin or resume the upload of a pack.',
    params: packParams,
    body: z.object({ sizeBytes: z.int().positive() }),
    response: packUploadSchema,
  },
  completePack: {
    method: 'POST',
    path: '/v1/push-sessions/:pushSessionId/packs/:packSha256/complete',
    auth: writers,
    summary: 'All parts are uploaded.',
    params: packParams,
    body: z.object({ uploadId: z.string() }),
    response: 'empty',
  },
  commitPush: {
    method: 'POST',
    path: '/v1/push-sessions/:pushSessionId/commit',
    auth: writers,
    summary:
      'Commit the manifest; the service hashes every new pack and chunk again before the build exists. Poll the session.',
    params: pushParams,
    body: 'bytes',
    bodyMaxBytes: 128 * MIB,
    response: pushSessionSchema,
  },
} as const satisfies RouteTable;
