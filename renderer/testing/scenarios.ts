import type {
  Download,
  InstallPlan,
  LauncherSlices,
  LibraryGame,
  Quest,
  ThroughputSample,
} from '../../preload/contract.ts';
import {
  ago,
  makeBuild,
  makeDownload,
  makeFailure,
  makeQuest,
  makeReceipt,
  makeSettings,
  makeSlices,
  now,
} from './builders.ts';
import { manyGames, sampleGames } from './sample-library.ts';

/** A wavy two minutes, the same every time. @param scale 1 is about 50 MB/s. */
export const sampleThroughput = (scale = 1, seconds = 120): ThroughputSample[] =>
  Array.from({ length: seconds }, (_, index) => {
    const wave = Math.sin(index / 9) * 0.16 + Math.sin(index / 3.7) * 0.07 + Math.sin(index / 1.9) * 0.04;
    const start = Math.min(1, index / 14);
    const dip = index > 70 && index < 78 ? 0.45 : 1;
    return {
      at: now - (seconds - 1 - index) * 1000,
      networkBytesPerSecond: Math.max(0, 48_600_000 * scale * start * dip * (0.9 + wave)),
      diskBytesPerSecond: Math.max(0, 71_000_000 * scale * start * (0.74 + Math.sin(index / 5) * 0.2)),
    };
  });

const quests: readonly Quest[] = [
  makeQuest(),
  makeQuest({
    questId: 'skylark-first',
    title: 'First light',
    description: 'Spend your first half minute in the air.',
    targetSeconds: 30,
    progressSeconds: 30,
    rewardPoints: 50,
    state: 'claimed',
    completedAt: ago(60 * 31),
    claimedAt: ago(60 * 30),
  }),
  makeQuest({
    questId: 'skylark-mail',
    title: 'Night mail',
    description: 'Fly for half an hour in all.',
    targetSeconds: 1800,
    progressSeconds: 212,
    rewardPoints: 400,
  }),
  makeQuest({
    questId: 'stillwater-ten',
    gameId: 'stillwater',
    gameTitle: 'Stillwater',
    title: 'Ten quiet minutes',
    description: 'Stay with the koi for ten minutes.',
    targetSeconds: 600,
    progressSeconds: 571,
    rewardPoints: 200,
  }),
  makeQuest({
    questId: 'knotwork-weaver',
    gameId: 'knotwork',
    gameTitle: 'Knotwork',
    title: 'Master weaver',
    description: 'Spend an hour at the loom.',
    targetSeconds: 3600,
    progressSeconds: 0,
    rewardPoints: 600,
    state: 'available',
  }),
];

const ready: readonly Quest[] = [
  makeQuest({
    questId: 'orrery-spheres',
    gameId: 'orrery',
    gameTitle: 'Orrery',
    title: 'Music of the spheres',
    description: 'Listen for ten minutes.',
    targetSeconds: 600,
    progressSeconds: 600,
    rewardPoints: 250,
    state: 'completed',
    completedAt: ago(4),
  }),
  makeQuest({
    questId: 'knotwork-ends',
    gameId: 'knotwork',
    gameTitle: 'Knotwork',
    title: 'Loose ends',
    description: 'Untangle boards for three minutes.',
    targetSeconds: 180,
    progressSeconds: 180,
    rewardPoints: 75,
    state: 'completed',
    completedAt: ago(60),
  }),
];

const questsState = (extra: readonly Quest[] = []): LauncherSlices['quests'] => ({
  status: 'ready',
  quests: [...extra, ...quests],
  balancePoints: 1_250,
  history: [
    makeReceipt(),
    makeReceipt({
      receiptId: 'rcp_3B8TZP1L',
      questTitle: 'Woodcutter',
      questId: 'ironwood-1',
      gameId: 'ironwood',
      points: 500,
      at: ago(60 * 24 * 8),
    }),
    makeReceipt({
      receiptId: 'rcp_0R5VNH6D',
      questTitle: 'The missing note',
      questId: 'glasshaven-1',
      gameId: 'glasshaven',
      points: 700,
      at: ago(60 * 24 * 33),
    }),
  ],
  failure: null,
});

/** Replace what a download changes on its game. */
function withAction(games: LibraryGame[], gameId: string, action: LibraryGame['action']): LibraryGame[] {
  return games.map((game) => (game.gameId === gameId ? { ...game, action } : game));
}

const library = (games: LibraryGame[]): LauncherSlices['library'] => ({
  status: 'ready',
  games,
  failure: null,
});

const queueOf = (first: Partial<Download>): Download[] => [
  makeDownload(first),
  makeDownload({
    gameId: 'overgrown',
    reason: 'install',
    phase: 'queued',
    route: 'chunks',
    downloadedBytes: 0,
    downloadTotalBytes: 6_570_000_000,
    writeTotalBytes: 10_600_000_000,
    savedBytes: 0,
    networkBytesPerSecond: 0,
    diskBytesPerSecond: 0,
    secondsLeft: null,
  }),
  makeDownload({
    gameId: 'knotwork',
    phase: 'queued',
    downloadedBytes: 0,
    downloadTotalBytes: 12_900_000,
    writeTotalBytes: 30_000_000,
    savedBytes: 610_000_000,
    networkBytesPerSecond: 0,
    diskBytesPerSecond: 0,
    secondsLeft: null,
  }),
];

const finished: readonly Download[] = [
  makeDownload({
    gameId: 'stillwater',
    phase: 'done',
    downloadedBytes: 22_400_000,
    downloadTotalBytes: 22_400_000,
    savedBytes: 948_000_000,
    finishedAt: ago(18),
    secondsLeft: null,
  }),
  makeDownload({
    gameId: 'glasshaven',
    reason: 'verify',
    route: null,
    phase: 'done',
    downloadedBytes: 0,
    downloadTotalBytes: 0,
    savedBytes: 0,
    finishedAt: ago(40),
    secondsLeft: null,
    damagedFiles: 3,
  }),
  makeDownload({
    gameId: 'orrery',
    reason: 'install',
    route: 'chunks',
    phase: 'done',
    downloadedBytes: 2_090_000_000,
    downloadTotalBytes: 2_090_000_000,
    savedBytes: 0,
    finishedAt: ago(96),
    secondsLeft: null,
  }),
];

/** Nothing has moved for the last half minute. */
const stopped = (samples: readonly ThroughputSample[]): ThroughputSample[] =>
  samples.map((sample, index) =>
    index < 96 ? sample : { ...sample, networkBytesPerSecond: 0, diskBytesPerSecond: 0 },
  );

const scenarioStates = {
  'signed-out': () => makeSlices({ session: { status: 'signed-out', failure: null } }),
  'session-ended': () =>
    makeSlices({
      session: {
        status: 'signed-out',
        failure: makeFailure({
          code: 'AUTH_SESSION_ENDED',
          message: 'You were signed out on another device.',
          next: 'Sign in again to go on.',
          action: 'sign-in',
        }),
      },
    }),
  loading: () =>
    makeSlices({
      library: { status: 'loading', games: [], failure: null },
      quests: { status: 'loading', quests: [], balancePoints: 0, history: [], failure: null },
    }),
  empty: () => makeSlices(),
  library: (art) => makeSlices({ library: library(sampleGames(art)), quests: questsState() }),
  'library-2000': (art) => makeSlices({ library: library(manyGames(2000, art)), quests: questsState() }),
  downloading: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'pause')),
      quests: questsState(),
      downloads: {
        queue: queueOf({}),
        finished: [...finished],
        throughput: sampleThroughput(),
        allPaused: false,
      },
    }),
  patching: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'pause')),
      quests: questsState(),
      downloads: {
        queue: [
          makeDownload({
            phase: 'patching',
            downloadedBytes: 142_000_000,
            writtenBytes: 34_000_000,
            secondsLeft: 9,
          }),
        ],
        finished: [],
        throughput: sampleThroughput(0.6),
        allPaused: false,
      },
    }),
  moving: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'pause')),
      quests: questsState(),
      downloads: {
        queue: [
          makeDownload({
            reason: 'move',
            version: '1.0.0',
            phase: 'copying',
            route: 'none',
            downloadedBytes: 0,
            downloadTotalBytes: 0,
            writtenBytes: 250_000_000,
            writeTotalBytes: 640_000_000,
            savedBytes: 0,
            networkBytesPerSecond: 0,
            secondsLeft: 6,
          }),
        ],
        finished: [],
        throughput: sampleThroughput(0.6),
        allPaused: false,
      },
    }),
  paused: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'resume')),
      quests: questsState(),
      downloads: {
        queue: queueOf({
          phase: 'paused',
          networkBytesPerSecond: 0,
          diskBytesPerSecond: 0,
          secondsLeft: null,
        }).map((download) => ({ ...download, phase: 'paused' as const })),
        finished: [],
        throughput: stopped(sampleThroughput()),
        allPaused: true,
      },
    }),
  failed: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'resume')),
      quests: questsState(),
      downloads: {
        queue: queueOf({
          phase: 'failed',
          writtenBytes: 24_000_000,
          networkBytesPerSecond: 0,
          diskBytesPerSecond: 0,
          secondsLeft: null,
          failure: makeFailure({
            cause: 'The drive has less free space than the build needs while it is being made.',
            findings: [
              'The drive of /home/robin/Games has 480.2 MB free.',
              'Free at least 1.2 GB there: 1.7 GB are needed.',
            ],
          }),
        }),
        finished: [],
        throughput: stopped(sampleThroughput()),
        allPaused: false,
      },
    }),
  /** The CDN is busy and is tried again; another update waits for its hours. */
  waiting: (art) =>
    makeSlices({
      library: library(withAction(sampleGames(art), 'skylark', 'resume')),
      quests: questsState(),
      downloads: {
        queue: queueOf({
          phase: 'failed',
          writtenBytes: 24_000_000,
          networkBytesPerSecond: 0,
          diskBytesPerSecond: 0,
          secondsLeft: null,
          waitsUntil: ago(-2),
          failure: makeFailure({
            code: 'DOWNLOAD_SERVER_BUSY',
            message: 'The download server is busy or failing (status 503).',
            cause: 'The server has too much to do, or is being repaired.',
            next: 'Resume in a few minutes; nothing already downloaded is lost.',
            action: 'wait',
          }),
        }).map((download, index) => (index === 0 ? download : { ...download, waitsUntil: ago(-60 * 7) })),
        finished: [],
        throughput: stopped(sampleThroughput()),
        allPaused: false,
      },
    }),
  offline: (art) =>
    makeSlices({
      connection: { status: 'offline', serviceUrl: 'http://127.0.0.1:7410', lastOnlineAt: ago(42) },
      library: { ...library(sampleGames(art)), status: 'stale' },
      quests: { ...questsState(ready), status: 'stale' },
    }),
  'library-failed': (art) =>
    makeSlices({
      connection: { status: 'service-down', serviceUrl: 'http://127.0.0.1:7410', lastOnlineAt: ago(3) },
      library: {
        ...library(sampleGames(art)),
        status: 'stale',
        failure: makeFailure({
          code: 'SERVICE_UNAVAILABLE',
          message: 'The game service did not answer.',
          next: 'Your games still play. Try again in a minute.',
          action: 'retry',
        }),
      },
      quests: questsState(),
    }),
  'quests-ready': (art) => makeSlices({ library: library(sampleGames(art)), quests: questsState(ready) }),
  playing: (art) =>
    makeSlices({
      library: library(
        sampleGames(art).map((game) =>
          game.gameId === 'stillwater' ? { ...game, action: 'stop' as const, running: true } : game,
        ),
      ),
      quests: questsState(),
    }),
  'launcher-update': (art) =>
    makeSlices({
      library: library(sampleGames(art)),
      quests: questsState(),
      launcher: {
        version: '0.1.0',
        host: 'electron',
        choosesFolders: true,
        update: {
          status: 'ready',
          version: '0.2.0',
          notes: 'Starts in half the time. Downloads can be dragged into order.',
        },
      },
    }),
} satisfies Record<string, (artBase: string | null) => LauncherSlices>;

export type ScenarioName = keyof typeof scenarioStates;
export const scenarioNames = Object.keys(scenarioStates) as ScenarioName[];

export interface ScenarioOptions {
  readonly theme?: 'dark' | 'light';
  readonly textScale?: 1 | 1.15 | 1.3 | 1.5;
  /** Where the sample games' real art is served; null draws stand-ins. */
  readonly artBase?: string | null;
}

/** The whole state of a scenario. */
export function scenario(name: ScenarioName, options: ScenarioOptions = {}): LauncherSlices {
  const { theme = 'dark', textScale = 1, artBase = null } = options;
  const slices = scenarioStates[name](artBase);
  return {
    ...slices,
    settings: { ...slices.settings, settings: makeSettings({ theme, textScale }) },
  };
}

/** What planning answers for a game in every scenario. */
export const samplePlan = (game: LibraryGame, reason: InstallPlan['reason']) => ({
  gameId: game.gameId,
  build: game.latest ?? makeBuild(),
  reason,
  route: reason === 'install' ? ('chunks' as const) : ('patch' as const),
  downloadBytes:
    reason === 'repair' || reason === 'adopt'
      ? 4_200_000
      : ((reason === 'update' ? game.updateBytes : game.latest?.downloadBytes) ?? 0),
  fullBytes: 1_210_000_000,
  diskPeakBytes: Math.round((game.latest?.sizeBytes ?? 0) * (reason === 'install' ? 1.1 : 1.35)),
  lowSpacePeakBytes: null,
  freeBytes: 212_000_000_000,
  folder: '/home/robin/Games',
  patchHops: reason === 'install' ? 0 : 1,
  requests: Math.ceil((reason === 'install' ? (game.latest?.downloadBytes ?? 0) : 40_000_000) / 11_000_000),
  keptBytes: 0,
  estimatedSeconds: reason === 'install' ? Math.round((game.latest?.downloadBytes ?? 0) / 6_250_000) : 14,
  // Of a first install nothing was measured before.
  assumedSpeed: reason === 'install' ? { of: 'network' as const, bytesPerSecond: 6_250_000 } : null,
});
