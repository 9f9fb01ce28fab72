import { type LinkTarget, linkTargetSchema } from '../../preload/contract.ts';
import { launcherErrors } from '../launcher-errors.ts';

/** Longer than any link of this grammar. */
const LINK_MAX_LENGTH = 128;
const GAME_LINK = /^gantry:\/\/game\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9]))(?:\/(install|play))?\/?$/;
const VIEW_LINK = /^gantry:\/\/(home|library|downloads|quests|settings)\/?$/;

/**
 * What a `gantry://` link shows. The whole grammar:
 * `gantry://game/<game>[/install|/play]` and `gantry://home|library|downloads|quests|settings`, lower case, nothing else:
 * no query, no fragment, no escapes. A link only shows something and asks; it never starts or changes anything by itself,
 * and no part of it reaches a process's arguments.
 * @throws {AppError} `LINK_INVALID`.
 */
export function parseDeepLink(link: string): LinkTarget {
  const game = link.length <= LINK_MAX_LENGTH ? GAME_LINK.exec(link) : null;
  if (game !== null) {
    return linkTargetSchema.parse({ view: 'game', gameId: game[1], intent: game[2] ?? 'show' });
  }
  const view = link.length <= LINK_MAX_LENGTH ? VIEW_LINK.exec(link) : null;
  if (view !== null) return linkTargetSchema.parse({ view: view[1], gameId: null, intent: 'show' });
  throw launcherErrors.error('LINK_INVALID');
}

/** The first argument that looks like a link, as a system hands it over when it starts the app for one. */
export function findDeepLink(argv: readonly string[]): string | undefined {
  return argv.find((argument) => argument.startsWith('gantry://'));
}
