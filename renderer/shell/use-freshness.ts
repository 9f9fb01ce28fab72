import { useEffect } from 'react';
import { freshenLibrary } from '../state/library-slice.ts';
import type { Place } from '../state/navigation-slice.ts';

const freshScreens: readonly Place['screen'][] = ['home', 'library'];

/** Whoever comes back to the window, or to a screen that shows what is new, sees what is new; main decides how often. */
export function useFreshness({ screen }: Place): void {
  useEffect(() => {
    if (freshScreens.includes(screen)) freshenLibrary();
  }, [screen]);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') freshenLibrary();
    };
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
}
