/**
 * Where a game stands in the framework's tree. The role `game-<id>` is delegated these paths and no others:
 * `<game>/channels/<depot>/<channel>` and `<game>/manifests/<depot>/<sha256>`. Both name a build's manifest; a channel
 * is a pointer, a manifest target says "this build is mine" and lets a channel be moved to it later.
 */
const ID = '[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?';
const GAME_ROLE = new RegExp(`^game-(${ID})$`);
const DEPOT = '(windows|linux|macos|web)';
const TARGET_PATH = new RegExp(
  `^(${ID})/(?:channels/${DEPOT}/([a-z0-9][a-z0-9-]{0,31})|manifests/${DEPOT}/([0-9a-f]{64}))$`,
);
export const SCOPE = new RegExp(`^${ID}$`);

export type TargetPath = { readonly gameId: string; readonly depot: string } & (
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'manifest'; readonly sha256: string }
);

export function roleOfGame(gameId: string): string {
  return `game-${gameId}`;
}

/** The game a role signs for, or undefined for any other name. */
export function gameOfRole(role: string): string | undefined {
  return GAME_ROLE.exec(role)?.[1];
}

/** What a game's role may sign: patterns of the framework, in which `*` stands for one segment. */
export function delegatedPaths(gameId: string): string[] {
  return [`${gameId}/channels/*/*`, `${gameId}/manifests/*/*`];
}

export function channelPath(place: {
  readonly gameId: string;
  readonly depot: string;
  readonly channel: string;
}): string {
  return `${place.gameId}/channels/${place.depot}/${place.channel}`;
}

export function manifestPath(place: {
  readonly gameId: string;
  readonly depot: string;
  readonly sha256: string;
}): string {
  return `${place.gameId}/manifests/${place.depot}/${place.sha256}`;
}

/** The reverse of {@link channelPath} and {@link manifestPath}; undefined for any other path. */
export function parseTargetPath(path: string): TargetPath | undefined {
  const [, gameId, channelDepot, channel, manifestDepot, sha256] = TARGET_PATH.exec(path) ?? [];
  if (gameId === undefined) return undefined;
  if (channelDepot !== undefined && channel !== undefined) {
    return { kind: 'channel', gameId, depot: channelDepot, channel };
  }
  if (manifestDepot !== undefined && sha256 !== undefined) {
    return { kind: 'manifest', gameId, depot: manifestDepot, sha256 };
  }
  return undefined;
}
