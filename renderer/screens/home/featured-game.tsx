import type { LibraryGame } from '../../../preload/contract.ts';
import { gameStatus } from '../../components/game-status.ts';
import { Hero } from '../../components/hero.tsx';
import { PrimaryActionButton } from '../../components/primary-action-button.tsx';
import { useDownload } from '../../state/downloads-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatAgo } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './featured-game.module.css';

/** The first thing one sees: one game, its art, one button. */
export function FeaturedGame({ game }: { readonly game: LibraryGame }) {
  const download = useDownload(game.gameId);
  return (
    <Hero game={game} tall>
      <h1 className={styles.title} tabIndex={-1}>
        {game.title}
      </h1>
      <p className={styles.tagline}>{game.tagline}</p>
      <div className={styles.actions}>
        <PrimaryActionButton game={game} />
        <a
          className={styles.open}
          href={serializePlace({ screen: 'game', gameId: game.gameId, tab: 'overview' })}
        >
          {text.home.open}
        </a>
        <p className={styles.facts}>
          <span>{gameStatus(game, download)}</span>
          {game.lastPlayedAt !== null && (
            <span>{text.home.played({ ago: formatAgo(game.lastPlayedAt) })}</span>
          )}
          {game.playSeconds > 0 && <span>{text.home.playtime({ seconds: game.playSeconds })}</span>}
        </p>
      </div>
    </Hero>
  );
}
