import { Menu } from '@base-ui/react/menu';
import {
  Download,
  House,
  LibraryBig,
  LogOut,
  RefreshCw,
  Search,
  Settings,
  Trophy,
  UserRound,
} from 'lucide-react';
import { useMemo, type ComponentType, type ReactNode } from 'react';
import { MenuItem, MenuPopup } from '../components/menu.tsx';
import { GameArt } from '../components/game-art.tsx';
import { useDownloads } from '../state/downloads-slice.ts';
import { restartToUpdate, useLauncher } from '../state/launcher-slice.ts';
import { useLibrary } from '../state/library-slice.ts';
import {
  goTo,
  serializePlace,
  useNavigation,
  type Place,
  type ScreenName,
} from '../state/navigation-slice.ts';
import { useQuests } from '../state/quests-slice.ts';
import { signOut, useSession } from '../state/session-slice.ts';
import { text } from '../text/text.ts';
import { Mark } from './mark.tsx';
import { openQuickSwitch } from './quick-switch-state.ts';
import styles from './rail.module.css';

/** The rail: where one can go, the installed games within one press, the account at the bottom. */
export function Rail() {
  return (
    <nav className={styles.rail} aria-label={text.rail.label}>
      <a href="#/home" className={styles.brand} aria-label={text.app.name}>
        <Mark />
        <span className={styles.word} aria-hidden>
          {text.app.name}
        </span>
      </a>
      <button type="button" className={styles.search} onClick={openQuickSwitch} title={text.rail.search}>
        <Search aria-hidden />
        <span className={styles.label}>{text.rail.search}</span>
        <kbd className={styles.keys} aria-hidden>
          {text.rail.searchKeys}
        </kbd>
      </button>
      <ul className={styles.links}>
        <RailLink place={{ screen: 'home' }} icon={House} />
        <RailLink place={{ screen: 'library' }} icon={LibraryBig} />
        <RailLink place={{ screen: 'downloads' }} icon={Download} badge={<DownloadsBadge />} />
        <RailLink place={{ screen: 'quests' }} icon={Trophy} badge={<QuestsBadge />} />
        <RailLink place={{ screen: 'settings', section: 'appearance' }} icon={Settings} />
      </ul>
      <InstalledGames />
      <div className={styles.foot}>
        <LauncherUpdatePill />
        <AccountMenu />
      </div>
    </nav>
  );
}

interface RailLinkProps {
  readonly place: Place & { readonly screen: Exclude<ScreenName, 'game'> };
  readonly icon: ComponentType<{ readonly 'aria-hidden': true }>;
  readonly badge?: ReactNode;
}

function RailLink({ place, icon: Icon, badge }: RailLinkProps) {
  const current = useNavigation((navigation) => navigation.place.screen === place.screen);
  const label = text.rail[place.screen];
  return (
    <li>
      <a
        href={serializePlace(place)}
        className={styles.link}
        aria-current={current ? 'page' : undefined}
        title={label}
      >
        <Icon aria-hidden />
        <span className={styles.label}>{label}</span>
        {badge}
      </a>
    </li>
  );
}

function DownloadsBadge() {
  const count = useDownloads((downloads) => downloads.queue.length);
  return count === 0 ? null : <Badge count={count} label={text.rail.downloadsCount({ count })} />;
}

function QuestsBadge() {
  const count = useQuests(({ quests }) => quests.filter((quest) => quest.state === 'completed').length);
  return count === 0 ? null : <Badge count={count} label={text.rail.questsReady({ count })} />;
}

function Badge({ count, label }: { readonly count: number; readonly label: string }) {
  return (
    <span className={styles.badge}>
      <span aria-hidden>{count}</span>
      <span className="visually-hidden">{label}</span>
    </span>
  );
}

const shortcutsMax = 8;

function InstalledGames() {
  const games = useLibrary((library) => library.games);
  const openId = useNavigation(({ place }) => (place.screen === 'game' ? place.gameId : null));
  const recent = useMemo(
    () =>
      games
        .filter((game) => game.install.status === 'installed')
        .sort(
          (a, b) =>
            Number(b.favourite) - Number(a.favourite) ||
            (b.lastPlayedAt ?? '').localeCompare(a.lastPlayedAt ?? ''),
        )
        .slice(0, shortcutsMax),
    [games],
  );
  if (recent.length === 0) return <div className={styles.games} />;
  return (
    <section className={styles.games} aria-labelledby="rail-installed">
      <h2 id="rail-installed" className={styles.heading}>
        {text.rail.installed}
      </h2>
      <ul>
        {recent.map((game) => (
          <li key={game.gameId}>
            <a
              href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
              className={styles.game}
              aria-current={openId === game.gameId ? 'page' : undefined}
              title={game.title}
            >
              <GameArt game={game} kind="icon" className={styles.gameIcon} />
              <span className={styles.label}>{game.title}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function LauncherUpdatePill() {
  const update = useLauncher((launcher) => launcher.update);
  if (update.status === 'downloading') {
    return (
      <p className={styles.updating}>
        <RefreshCw aria-hidden />
        <span className={styles.label}>{text.launcherUpdate.downloading(update)}</span>
      </p>
    );
  }
  if (update.status !== 'ready') return null;
  const label = text.launcherUpdate.ready(update);
  return (
    <button type="button" className={styles.pill} onClick={() => void restartToUpdate()} title={label}>
      <RefreshCw aria-hidden />
      <span className={styles.label}>{label}</span>
    </button>
  );
}

function AccountMenu() {
  const name = useSession((session) => (session.status === 'signed-in' ? session.displayName : ''));
  return (
    <Menu.Root>
      <Menu.Trigger className={styles.account} aria-label={text.account.menu({ name })}>
        <span className={styles.avatar} aria-hidden>
          {Array.from(name)[0]}
        </span>
        <span className={styles.label} aria-hidden>
          {name}
        </span>
      </Menu.Trigger>
      <Menu.Portal>
        <section aria-label={text.account.menu({ name })}>
          <Menu.Positioner className={styles.menuPlace} side="top" align="start" sideOffset={8}>
            <MenuPopup>
              <MenuItem icon={UserRound} onClick={() => goTo({ screen: 'settings', section: 'account' })}>
                {text.account.settings}
              </MenuItem>
              <MenuItem icon={LogOut} onClick={() => void signOut()}>
                {text.account.signOut}
              </MenuItem>
            </MenuPopup>
          </Menu.Positioner>
        </section>
      </Menu.Portal>
    </Menu.Root>
  );
}
