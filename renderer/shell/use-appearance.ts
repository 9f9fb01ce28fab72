import { useEffect } from 'react';
import { useSettings } from '../state/settings-slice.ts';

/** Write theme, text size and motion on the root element, following the system where the player says so. */
export function useAppearance(): void {
  const theme = useSettings(({ settings }) => settings.theme);
  const textScale = useSettings(({ settings }) => settings.textScale);
  const reducedMotion = useSettings(({ settings }) => settings.reducedMotion);
  useEffect(
    () =>
      followSystem('(prefers-color-scheme: light)', (light) => {
        document.documentElement.dataset['theme'] = theme === 'system' ? (light ? 'light' : 'dark') : theme;
      }),
    [theme],
  );
  useEffect(
    () =>
      followSystem('(prefers-reduced-motion: reduce)', (reduce) => {
        const reduced = reducedMotion === 'on' || (reducedMotion === 'system' && reduce);
        document.documentElement.dataset['motion'] = reduced ? 'reduced' : 'full';
      }),
    [reducedMotion],
  );
  useEffect(() => {
    document.documentElement.dataset['textScale'] = String(textScale);
  }, [textScale]);
}

/** Call `apply` now and whenever the system changes its mind. */
function followSystem(query: string, apply: (matches: boolean) => void): () => void {
  const system = window.matchMedia(query);
  const follow = (): void => apply(system.matches);
  follow();
  system.addEventListener('change', follow);
  return () => system.removeEventListener('change', follow);
}
