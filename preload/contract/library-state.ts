import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { bytes, gameId, timestamp } from './values.ts';

/** A build as players see it. */
export const buildSummarySchema = z.object({
  buildId: z.number().int(),
  version: z.string(),
  notes: z.string(),
  createdAt: timestamp,
  sizeBytes: bytes,
  downloadBytes: bytes,
});
export type BuildSummary = z.infer<typeof buildSummarySchema>;

/** What happens when a game has an update; `scheduled` does it by itself in the download window only. */
export const updatePolicySchema = z.enum(['automatic', 'scheduled', 'ask', 'never']);
export type UpdatePolicy = z.infer<typeof updatePolicySchema>;

/** What the one big button of a game does. */
export const primaryActionSchema = z.enum([
  'install',
  'update',
  'resume',
  'pause',
  'play',
  'stop',
  'repair',
  'unavailable',
]);
export type PrimaryAction = z.infer<typeof primaryActionSchema>;

export const installStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('not-installed') }),
  z.object({
    status: z.literal('installed'),
    build: buildSummarySchema,
    folder: z.string(),
    sizeBytes: bytes,
    installedAt: timestamp,
    /** The last verify found damage. */
    damaged: z.boolean(),
    verifiedAt: timestamp.nullable(),
    /** The build that was installed before this one, which a roll-back returns to; null where there was none. */
    previous: buildSummarySchema.nullable(),
  }),
]);
export type InstallState = z.infer<typeof installStateSchema>;

export const libraryGameSchema = z.object({
  gameId,
  title: z.string(),
  studio: z.string(),
  tagline: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  accentColour: z.string(),
  /** URLs the renderer may load. */
  art: z.object({
    cover: z.string().nullable(),
    hero: z.string().nullable(),
    icon: z.string().nullable(),
    screenshots: z.array(z.string()),
  }),
  /** The depot for this machine; null where the game has none for it. */
  depot: z.enum(['windows', 'linux', 'macos', 'web']).nullable(),
  channel: z.string(),
  channels: z.array(z.string()),
  /** The newest build of the chosen channel. */
  latest: buildSummarySchema.nullable(),
  install: installStateSchema,
  updateAvailable: z.boolean(),
  /** What the update would download, by its plan; null while that is not known. */
  updateBytes: bytes.nullable(),
  updatePolicy: updatePolicySchema,
  /** The build that can be made ready beforehand: one that is announced for the channel, else its update; null for none. */
  preload: z
    .object({
      build: buildSummarySchema,
      /** Not yet the channel's: it is only put in place once it is. */
      announced: z.boolean(),
      /** All of it lies ready and checked. */
      ready: z.boolean(),
    })
    .nullable(),
  action: primaryActionSchema,
  favourite: z.boolean(),
  running: z.boolean(),
  playSeconds: z.number().nonnegative(),
  lastPlayedAt: timestamp.nullable(),
  launchArguments: z.array(z.string()),
});
export type LibraryGame = z.infer<typeof libraryGameSchema>;

export const libraryStateSchema = z.object({
  status: z.enum(['loading', 'ready', 'stale']),
  games: z.array(libraryGameSchema),
  failure: failureSchema.nullable(),
});
export type LibraryState = z.infer<typeof libraryStateSchema>;
