import { describe, expect, it } from 'vitest';
import { parsePlace, serializePlace, type Place } from './navigation-slice.ts';

const places: readonly Place[] = [
  { screen: 'home' },
  { screen: 'library' },
  { screen: 'downloads' },
  { screen: 'quests' },
  { screen: 'game', gameId: 'skylark', tab: 'overview' },
  { screen: 'game', gameId: 'skylark', tab: 'settings' },
  { screen: 'settings', section: 'privacy' },
];

describe('a place', () => {
  it.each(places)('comes back from its address: %o', (place) => {
    expect(parsePlace(serializePlace(place))).toEqual(place);
  });

  it.each(['', '#', '#/', '#/nowhere', '#/game', '#/game/', '#//'])('is home for the address %o', (hash) => {
    expect(parsePlace(hash)).toEqual({ screen: 'home' });
  });

  it('falls back to the first tab and section for unknown ones', () => {
    expect(parsePlace('#/game/skylark/cheats')).toMatchObject({ tab: 'overview' });
    expect(parsePlace('#/settings/secrets')).toEqual({ screen: 'settings', section: 'appearance' });
  });

  it('takes broken percent-encoding as it stands', () => {
    expect(parsePlace('#/game/50%')).toMatchObject({ gameId: '50%' });
  });
});
