import { create } from 'zustand';

export const gameTabs = ['overview', 'quests', 'settings'] as const;
export type GameTab = (typeof gameTabs)[number];

export const settingsSections = [
  'appearance',
  'installs',
  'downloads',
  'updates',
  'account',
  'privacy',
  'diagnostics',
  'about',
] as const;
export type SettingsSection = (typeof settingsSections)[number];

/** Where the player is. Written in the address's hash, so that back and forward work in both hosts. */
export type Place =
  | { readonly screen: 'home' }
  | { readonly screen: 'library' }
  | { readonly screen: 'game'; readonly gameId: string; readonly tab: GameTab }
  | { readonly screen: 'downloads' }
  | { readonly screen: 'quests' }
  | { readonly screen: 'settings'; readonly section: SettingsSection };

export type ScreenName = Place['screen'];

const home: Place = { screen: 'home' };

/** @returns The place a hash names; home for anything unknown. */
export function parsePlace(hash: string): Place {
  const [screen, name, tab] = hash.replace(/^#\/?/, '').split('/').map(decodePart);
  switch (screen) {
    case 'library':
    case 'downloads':
    case 'quests':
      return { screen };
    case 'game':
      if (name === undefined || name === '') return home;
      return { screen, gameId: name, tab: gameTabs.find((known) => known === tab) ?? 'overview' };
    case 'settings':
      return { screen, section: settingsSections.find((known) => known === name) ?? 'appearance' };
    default:
      return home;
  }
}

export function serializePlace(place: Place): string {
  switch (place.screen) {
    case 'game':
      return place.tab === 'overview'
        ? `#/game/${encodeURIComponent(place.gameId)}`
        : `#/game/${encodeURIComponent(place.gameId)}/${place.tab}`;
    case 'settings':
      return `#/settings/${place.section}`;
    default:
      return `#/${place.screen}`;
  }
}

/** A part that is no valid percent-encoding is taken as it stands: the address bar is the player's. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const useNavigation = create<{ readonly place: Place }>()(() => ({
  place: parsePlace(window.location.hash),
}));

export function goTo(place: Place): void {
  window.location.hash = serializePlace(place);
}

/** Change the place without a new step in history: tabs and sections, where back should leave the screen. */
export function switchTo(place: Place): void {
  window.history.replaceState(null, '', serializePlace(place));
  useNavigation.setState({ place });
}

export const openGame = (gameId: string, tab: GameTab = 'overview'): void =>
  goTo({ screen: 'game', gameId, tab });

/** Follow the address; returns how to stop. */
export function followAddress(): () => void {
  const follow = (): void => useNavigation.setState({ place: parsePlace(window.location.hash) });
  window.addEventListener('hashchange', follow);
  return () => window.removeEventListener('hashchange', follow);
}
