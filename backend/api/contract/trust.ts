import { z } from 'zod';
import { channelSchema } from './builds.ts';
import { MIB, type RouteTable, everyRole, gameParams, writers } from './route.ts';
import { gameIdSchema, organisationIdSchema, sha256Schema } from './words.ts';

/** A signed record of The Update Framework, as the text that was signed. docs/trust.md has their forms. */
const trustDocumentSchema = z
  .string()
  .min(2)
  .max(512 * 1024);
/** An Ed25519 public key, 64 hex digits. */
export const publicKeySchema = z.string().regex(/^[0-9a-f]{64}$/);

export const trustSchema = z.object({
  /** Where launchers fetch records, with a slash at its end. */
  metadataUrl: z.url(),
  rootVersion: z.int().positive(),
  root: trustDocumentSchema,
});

/** What a publisher needs to sign a game's next record. */
export const gameTrustSchema = z.object({
  organisationId: organisationIdSchema,
  /** Public keys that publish the game; empty until the first is named. */
  keys: z.array(publicKeySchema),
  /** The game's newest record, null before its first. */
  document: trustDocumentSchema.nullable(),
  /** The organisation's record of who publishes what, null before its first. */
  targets: trustDocumentSchema.nullable(),
});
export type GameTrust = z.infer<typeof gameTrustSchema>;

export const keyChangeSchema = z.object({
  keys: z.array(publicKeySchema).min(1).max(8),
  /** The game's next record signed by one of these keys; needed where the last one was signed by none of them. */
  document: trustDocumentSchema.nullable().default(null),
  /** By a key that publishes the game now; not needed for a game without keys. */
  proof: z
    .object({ keyId: sha256Schema, sig: z.string().regex(/^[0-9a-f]{128}$/) })
    .nullable()
    .default(null),
});

export const trustRoutes = {
  trust: {
    method: 'GET',
    path: '/v1/trust',
    auth: 'public',
    summary: 'Where signed records are, and the root they hang from. Launchers bring their own root.',
    response: trustSchema,
  },
  gameTrust: {
    method: 'GET',
    path: '/v1/games/:gameId/trust',
    auth: everyRole,
    summary: 'Who publishes a game, and its newest signed record.',
    params: gameParams,
    response: gameTrustSchema,
  },
  publishGame: {
    method: 'PUT',
    path: '/v1/games/:gameId/trust/record',
    auth: writers,
    summary:
      'Take a game’s next record, signed by its publisher: its channels point where the record says from then on.',
    params: gameParams,
    body: z.object({ document: trustDocumentSchema }),
    bodyMaxBytes: 2 * MIB,
    response: z.object({ channels: z.array(channelSchema) }),
  },
  changeGameKeys: {
    method: 'PUT',
    path: '/v1/games/:gameId/trust/keys',
    auth: writers,
    summary:
      'Name the keys that publish a game: the first ones freely, others with a signature of one of these.',
    params: gameParams,
    body: keyChangeSchema,
    bodyMaxBytes: 2 * MIB,
    response: 'empty',
  },
  takeDelegations: {
    method: 'PUT',
    path: '/v1/trust/organisations/:organisationId/delegations',
    auth: 'account',
    summary: 'Take who publishes what, as the operator signed it offline. Its signature is the permission.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: z.object({
      targets: trustDocumentSchema,
      documents: z.record(gameIdSchema, trustDocumentSchema).default({}),
    }),
    bodyMaxBytes: 8 * MIB,
    response: 'empty',
  },
  replaceRoot: {
    method: 'PUT',
    path: '/v1/trust/root',
    auth: 'account',
    summary: 'Take the root that follows the present one. Its signatures are the permission.',
    body: z.object({ document: trustDocumentSchema }),
    response: 'empty',
  },
} as const satisfies RouteTable;
