import { useEffect } from 'react';
import { goTo, type Place } from '../state/navigation-slice.ts';
import { openQuickSwitch } from '../shell/quick-switch-state.ts';

/** Alt and a digit go to the rail's places, in its order. */
const railPlaces: readonly Place[] = [
  { screen: 'home' },
  { screen: 'library' },
  { screen: 'downloads' },
  { screen: 'quests' },
  { screen: 'settings', section: 'appearance' },
];

/** Ctrl or Cmd+K opens the quick switch; Alt+1 to Alt+5 change the screen. Never a bare letter: those are for typing. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!runShortcut(event)) return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function runShortcut(event: KeyboardEvent): boolean {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
    openQuickSwitch();
    return true;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return false;
  // The key's position, because Alt and a digit make other characters on some layouts.
  const place = railPlaces[Number(/^Digit([1-5])$/.exec(event.code)?.[1] ?? 0) - 1];
  if (place === undefined) return false;
  goTo(place);
  return true;
}
