import { expect, test } from 'vitest';
import { strikeEveryCall } from '../testing/simulation/strike-every-call.ts';

test.each([
  ['whole', 'power'],
  ['low-space', 'power'],
] as const)(
  'struck at any call of an update (%s, by %s), what is the player’s is at its place or beside it and told of',
  async (mode, effect) => {
    const { untold, failures } = await strikeEveryCall({ mode, effect });
    expect(failures).toEqual([]);
    expect(untold).toBeGreaterThan(10);
  },
  240_000,
);
