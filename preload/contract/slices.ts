import { z } from 'zod';
import { downloadsStateSchema } from './downloads-state.ts';
import { launcherStateSchema } from './launcher-state.ts';
import { libraryStateSchema } from './library-state.ts';
import { questsStateSchema } from './quests-state.ts';
import { connectionStateSchema, sessionStateSchema } from './session-state.ts';
import { settingsStateSchema } from './settings-state.ts';

/** The whole truth, by slice. */
export const slices = {
  session: sessionStateSchema,
  connection: connectionStateSchema,
  library: libraryStateSchema,
  downloads: downloadsStateSchema,
  quests: questsStateSchema,
  settings: settingsStateSchema,
  launcher: launcherStateSchema,
} as const;
export type SliceName = keyof typeof slices;
export type LauncherSlices = { readonly [Name in SliceName]: z.infer<(typeof slices)[Name]> };

/** Every slice with the revision it had; a later event of a slice has a higher revision. */
export const snapshotSchema = z.object({
  revision: z.number().int().nonnegative(),
  slices: z.object(slices),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
