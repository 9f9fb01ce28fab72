import type { ReactNode } from 'react';
import type { LibraryGame } from '../../preload/contract.ts';
import { GameArt } from './game-art.tsx';
import styles from './hero.module.css';

interface HeroProps {
  readonly game: LibraryGame;
  readonly children: ReactNode;
  /** As high as Home's opening; else the lower band of a game page. */
  readonly tall?: boolean;
}

/**
 * Art from edge to edge with words on its dark foot. The words are night-coloured in both themes, because they
 * stand on the picture; at night the foot fades into the page, by day it ends in an edge.
 */
export function Hero({ game, children, tall = false }: HeroProps) {
  return (
    <div className={styles.hero} data-theme="dark" data-tall={tall}>
      <GameArt game={game} kind="hero" className={styles.art} eager />
      <div className={styles.scrim} />
      <div className={styles.words}>{children}</div>
    </div>
  );
}
