import { useShallow } from 'zustand/react/shallow';
import { GameArt } from '../../components/game-art.tsx';
import { Section } from '../../components/section.tsx';
import { useLibrary } from '../../state/library-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatBytes } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './not-installed.module.css';

const shownMax = 6;

/** Games the player owns and has not installed: covers, because nothing else is known of them yet. */
export function NotInstalled({ featuredId }: { readonly featuredId: string }) {
  const games = useLibrary(
    useShallow((library) =>
      library.games
        .filter((game) => game.action === 'install' && game.gameId !== featuredId)
        .slice(0, shownMax),
    ),
  );
  if (games.length === 0) return null;
  return (
    <Section title={text.home.discover}>
      <ul className={styles.row}>
        {games.map((game) => (
          <li key={game.gameId}>
            <a
              className={styles.link}
              href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
            >
              <GameArt game={game} kind="cover" />
              <span className={styles.title}>{game.title}</span>
              {game.latest !== null && (
                <span className={styles.note}>{formatBytes(game.latest.downloadBytes)}</span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}
