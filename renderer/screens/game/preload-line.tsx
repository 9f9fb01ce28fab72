import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { preloadInstall } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';
import styles from './action-bar.module.css';

const words = text.game.preload;

/** What can be made ready before its time, or already is. */
export function PreloadLine({ game }: { readonly game: LibraryGame }) {
  const { preload, gameId } = game;
  if (preload === null) return null;
  const { version } = preload.build;
  if (preload.ready) {
    return (
      <p className={styles.preload}>
        {preload.announced ? words.readyForRelease({ version }) : words.ready({ version })}
      </p>
    );
  }
  return (
    <div className={styles.preload}>
      {preload.announced && <p>{words.announced({ version })}</p>}
      <Button size="small" onClick={() => void preloadInstall(gameId)}>
        {preload.announced ? words.start({ version }) : words.later({ version })}
      </Button>
    </div>
  );
}
