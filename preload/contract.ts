/**
 * The launcher's bridge: every request, result and event between main and renderer, as schemas.
 * This file imports no implementation. Main owns the truth; the renderer subscribes to `changed`, then asks for the snapshot.
 */
import { z } from 'zod';

const bytes = z.number().int().nonnegative();
const gameId = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])$/);
const timestamp = z.iso.datetime();

/** An error as the renderer gets it: what happened and what to do, never a stack. `action` is the one button a card shows. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  action: z
    .enum([
      'retry',
      'repair',
      'sign-in',
      'free-space',
      'change-location',
      'open-portal',
      'fix-clock',
      /** It passes by itself and is tried again by itself; the button tries now. */
      'wait',
      'none',
    ])
    .default('none'),
  /** Why, in a plain sentence; '' where the message says all there is to say. */
  cause: z.string().default(''),
  /** What was found on this computer when it happened: who holds a file, how much space is missing and where. */
  findings: z.array(z.string()).default([]),
  /** What the player tells support; the log and a diagnostics bundle name it beside the facts. '' where nothing failed. */
  supportCode: z.string().default(''),
});
export type Failure = z.infer<typeof failureSchema>;

// ---------------------------------------------------------------- state, one slice per domain

export const sessionStateSchema = z.discriminatedUnion('status', [
  /** Main has not yet looked for a stored session. */
  z.object({ status: z.literal('starting') }),
  z.object({ status: z.literal('signed-out'), failure: failureSchema.nullable() }),
  z.object({
    status: z.literal('signed-in'),
    accountId: z.string(),
    email: z.string(),
    displayName: z.string(),
    /** False where the system has no secret store: the player signs in again after a restart. */
    remembered: z.boolean(),
  }),
]);
export type SessionState = z.infer<typeof sessionStateSchema>;

export const connectionStateSchema = z.object({
  status: z.enum(['online', 'offline', 'service-down']),
  serviceUrl: z.string(),
  lastOnlineAt: timestamp.nullable(),
});
export type ConnectionState = z.infer<typeof connectionStateSchema>;

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

const planReasonSchema = z.enum(['install', 'update', 'repair', 'adopt', 'preload']);

/** What is known before anything is downloaded. */
export const installPlanSchema = z.object({
  gameId,
  build: buildSummarySchema,
  reason: planReasonSchema,
  route: z.enum(['chunks', 'patch', 'mixed', 'none']),
  /** Patches applied one after the other: 0 for none, more than 1 for a chain. */
  patchHops: z.number().int().nonnegative(),
  downloadBytes: bytes,
  requests: z.number().int().nonnegative(),
  /** What a download without patching and shared chunks would need. */
  fullBytes: bytes,
  diskPeakBytes: bytes,
  /** The same when files are replaced as it goes, which is done where the above does not fit; null where it makes no difference. */
  lowSpacePeakBytes: bytes.nullable(),
  freeBytes: bytes,
  /** Space the previous build's kept files take, which a low-space update gives up; 0 where none are kept. */
  keptBytes: bytes,
  folder: z.string(),
  /** By what was measured on this computer; null while that is not enough to say. */
  estimatedSeconds: z.number().nonnegative().nullable(),
});
export type InstallPlan = z.infer<typeof installPlanSchema>;

export const downloadPhaseSchema = z.enum([
  'queued',
  'planning',
  'downloading',
  'patching',
  'verifying',
  'copying',
  'committing',
  'paused',
  'failed',
  'done',
]);
export type DownloadPhase = z.infer<typeof downloadPhaseSchema>;

export const downloadSchema = z.object({
  gameId,
  reason: z.enum(['install', 'update', 'verify', 'repair', 'move', 'adopt', 'roll-back', 'preload']),
  version: z.string(),
  phase: downloadPhaseSchema,
  route: z.enum(['chunks', 'patch', 'mixed', 'none']).nullable(),
  downloadedBytes: bytes,
  downloadTotalBytes: bytes,
  /** Bytes made or checked on disk. */
  writtenBytes: bytes,
  writeTotalBytes: bytes,
  /** What patching and shared chunks saved against a full download. */
  savedBytes: bytes,
  networkBytesPerSecond: z.number().nonnegative(),
  diskBytesPerSecond: z.number().nonnegative(),
  secondsLeft: z.number().nonnegative().nullable(),
  failure: failureSchema.nullable(),
  /** When it goes on by itself: the window opens, or what failed is tried again. Null where nothing is waited for. */
  waitsUntil: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
});
export type Download = z.infer<typeof downloadSchema>;

/** One point of the throughput picture; main keeps the last two minutes, one point a second. */
export const throughputSampleSchema = z.object({
  at: z.number(),
  networkBytesPerSecond: z.number().nonnegative(),
  diskBytesPerSecond: z.number().nonnegative(),
});
export type ThroughputSample = z.infer<typeof throughputSampleSchema>;

export const downloadsStateSchema = z.object({
  /** Running and waiting, in queue order. */
  queue: z.array(downloadSchema),
  /** Finished in this session, newest first. */
  finished: z.array(downloadSchema),
  throughput: z.array(throughputSampleSchema),
  allPaused: z.boolean(),
});
export type DownloadsState = z.infer<typeof downloadsStateSchema>;

export const questSchema = z.object({
  questId: z.string(),
  gameId: z.string(),
  gameTitle: z.string(),
  title: z.string(),
  description: z.string(),
  targetSeconds: z.number().positive(),
  progressSeconds: z.number().nonnegative(),
  rewardPoints: z.number().int(),
  state: z.enum(['available', 'in-progress', 'completed', 'claimed']),
  completedAt: timestamp.nullable(),
  claimedAt: timestamp.nullable(),
});
export type Quest = z.infer<typeof questSchema>;

export const receiptSchema = z.object({
  receiptId: z.string(),
  questId: z.string(),
  questTitle: z.string(),
  gameId: z.string(),
  points: z.number().int(),
  at: timestamp,
});
export type Receipt = z.infer<typeof receiptSchema>;

export const questsStateSchema = z.object({
  status: z.enum(['loading', 'ready', 'stale']),
  quests: z.array(questSchema),
  balancePoints: z.number().int(),
  history: z.array(receiptSchema),
  failure: failureSchema.nullable(),
});
export type QuestsState = z.infer<typeof questsStateSchema>;

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

/** The launcher's own update. */
export const launcherStateSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'browser', 'headless']),
  /** The system can show a window to choose a folder in. */
  choosesFolders: z.boolean(),
  update: z.discriminatedUnion('status', [
    /** This host does not update itself. */
    z.object({ status: z.literal('unsupported') }),
    z.object({ status: z.literal('idle'), checkedAt: timestamp.nullable() }),
    z.object({ status: z.literal('checking') }),
    z.object({ status: z.literal('downloading'), version: z.string(), fraction: z.number().min(0).max(1) }),
    z.object({ status: z.literal('ready'), version: z.string(), notes: z.string() }),
    z.object({ status: z.literal('failed'), failure: failureSchema }),
  ]),
});
export type LauncherState = z.infer<typeof launcherStateSchema>;

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

// ---------------------------------------------------------------- requests: verbs on a noun

const none = z.object({}).strict();
const ofGame = z.object({ gameId }).strict();
const intoFolder = ofGame.extend({ folder: z.string().min(1).max(4096) }).strict();
const nothing = z.null();

export interface RequestContract {
  readonly argument: z.ZodType;
  readonly result: z.ZodType;
}

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

/** What crosses the bridge instead of an exception. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

// ---------------------------------------------------------------- events: past tense

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

export const events = {
  changed: changedEventSchema,
  noticed: noticeEventSchema,
  'link-opened': linkTargetSchema,
} as const;
export type EventName = keyof typeof events;
export type EventValue<Name extends EventName> = z.infer<(typeof events)[Name]>;

/** What the preload script puts on `window.launcher`, and the browser host's page script alike. */
export interface LauncherBridge {
  readonly request: <Name extends RequestName>(
    name: Name,
    argument: RequestArgument<Name>,
  ) => Promise<Answer<RequestResult<Name>>>;
  readonly on: <Name extends EventName>(
    name: Name,
    listener: (value: EventValue<Name>) => void,
  ) => () => void;
}
