import type {
  BuildSummary,
  Download,
  Failure,
  LauncherSlices,
  LibraryGame,
  Quest,
  Receipt,
  Settings,
} from '../../preload/contract.ts';

/** The instant every fake state speaks of; the gallery stops the clock here, so that pictures stay the same. */
export const now = Date.parse('2026-11-21T20:00:00.000Z');

const minute = 60_000;

/** @returns A timestamp so many minutes before `now`. */
export const ago = (minutes: number): string => new Date(now - minutes * minute).toISOString();

export const makeBuild = (change: Partial<BuildSummary> = {}): BuildSummary => ({
  buildId: 12,
  version: '1.1.0',
  notes:
    'Wind rings under the northern lights\nLamps keep burning in the rain\nHalf the loading time on old drives',
  createdAt: ago(60 * 26),
  sizeBytes: 1_840_000_000,
  downloadBytes: 1_210_000_000,
  ...change,
});

export const installed = (
  change: Partial<Extract<LibraryGame['install'], { status: 'installed' }>> = {},
) => ({
  status: 'installed' as const,
  build: makeBuild({ buildId: 11, version: '1.0.0' }),
  folder: '/home/robin/Games/skylark',
  sizeBytes: 1_790_000_000,
  installedAt: ago(60 * 24 * 40),
  damaged: false,
  verifiedAt: ago(60 * 24 * 3),
  previous: null,
  ...change,
});

export const makeGame = (change: Partial<LibraryGame> = {}): LibraryGame => ({
  gameId: 'skylark',
  title: 'Skylark',
  studio: 'Paper Lantern Works',
  tagline: 'Carry the last lamp across the cloud sea.',
  description: 'A paper bird, a lamp and four countries of weather.',
  tags: ['Flying', 'Calm', 'Solo'],
  accentColour: '#e0707a',
  art: { cover: null, hero: null, icon: null, screenshots: [] },
  depot: 'linux',
  channel: 'stable',
  channels: ['stable', 'beta'],
  latest: makeBuild(),
  install: { status: 'not-installed' },
  updateAvailable: false,
  updateBytes: null,
  updatePolicy: 'automatic',
  preload: null,
  action: 'install',
  favourite: false,
  running: false,
  playSeconds: 0,
  lastPlayedAt: null,
  launchArguments: [],
  ...change,
});

export const makeDownload = (change: Partial<Download> = {}): Download => ({
  gameId: 'skylark',
  reason: 'update',
  version: '1.1.0',
  phase: 'downloading',
  route: 'patch',
  downloadedBytes: 61_000_000,
  downloadTotalBytes: 142_000_000,
  writtenBytes: 0,
  writeTotalBytes: 60_000_000,
  savedBytes: 1_068_000_000,
  networkBytesPerSecond: 48_600_000,
  diskBytesPerSecond: 71_000_000,
  secondsLeft: 94,
  failure: null,
  waitsUntil: null,
  finishedAt: null,
  damagedFiles: null,
  ...change,
});

export const makeQuest = (change: Partial<Quest> = {}): Quest => ({
  questId: 'skylark-lamps',
  gameId: 'skylark',
  gameTitle: 'Skylark',
  title: 'Keeper of the lamps',
  description: 'Fly for five minutes in all.',
  targetSeconds: 300,
  progressSeconds: 212,
  rewardPoints: 150,
  state: 'in-progress',
  completedAt: null,
  claimedAt: null,
  ...change,
});

export const makeReceipt = (change: Partial<Receipt> = {}): Receipt => ({
  receiptId: 'rcp_7Q4M2XK9',
  questId: 'skylark-first',
  questTitle: 'First light',
  gameId: 'skylark',
  points: 50,
  at: ago(60 * 30),
  ...change,
});

export const makeFailure = (change: Partial<Failure> = {}): Failure => ({
  code: 'INSTALL_DISK_FULL',
  message: 'The disk is too full: 1.7 GB are needed, 480 MB are free.',
  next: 'Free some space, or move the game to another disk, then resume.',
  details: {},
  action: 'free-space',
  cause: '',
  findings: [],
  supportCode: 'GNT-K7QM-4T2X',
  ...change,
});

export const makeSettings = (change: Partial<Settings> = {}): Settings => ({
  theme: 'dark',
  textScale: 1,
  reducedMotion: 'system',
  installFolder: '/home/robin/Games',
  downloadLimitBytesPerSecond: 0,
  downloadsAtOnce: 1,
  slowWhilePlaying: true,
  keepPrevious: true,
  downloadWindow: null,
  routePreference: 'balanced',
  defaultUpdatePolicy: 'automatic',
  startWithSystem: false,
  telemetry: false,
  ...change,
});

/** A signed-in player with an empty library, online, nothing going on. */
export const makeSlices = (change: Partial<LauncherSlices> = {}): LauncherSlices => ({
  session: {
    status: 'signed-in',
    accountId: 'acc_1',
    email: 'robin@example.com',
    displayName: 'Robin',
    remembered: true,
  },
  connection: { status: 'online', serviceUrl: 'http://127.0.0.1:7410', lastOnlineAt: ago(0) },
  library: { status: 'ready', games: [], failure: null },
  downloads: { queue: [], finished: [], throughput: [], allPaused: false },
  quests: { status: 'ready', quests: [], balancePoints: 0, history: [], failure: null },
  settings: {
    settings: makeSettings(),
    locations: [
      { folder: '/home/robin/Games', freeBytes: 212_000_000_000, totalBytes: 494_000_000_000 },
      { folder: '/media/robin/archive/Games', freeBytes: 31_000_000_000, totalBytes: 1_960_000_000_000 },
    ],
  },
  launcher: {
    version: '0.1.0',
    host: 'electron',
    choosesFolders: true,
    update: { status: 'idle', checkedAt: ago(12) },
  },
  ...change,
});
