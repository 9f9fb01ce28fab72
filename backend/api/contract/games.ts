import { z } from 'zod';
import { MIB, type RouteTable, everyRole, gameParams, writers } from './route.ts';
import { gameIdSchema, organisationIdSchema } from './words.ts';

export const artKindSchema = z.enum([
  'cover',
  'hero',
  'icon',
  'screenshot-1',
  'screenshot-2',
  'screenshot-3',
]);
export type ArtKind = z.infer<typeof artKindSchema>;
export const gameAccessSchema = z.enum(['free', 'entitled']);

export const gameProfileSchema = z.object({
  title: z.string().min(1).max(120),
  studio: z.string().max(120).default(''),
  tagline: z.string().max(240).default(''),
  description: z.string().max(8000).default(''),
  tags: z.array(z.string().min(1).max(32)).max(12).default([]),
  accentColour: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .default('#5CCFE6'),
  /** `free`: every signed-in player may install; `entitled`: members of the organisation and entitled players only. */
  access: gameAccessSchema.default('entitled'),
});
export type GameProfile = z.infer<typeof gameProfileSchema>;

export const gameSchema = gameProfileSchema.extend({
  gameId: gameIdSchema,
  organisationId: organisationIdSchema,
  /** Paths on the service, one for each picture that was uploaded. */
  art: z.partialRecord(artKindSchema, z.string()),
});
export type Game = z.infer<typeof gameSchema>;

export const gameRoutes = {
  createGame: {
    method: 'POST',
    path: '/v1/organisations/:organisationId/games',
    auth: writers,
    summary: 'Add a game.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: gameProfileSchema.extend({ gameId: gameIdSchema }),
    response: gameSchema,
  },
  updateGame: {
    method: 'PUT',
    path: '/v1/games/:gameId',
    auth: writers,
    summary: 'Change a game’s profile.',
    params: gameParams,
    body: gameProfileSchema,
    response: gameSchema,
  },
  games: {
    method: 'GET',
    path: '/v1/games',
    auth: 'account',
    summary: 'The games of the account’s organisations.',
    response: z.object({ games: z.array(gameSchema) }),
  },
  game: {
    method: 'GET',
    path: '/v1/games/:gameId',
    auth: everyRole,
    summary: 'One game.',
    params: gameParams,
    response: gameSchema,
  },
  putArt: {
    method: 'PUT',
    path: '/v1/games/:gameId/art/:kind',
    auth: writers,
    summary: 'Upload a picture (SVG, PNG, WebP or JPEG, up to 4 MiB).',
    params: gameParams.extend({ kind: artKindSchema }),
    body: 'bytes',
    bodyMaxBytes: 4 * MIB,
    response: gameSchema,
  },
  art: {
    method: 'GET',
    path: '/v1/games/:gameId/art/:kind',
    auth: 'public',
    summary: 'A picture of a game.',
    params: gameParams.extend({ kind: artKindSchema }),
    response: 'bytes',
  },
  entitle: {
    method: 'POST',
    path: '/v1/games/:gameId/entitlements',
    auth: writers,
    summary: 'Let a player install a game.',
    params: gameParams,
    body: z.object({ email: z.email() }),
    response: 'empty',
  },
} as const satisfies RouteTable;
