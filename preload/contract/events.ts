import { z } from 'zod';
import { downloadsStateSchema } from './downloads-state.ts';
import { launcherStateSchema } from './launcher-state.ts';
import { libraryStateSchema } from './library-state.ts';
import { questsStateSchema } from './quests-state.ts';
import { connectionStateSchema, sessionStateSchema } from './session-state.ts';
import { settingsStateSchema } from './settings-state.ts';
import { gameId } from './values.ts';

/** A slice changed: its whole new value. Download progress comes at most 10 times a second. */
export const changedEventSchema = z.discriminatedUnion('slice', [
  z.object({ revision: z.number().int(), slice: z.literal('session'), value: sessionStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('connection'), value: connectionStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('library'), value: libraryStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('downloads'), value: downloadsStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('quests'), value: questsStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('settings'), value: settingsStateSchema }),
  z.object({ revision: z.number().int(), slice: z.literal('launcher'), value: launcherStateSchema }),
]);
export type ChangedEvent = z.infer<typeof changedEventSchema>;

/** Something worth a toast, read out by screen readers. */
export const noticeEventSchema = z.object({
  kind: z.enum(['success', 'info', 'failure']),
  title: z.string(),
  text: z.string(),
  gameId: z.string().nullable(),
});
export type NoticeEvent = z.infer<typeof noticeEventSchema>;

/** A `gantry://` link was opened: show its view; for `install` and `play` ask the player first. Nothing has been done yet. */
export const linkTargetSchema = z.object({
  view: z.enum(['home', 'library', 'game', 'downloads', 'quests', 'settings']),
  /** Set for `game`. */
  gameId: gameId.nullable(),
  intent: z.enum(['show', 'install', 'play']),
});
export type LinkTarget = z.infer<typeof linkTargetSchema>;

/** What has happened, in the past tense. */
export const events = {
  changed: changedEventSchema,
  noticed: noticeEventSchema,
  'link-opened': linkTargetSchema,
} as const;
export type EventName = keyof typeof events;
export type EventValue<Name extends EventName> = z.infer<(typeof events)[Name]>;
