import { describe, expect, it } from 'vitest';
import { ago, installed, makeGame } from '../testing/builders.ts';
import { manyGames } from '../testing/sample-library.ts';
import { matchesQuery, selectGames, type LibraryView } from './library-view-slice.ts';

const view = (change: Partial<LibraryView> = {}): LibraryView => ({
  query: '',
  filter: 'all',
  sort: 'title',
  layout: 'grid',
  ...change,
});

const games = [
  makeGame({ gameId: 'b', title: 'Bücher', tags: ['Puzzle'], lastPlayedAt: ago(10), playSeconds: 5 }),
  makeGame({
    gameId: 'a',
    title: 'Älter 10',
    install: installed({ sizeBytes: 9_000_000_000 }),
    lastPlayedAt: ago(90),
    playSeconds: 900,
  }),
  makeGame({ gameId: 'c', title: 'Älter 9', favourite: true, updateAvailable: true }),
];

const titles = (change: Partial<LibraryView>): string[] =>
  selectGames(games, view(change)).map((game) => game.title);

describe('selectGames', () => {
  it('sorts titles as people do: accents beside their letter, numbers by value', () => {
    expect(titles({})).toEqual(['Älter 9', 'Älter 10', 'Bücher']);
  });

  it('puts the last played first and the never played last', () => {
    expect(titles({ sort: 'played' })).toEqual(['Bücher', 'Älter 10', 'Älter 9']);
  });

  it('sorts by time played and by size on disk', () => {
    expect(titles({ sort: 'playtime' })[0]).toBe('Älter 10');
    expect(titles({ sort: 'size' })[0]).toBe('Älter 10');
  });

  it('filters installed games, updates and favourites', () => {
    expect(titles({ filter: 'installed' })).toEqual(['Älter 10']);
    expect(titles({ filter: 'updates' })).toEqual(['Älter 9']);
    expect(titles({ filter: 'favourites' })).toEqual(['Älter 9']);
  });

  it('does not change the list it was given', () => {
    const before = games.map((game) => game.gameId);
    selectGames(games, view());
    expect(games.map((game) => game.gameId)).toEqual(before);
  });

  it('finds one of two thousand games', () => {
    expect(
      selectGames(manyGames(2000, null), view({ query: 'orrery 99' })).map((game) => game.title),
    ).toEqual(['Orrery 99']);
  });
});

describe('matchesQuery', () => {
  const [bucher] = games;
  it.each(['', 'BUCH', 'bücher', 'puzzle', 'lantern', 'puzzle  buch '])('finds the game by %o', (query) => {
    expect(bucher && matchesQuery(bucher, query)).toBe(true);
  });

  it('wants every word', () => {
    expect(bucher && matchesQuery(bucher, 'bücher skylark')).toBe(false);
  });
});
