import { z } from 'zod';
import { updatePolicySchema } from './library-state.ts';
import { bytes } from './values.ts';

export const settingsSchema = z.object({
  theme: z.enum(['dark', 'light', 'system']),
  textScale: z.union([z.literal(1), z.literal(1.15), z.literal(1.3), z.literal(1.5)]),
  reducedMotion: z.enum(['system', 'on', 'off']),
  /** Where new installs go. */
  installFolder: z.string().min(1).max(1024),
  /** 0: no limit. */
  downloadLimitBytesPerSecond: bytes,
  downloadsAtOnce: z.number().int().min(1).max(4),
  slowWhilePlaying: z.boolean(),
  /** Keep the files the last update replaced, so that going back needs no download; costs their space. */
  keepPrevious: z.boolean(),
  /** When scheduled updates may run, in minutes after midnight of this computer; null: at any time. */
  downloadWindow: z
    .object({
      startMinute: z.number().int().min(0).max(1439),
      endMinute: z.number().int().min(0).max(1439),
    })
    .strict()
    .nullable(),
  /** What an update's route is chosen for: fewest bytes unless that is clearly slower, fewest bytes, or least time. */
  routePreference: z.enum(['balanced', 'bytes', 'time']),
  defaultUpdatePolicy: updatePolicySchema,
  startWithSystem: z.boolean(),
  telemetry: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const settingsStateSchema = z.object({
  settings: settingsSchema,
  /** Drives that can hold games. */
  locations: z.array(z.object({ folder: z.string(), freeBytes: bytes, totalBytes: bytes })),
});
export type SettingsState = z.infer<typeof settingsStateSchema>;
