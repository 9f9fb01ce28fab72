import type { LibraryGame } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { PrimaryActionButton } from '../../components/primary-action-button.tsx';
import { Section } from '../../components/section.tsx';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatAgo } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './continue-playing.module.css';

export function ContinuePlaying({ games }: { readonly games: readonly LibraryGame[] }) {
  if (games.length === 0) return null;
  return (
    <Section
      title={text.home.continuePlaying}
      aside={
        <a href="#/library" className={styles.all}>
          {text.home.wholeLibrary}
        </a>
      }
    >
      <ul className={styles.row}>
        {games.map((game) => (
          <li key={game.gameId} className={styles.game}>
            <a
              href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
              className={styles.link}
            >
              <GameArt game={game} kind="hero" className={styles.art} />
              <span className={styles.title}>{game.title}</span>
            </a>
            <div className={styles.foot}>
              {game.lastPlayedAt !== null && (
                <span className={styles.played}>
                  {text.home.played({ ago: formatAgo(game.lastPlayedAt) })}
                </span>
              )}
              <PrimaryActionButton game={game} size="small" quiet />
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
