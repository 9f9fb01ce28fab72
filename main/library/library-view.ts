import type { Build, Depot, LibraryGame as ServiceGame } from '../../backend/api/contract.ts';
import type {
  BuildSummary,
  Download,
  InstallState,
  LibraryGame,
  PrimaryAction,
  Settings,
} from '../../preload/contract.ts';
import type { GamePreference, InstalledRecord } from './library-cache.ts';

/** Everything one game's card is made of. */
export interface LibraryViewInput {
  readonly game: ServiceGame;
  readonly preference: GamePreference;
  readonly installed: InstalledRecord | undefined;
  readonly download: Download | undefined;
  readonly running: boolean;
  /** See `installs/update-sizes.ts`. */
  readonly updateBytes: (oldBuildId: number, newBuildId: number) => number | null;
  readonly platform: NodeJS.Platform;
  readonly defaultUpdatePolicy: Settings['defaultUpdatePolicy'];
}

/**
 * A channel of this ending announces what the one it is named after will be: its build can be made ready beforehand,
 * and is put in place when the other channel leads to it. Players do not choose it.
 */
const ANNOUNCING = '-preload';

/** The channel a game follows until the player chooses another. */
const DEFAULT_CHANNEL = 'stable';

/** A game as the renderer shows it. Pure. */
export function viewGame(input: LibraryViewInput): LibraryGame {
  const { game, preference, installed, download, running } = input;
  const depot = installed?.depot ?? chooseDepot(game, input.platform);
  const channels = channelsOf(game, depot);
  const channel = chooseChannel(channels, preference.channel ?? installed?.channel ?? null);
  const latest = latestBuild(game, depot, channel);
  const updateAvailable =
    installed !== undefined && latest !== null && latest.buildId !== installed.build.buildId;
  const { gameId, title, studio, tagline, description, tags, accentColour } = game;
  return {
    gameId,
    title,
    studio,
    tagline,
    description,
    tags,
    accentColour,
    art: artOf(game),
    depot,
    channel,
    channels,
    latest,
    install: installStateOf(installed),
    updateAvailable,
    updateBytes: updateAvailable ? input.updateBytes(installed.build.buildId, latest.buildId) : null,
    updatePolicy: preference.updatePolicy ?? input.defaultUpdatePolicy,
    preload: preloadOf({ game, installed, latest, channel }),
    action: primaryAction({ installed, download, running, updateAvailable, latest }),
    favourite: preference.favourite,
    running,
    playSeconds: preference.playSeconds,
    lastPlayedAt: preference.lastPlayedAt,
    launchArguments: preference.launchArguments,
  };
}

/** A game that is installed but that the service no longer lists: it stays playable. */
export function viewOrphan(installed: InstalledRecord, input: Omit<LibraryViewInput, 'game'>): LibraryGame {
  const game: ServiceGame = {
    gameId: installed.gameId,
    title: installed.gameId,
    organisationId: '',
    studio: '',
    tagline: '',
    description: '',
    tags: [],
    accentColour: '#5CCFE6',
    access: 'entitled',
    art: {},
    depots: [],
  };
  return viewGame({ ...input, game, installed });
}

/** What a machine can run, best first: its own depot, then the web's. */
export function chooseDepot(game: ServiceGame, platform: NodeJS.Platform): Depot | null {
  const own = depotOfPlatform(platform);
  const published = game.depots.filter(({ channels }) => channels.length > 0).map(({ depot }) => depot);
  if (own !== null && published.includes(own)) return own;
  return published.includes('web') ? 'web' : null;
}

function depotOfPlatform(platform: NodeJS.Platform): Depot | null {
  if (platform === 'win32') return 'windows';
  if (platform === 'darwin') return 'macos';
  return platform === 'linux' ? 'linux' : null;
}

export function channelsOf(game: ServiceGame, depot: Depot | null): string[] {
  const found = game.depots.find((each) => each.depot === depot);
  const names = (found?.channels ?? []).map(({ channel }) => channel);
  return names.filter((channel) => !channel.endsWith(ANNOUNCING)).toSorted();
}

/** The wished channel where it exists, else `stable`, else the first there is. */
export function chooseChannel(channels: readonly string[], wished: string | null): string {
  if (wished !== null && channels.includes(wished)) return wished;
  return channels.includes(DEFAULT_CHANNEL) ? DEFAULT_CHANNEL : (channels[0] ?? wished ?? DEFAULT_CHANNEL);
}

export function latestBuild(game: ServiceGame, depot: Depot | null, channel: string): BuildSummary | null {
  const build = game.depots
    .find((each) => each.depot === depot)
    ?.channels.find((each) => each.channel === channel)?.build;
  return build === undefined ? null : summariseBuild(build);
}

export function summariseBuild(build: Build): BuildSummary {
  const { buildId, version, notes, createdAt, sizeBytes, downloadBytes } = build;
  return { buildId, version, notes, createdAt, sizeBytes, downloadBytes };
}

/** Where the build that is announced for a channel is found. */
export function announcingChannel(channel: string): string {
  return `${channel}${ANNOUNCING}`;
}

/** What can be made ready beforehand: what is announced, else the update that waits. */
function preloadOf({
  game,
  installed,
  latest,
  channel,
}: {
  readonly game: ServiceGame;
  readonly installed: InstalledRecord | undefined;
  readonly latest: BuildSummary | null;
  readonly channel: string;
}): LibraryGame['preload'] {
  if (installed === undefined) return null;
  const coming = latestBuild(game, installed.depot, announcingChannel(channel));
  // Older than what the channel has: its day is over.
  const announced = coming !== null && coming.buildId > (latest?.buildId ?? 0);
  const build = announced ? coming : latest;
  if (build === null || build.buildId === installed.build.buildId) return null;
  return { build, announced, ready: installed.preloadedBuildId === build.buildId };
}

function installStateOf(installed: InstalledRecord | undefined): InstallState {
  if (installed === undefined) return { status: 'not-installed' };
  const { build, folder, installedAt, damaged, verifiedAt, previous } = installed;
  const { sizeBytes } = build;
  return { status: 'installed', build, folder, sizeBytes, installedAt, damaged, verifiedAt, previous };
}

/** Art comes from the host's own origin, which keeps it for offline use; see `library/art.ts`. */
function artOf(game: ServiceGame): LibraryGame['art'] {
  const url = (kind: keyof ServiceGame['art']) =>
    game.art[kind] === undefined ? null : `/art/${game.gameId}/${kind}`;
  const screenshots = (['screenshot-1', 'screenshot-2', 'screenshot-3'] as const)
    .map(url)
    .filter((each) => each !== null);
  return { cover: url('cover'), hero: url('hero'), icon: url('icon'), screenshots };
}

interface ActionInput {
  readonly installed: InstalledRecord | undefined;
  readonly download: Download | undefined;
  readonly running: boolean;
  readonly updateAvailable: boolean;
  readonly latest: BuildSummary | null;
}

/** What the one big button does. The old build stays playable while the new one downloads, so only a first install blocks playing. */
export function primaryAction(input: ActionInput): PrimaryAction {
  const { installed, download, running, updateAvailable, latest } = input;
  if (running) return 'stop';
  if (download !== undefined && download.phase !== 'done') {
    if (download.phase === 'paused' || download.phase === 'failed') return 'resume';
    if (installed === undefined) return 'pause';
    const keepsOld = download.reason === 'update' || download.reason === 'preload';
    return installed.damaged || !keepsOld ? 'pause' : 'play';
  }
  if (installed === undefined) return latest === null ? 'unavailable' : 'install';
  if (installed.damaged) return 'repair';
  return updateAvailable ? 'update' : 'play';
}
