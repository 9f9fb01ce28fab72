import { z } from 'zod';
import { installPlanSchema } from './downloads-state.ts';
import { updatePolicySchema } from './library-state.ts';
import { receiptSchema } from './quests-state.ts';
import { settingsSchema } from './settings-state.ts';
import { snapshotSchema } from './slices.ts';
import { bytes, gameId, timestamp } from './values.ts';

const none = z.object({}).strict();
const ofGame = z.object({ gameId }).strict();
const intoFolder = ofGame.extend({ folder: z.string().min(1).max(4096) }).strict();
const nothing = z.null();

export interface RequestContract {
  readonly argument: z.ZodType;
  readonly result: z.ZodType;
}

/** Verbs on a noun; every argument is strict and bounded. */
export const requests = {
  'state:read': { argument: none, result: snapshotSchema },

  'session:sign-in': {
    argument: z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(256) }).strict(),
    result: nothing,
  },
  'session:register': {
    argument: z
      .object({
        email: z.string().min(3).max(254),
        password: z.string().min(8).max(256),
        displayName: z.string().min(1).max(80),
      })
      .strict(),
    result: nothing,
  },
  'session:sign-out': { argument: none, result: nothing },
  'session:list': {
    argument: none,
    result: z.array(
      z.object({
        sessionId: z.string(),
        device: z.string(),
        createdAt: timestamp,
        lastUsedAt: timestamp,
        current: z.boolean(),
      }),
    ),
  },
  'session:revoke': { argument: z.object({ sessionId: z.string().max(64) }).strict(), result: nothing },

  'library:refresh': { argument: none, result: nothing },
  /** The player is looking: refresh where the library is older than a moment, else do nothing. */
  'library:freshen': { argument: none, result: nothing },
  'library:set-favourite': { argument: ofGame.extend({ favourite: z.boolean() }).strict(), result: nothing },

  'install:plan': {
    argument: ofGame.extend({ reason: z.enum(['install', 'update', 'repair', 'preload']) }).strict(),
    result: installPlanSchema,
  },
  'install:start': { argument: ofGame, result: nothing },
  /** What adopting a folder would keep and fetch; reads all of it. */
  'install:plan-adoption': { argument: intoFolder, result: installPlanSchema },
  /** Stop looking at a copy. */
  'install:cancel-adoption': { argument: ofGame, result: nothing },
  'install:adopt': { argument: intoFolder, result: nothing },
  'install:move': { argument: intoFolder, result: nothing },
  'install:roll-back': { argument: ofGame, result: nothing },
  /** What keeping the files of the previous build costs; null where they are not kept, so that a roll-back downloads. */
  'install:read-kept': { argument: ofGame, result: z.object({ sizeBytes: bytes }).nullable() },
  'install:update': { argument: ofGame, result: nothing },
  /** Make the game's `preload` ready, without putting it in place. */
  'install:preload': { argument: ofGame, result: nothing },
  'install:verify': { argument: ofGame, result: nothing },
  'install:repair': { argument: ofGame, result: nothing },
  'install:pause': { argument: ofGame, result: nothing },
  'install:resume': { argument: ofGame, result: nothing },
  'install:cancel': { argument: ofGame, result: nothing },
  'install:uninstall': { argument: ofGame.extend({ keepSaves: z.boolean() }).strict(), result: nothing },
  'install:set-channel': {
    argument: ofGame.extend({ channel: z.string().max(32) }).strict(),
    result: nothing,
  },
  'install:set-update-policy': {
    argument: ofGame.extend({ updatePolicy: updatePolicySchema }).strict(),
    result: nothing,
  },
  'install:open-folder': { argument: ofGame, result: nothing },

  'downloads:pause-all': { argument: none, result: nothing },
  'downloads:resume-all': { argument: none, result: nothing },
  'downloads:move': {
    argument: ofGame.extend({ position: z.number().int().min(0).max(1000) }).strict(),
    result: nothing,
  },
  'downloads:clear-finished': { argument: none, result: nothing },

  'game:launch': { argument: ofGame, result: nothing },
  'game:stop': { argument: ofGame, result: nothing },
  'game:set-launch-arguments': {
    argument: ofGame.extend({ arguments: z.array(z.string().max(1024)).max(64) }).strict(),
    result: nothing,
  },

  'quest:refresh': { argument: none, result: nothing },
  'quest:claim': { argument: z.object({ questId: z.string().max(64) }).strict(), result: receiptSchema },

  'settings:update': { argument: settingsSchema.partial().strict(), result: nothing },

  /** Show the system's window to choose a folder in; null when the player chose none. */
  'launcher:choose-folder': {
    argument: z
      .object({ purpose: z.enum(['install', 'move', 'adopt']), startAt: z.string().max(4096) })
      .strict(),
    result: z.object({ folder: z.string().nullable() }),
  },
  /** Open a page in the browser that the network's sign-in page will take the place of. */
  'launcher:open-captive-portal': { argument: none, result: nothing },
  /** Show the system's own clock settings. */
  'launcher:open-clock-settings': { argument: none, result: nothing },
  'launcher:check-update': { argument: none, result: nothing },
  'launcher:restart-to-update': { argument: none, result: nothing },
  'launcher:diagnostics': { argument: none, result: z.object({ supportCode: z.string(), file: z.string() }) },
} as const satisfies Record<string, RequestContract>;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
export type RequestArgument<Name extends RequestName> = z.input<Requests[Name]['argument']>;
export type RequestResult<Name extends RequestName> = z.output<Requests[Name]['result']>;
