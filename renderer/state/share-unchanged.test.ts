import { describe, expect, it } from 'vitest';
import { makeGame } from '../testing/builders.ts';
import { shareUnchanged } from './share-unchanged.ts';

const copy = <Value>(value: Value): Value => structuredClone(value);

describe('shareUnchanged', () => {
  it('returns the old value when the new one is equal in depth', () => {
    const old = { games: [makeGame(), makeGame({ gameId: 'orrery' })], failure: null };
    expect(shareUnchanged(old, copy(old))).toBe(old);
  });

  it('keeps the games that did not change and replaces the one that did', () => {
    const old = { games: [makeGame(), makeGame({ gameId: 'orrery' })] };
    const next = copy(old);
    next.games[1] = makeGame({ gameId: 'orrery', favourite: true });
    const shared = shareUnchanged(old, next);
    expect(shared).not.toBe(old);
    expect(shared.games[0]).toBe(old.games[0]);
    expect(shared.games[1]).toEqual(next.games[1]);
    expect(shared.games[1]?.art).toBe(old.games[1]?.art);
  });

  it('follows a game to its new place in the list', () => {
    const old = { games: [makeGame(), makeGame({ gameId: 'orrery' })] };
    const next = { games: copy(old.games).reverse() };
    const shared = shareUnchanged(old, next);
    expect(shared.games).toEqual(next.games);
    expect(shared.games[1]).toBe(old.games[0]);
  });

  it('sees an item or a field that is gone', () => {
    const old: { list: number[]; extra?: number } = { list: [1, 2, 3], extra: 1 };
    expect(shareUnchanged(old, { list: [1, 2] })).toEqual({ list: [1, 2] });
  });

  it('does not confuse null, lists and objects', () => {
    const shared = shareUnchanged<{ value: unknown }>({ value: {} }, { value: [] });
    expect(shared.value).toEqual([]);
    expect(shareUnchanged<unknown>({ a: 1 }, null)).toBeNull();
  });
});
