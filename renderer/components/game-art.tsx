import { useState } from 'react';
import type { LibraryGame } from '../../preload/contract.ts';
import styles from './game-art.module.css';

type ArtSubject = Pick<LibraryGame, 'title' | 'accentColour' | 'art'>;

interface GameArtProps {
  readonly game: ArtSubject;
  readonly kind: 'cover' | 'hero' | 'icon';
  readonly className?: string | undefined;
  /** Load at once: art that is the screen's first impression. */
  readonly eager?: boolean;
}

/**
 * A game's picture. Always beside its title in text, so it is decoration to a screen reader.
 * Where a picture is missing or does not load, the game's colour and first letter stand in.
 */
export function GameArt({ game, kind, className, eager = false }: GameArtProps) {
  const source = game.art[kind];
  const [failedSource, setFailedSource] = useState<string | null>(null);
  const classes = [styles.art, styles[kind], className].filter(Boolean).join(' ');
  if (source === null || source === failedSource) {
    return (
      <span className={classes} style={{ backgroundColor: game.accentColour }} aria-hidden>
        <span className={styles.letter}>{Array.from(game.title)[0]}</span>
      </span>
    );
  }
  return (
    <img
      className={classes}
      src={source}
      alt=""
      decoding="async"
      loading={eager ? 'eager' : 'lazy'}
      draggable={false}
      onError={() => setFailedSource(source)}
    />
  );
}
