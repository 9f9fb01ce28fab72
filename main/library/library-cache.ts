import { z } from 'zod';
import { depotSchema, libraryGameSchema } from '../../backend/api/contract.ts';
import { buildSummarySchema, updatePolicySchema } from '../../preload/contract.ts';

/** What the service last said of the player's games. */
export const libraryCacheSchema = z.object({
  fetchedAt: z.number(),
  games: z.array(libraryGameSchema),
});
export type LibraryCache = z.infer<typeof libraryCacheSchema>;

/** What the player chose and did, per game. */
export const gamePreferenceSchema = z.object({
  favourite: z.boolean(),
  channel: z.string().nullable(),
  updatePolicy: updatePolicySchema.nullable(),
  launchArguments: z.array(z.string()),
  playSeconds: z.number().nonnegative(),
  lastPlayedAt: z.iso.datetime().nullable(),
});
export type GamePreference = z.infer<typeof gamePreferenceSchema>;
export const gamePreferencesSchema = z.record(z.string(), gamePreferenceSchema);
export type GamePreferences = z.infer<typeof gamePreferencesSchema>;

export const noPreference: GamePreference = {
  favourite: false,
  channel: null,
  updatePolicy: null,
  launchArguments: [],
  playSeconds: 0,
  lastPlayedAt: null,
};

/** A game on the player's disk. The install's own folder is the truth; this is how it is found again. */
export const installedRecordSchema = z.object({
  gameId: z.string(),
  depot: depotSchema,
  channel: z.string(),
  folder: z.string(),
  installedAt: z.iso.datetime(),
  damaged: z.boolean(),
  verifiedAt: z.iso.datetime().nullable(),
  build: buildSummarySchema,
  /** The build that was installed before this one, for a roll-back; a record of an earlier launcher has none. */
  previous: buildSummarySchema.nullable().default(null),
  /** The build that lies ready beside it, whole and checked. */
  preloadedBuildId: z.number().int().nullable().default(null),
});
export type InstalledRecord = z.infer<typeof installedRecordSchema>;
export const installedRecordsSchema = z.record(z.string(), installedRecordSchema);
export type InstalledRecords = z.infer<typeof installedRecordsSchema>;
