import type { LibraryGame } from '../../../preload/contract.ts';

const recentMax = 4;

const lastPlayedFirst = (a: LibraryGame, b: LibraryGame): number =>
  (b.lastPlayedAt ?? '').localeCompare(a.lastPlayedAt ?? '');

/**
 * The game Home opens with: the one that runs, else the one played last, else the first favourite, else the first.
 * @returns null for an empty library.
 */
export function chooseFeatured(games: readonly LibraryGame[]): LibraryGame | null {
  const played = games.filter((game) => game.lastPlayedAt !== null).sort(lastPlayedFirst);
  return (
    games.find((game) => game.running) ??
    played[0] ??
    games.find((game) => game.favourite) ??
    games.find((game) => game.art.hero !== null) ??
    games[0] ??
    null
  );
}

/** The games played last without the featured one, newest first. */
export function chooseRecent(games: readonly LibraryGame[], featuredId: string | null): LibraryGame[] {
  return games
    .filter((game) => game.lastPlayedAt !== null && game.gameId !== featuredId)
    .sort(lastPlayedFirst)
    .slice(0, recentMax);
}
