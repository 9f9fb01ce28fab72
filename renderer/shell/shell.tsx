import { ScrollArea } from '@base-ui/react/scroll-area';
import { useEffect, useRef } from 'react';
import { useGamepad } from '../input/use-gamepad.ts';
import { useShortcuts } from '../input/use-shortcuts.ts';
import { DownloadsScreen } from '../screens/downloads/downloads-screen.tsx';
import { GameScreen } from '../screens/game/game-screen.tsx';
import { HomeScreen } from '../screens/home/home-screen.tsx';
import { LibraryScreen } from '../screens/library/library-screen.tsx';
import { QuestsScreen } from '../screens/quests/quests-screen.tsx';
import { SettingsScreen } from '../screens/settings/settings-screen.tsx';
import { useGame } from '../state/library-slice.ts';
import { followAddress, useNavigation, type Place } from '../state/navigation-slice.ts';
import { text } from '../text/text.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { DownloadsStrip } from './downloads-strip.tsx';
import { QuickSwitch } from './quick-switch.tsx';
import { Rail } from './rail.tsx';
import { ScrollAreaContext } from './scroll-area.ts';
import styles from './shell.module.css';
import { useFreshness } from './use-freshness.ts';

/** Everything around a screen: rail, banner, strip, quick switch; and the screen of the place. */
export function Shell() {
  const place = useNavigation((navigation) => navigation.place);
  const scrollArea = useRef<HTMLElement>(null);
  useEffect(followAddress, []);
  useShortcuts();
  useGamepad();
  usePageTitle(place);
  useArrival(place, scrollArea);
  useFreshness(place);
  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip} onClick={(event) => skipTo(event, scrollArea.current)}>
        {text.app.skip}
      </a>
      <Rail />
      <div className={styles.column}>
        <ConnectionBanner />
        <ScrollArea.Root className={styles.scroller}>
          <ScrollArea.Viewport
            render={<main ref={scrollArea} />}
            role={undefined}
            id="content"
            tabIndex={-1}
            className={styles.content}
          >
            <ScrollArea.Content className={styles.screen} style={{ minWidth: 0 }}>
              <ScrollAreaContext value={scrollArea}>
                <Screen place={place} />
              </ScrollAreaContext>
            </ScrollArea.Content>
          </ScrollArea.Viewport>
          <ScrollArea.Scrollbar className={styles.scrollbar}>
            <ScrollArea.Thumb className={styles.thumb} />
          </ScrollArea.Scrollbar>
        </ScrollArea.Root>
        <DownloadsStrip />
      </div>
      <QuickSwitch />
    </div>
  );
}

function Screen({ place }: { readonly place: Place }) {
  switch (place.screen) {
    case 'home':
      return <HomeScreen />;
    case 'library':
      return <LibraryScreen />;
    case 'game':
      return <GameScreen key={place.gameId} gameId={place.gameId} tab={place.tab} />;
    case 'downloads':
      return <DownloadsScreen />;
    case 'quests':
      return <QuestsScreen />;
    case 'settings':
      return <SettingsScreen section={place.section} />;
  }
}

/** The hash is the place, so the skip link moves the focus itself. */
function skipTo(event: React.MouseEvent, content: HTMLElement | null): void {
  event.preventDefault();
  content?.focus();
}

function usePageTitle(place: Place): void {
  const game = useGame(place.screen === 'game' ? place.gameId : '');
  const page = place.screen === 'game' ? (game?.title ?? text.pages.game) : text.rail[place.screen];
  useEffect(() => {
    document.title = text.app.title({ page });
  }, [page]);
}

/** A new screen starts at its top, with the focus on its heading, so that a screen reader says where one is. */
function useArrival(place: Place, scrollArea: React.RefObject<HTMLElement | null>): void {
  const where = place.screen === 'game' ? `game ${place.gameId}` : place.screen;
  const last = useRef(where);
  useEffect(() => {
    if (last.current === where) return;
    last.current = where;
    scrollArea.current?.scrollTo({ top: 0 });
    scrollArea.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [where, scrollArea]);
}
