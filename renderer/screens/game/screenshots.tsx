import { Dialog } from '@base-ui/react/dialog';
import { ChevronLeft, ChevronRight, X } from 'lucide-react';
import { useState, type KeyboardEvent } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { text } from '../../text/text.ts';
import styles from './screenshots.module.css';

const words = text.game;

/** Screenshots in a row; each opens large, arrow keys turn. */
export function Screenshots({ game }: { readonly game: LibraryGame }) {
  const { screenshots } = game.art;
  const [open, setOpen] = useState<number | null>(null);
  const count = screenshots.length;
  return (
    <section aria-labelledby="screenshots" className={styles.section}>
      <h2 id="screenshots" className={styles.heading}>
        {words.screenshots}
      </h2>
      <ul className={styles.row}>
        {screenshots.map((source, index) => (
          <li key={source}>
            <button type="button" className={styles.thumb} onClick={() => setOpen(index)}>
              <img src={source} alt={words.screenshot({ index: index + 1, count })} loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
      <Lightbox title={game.title} screenshots={screenshots} open={open} onTurn={setOpen} />
    </section>
  );
}

interface LightboxProps {
  readonly title: string;
  readonly screenshots: readonly string[];
  /** Which one is shown; null while closed. */
  readonly open: number | null;
  readonly onTurn: (index: number | null) => void;
}

function Lightbox({ title, screenshots, open, onTurn }: LightboxProps) {
  const count = screenshots.length;
  const turn = (step: number): void => onTurn(((open ?? 0) + step + count) % count);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowRight') turn(1);
    else if (event.key === 'ArrowLeft') turn(-1);
  };
  const shown = open ?? 0;
  return (
    <Dialog.Root open={open !== null} onOpenChange={(next) => next || onTurn(null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.veil} />
        <Dialog.Popup className={styles.box} data-theme="dark" onKeyDown={onKeyDown}>
          <Dialog.Title className="visually-hidden">{title}</Dialog.Title>
          <img
            className={styles.large}
            src={screenshots[shown]}
            alt={words.screenshot({ index: shown + 1, count })}
          />
          <div className={styles.controls}>
            <IconButton label={text.common.previous} onClick={() => turn(-1)}>
              <ChevronLeft aria-hidden />
            </IconButton>
            <p role="status" className={styles.place}>
              {words.screenshot({ index: shown + 1, count })}
            </p>
            <IconButton label={text.common.next} onClick={() => turn(1)}>
              <ChevronRight aria-hidden />
            </IconButton>
            <Dialog.Close className={styles.close} aria-label={text.common.close}>
              <X aria-hidden />
            </Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
