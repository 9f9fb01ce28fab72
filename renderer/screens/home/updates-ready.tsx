import { useShallow } from 'zustand/react/shallow';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { GameArt } from '../../components/game-art.tsx';
import { Section } from '../../components/section.tsx';
import { updateInstall, useLibrary } from '../../state/library-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatBytes } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './rows.module.css';

/** Installed games with a newer build, each updated in place. */
export function UpdatesReady() {
  const games = useLibrary(
    useShallow((library) => library.games.filter((game) => game.updateAvailable && game.action === 'update')),
  );
  if (games.length === 0) return null;
  const updateAll = (): void => {
    for (const game of games) void updateInstall(game.gameId);
  };
  return (
    <Section
      title={text.home.updates}
      aside={
        games.length > 1 && (
          <Button look="plain" size="small" onClick={updateAll}>
            {text.home.updateAll}
          </Button>
        )
      }
    >
      <ul className={styles.rows}>
        {games.slice(0, 4).map((game) => (
          <UpdateRow key={game.gameId} game={game} />
        ))}
      </ul>
    </Section>
  );
}

function UpdateRow({ game }: { readonly game: LibraryGame }) {
  const { install, latest } = game;
  if (install.status !== 'installed' || latest === null) return null;
  return (
    <li className={styles.row}>
      <GameArt game={game} kind="icon" className={styles.icon} />
      <a
        className={styles.words}
        href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
      >
        <span className={styles.title}>{game.title}</span>
        <span className={styles.note}>
          {text.home.versions({ old: install.build.version, next: latest.version })}
        </span>
      </a>
      <span className={styles.figure}>{game.updateBytes !== null && formatBytes(game.updateBytes)}</span>
      <Button
        size="small"
        aria-label={text.home.updateOne({ title: game.title })}
        onClick={() => void updateInstall(game.gameId)}
      >
        {text.actions.update}
      </Button>
    </li>
  );
}
