import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { LibraryGame } from '../../preload/contract.ts';

export const libraryFilters = ['all', 'installed', 'updates', 'favourites'] as const;
export type LibraryFilter = (typeof libraryFilters)[number];

export const librarySorts = ['played', 'title', 'playtime', 'size'] as const;
export type LibrarySort = (typeof librarySorts)[number];

export interface LibraryView {
  readonly query: string;
  readonly filter: LibraryFilter;
  readonly sort: LibrarySort;
  readonly layout: 'grid' | 'list';
}

/** How the player looks at the library. Belongs to this window, so main does not know it. */
export const useLibraryView = create<LibraryView>()(
  persist((): LibraryView => ({ query: '', filter: 'all', sort: 'played', layout: 'grid' }), {
    name: 'gantry.library-view',
    // The search starts empty every time: a forgotten search looks like missing games.
    partialize: ({ sort, layout }) => ({ sort, layout }),
  }),
);

export function changeLibraryView(change: Partial<LibraryView>): void {
  useLibraryView.setState(change);
}

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

/** Letters without case and accents, so that "bucher" finds "Bücher". */
export const foldForSearch = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase();

/** @returns Whether every word of `query` occurs in the title, studio or tags. An empty query matches. */
export function matchesQuery(game: LibraryGame, query: string): boolean {
  const haystack = foldForSearch([game.title, game.studio, ...game.tags].join(' '));
  return foldForSearch(query)
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

export function matchesFilter(game: LibraryGame, filter: LibraryFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'installed':
      return game.install.status === 'installed';
    case 'updates':
      return game.updateAvailable;
    case 'favourites':
      return game.favourite;
  }
}

const sizeOf = (game: LibraryGame): number =>
  game.install.status === 'installed' ? game.install.sizeBytes : (game.latest?.sizeBytes ?? 0);

const orders: Record<LibrarySort, (a: LibraryGame, b: LibraryGame) => number> = {
  played: (a, b) => (b.lastPlayedAt ?? '').localeCompare(a.lastPlayedAt ?? ''),
  title: (a, b) => collator.compare(a.title, b.title),
  playtime: (a, b) => b.playSeconds - a.playSeconds,
  size: (a, b) => sizeOf(b) - sizeOf(a),
};

/** The games of a view in its order; ties by title, so that the order never jumps. */
export function selectGames(games: readonly LibraryGame[], view: LibraryView): LibraryGame[] {
  const order = orders[view.sort];
  return games
    .filter((game) => matchesFilter(game, view.filter) && matchesQuery(game, view.query))
    .sort((a, b) => order(a, b) || orders.title(a, b));
}
