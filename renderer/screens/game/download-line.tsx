import type { Download, LibraryGame } from '../../../preload/contract.ts';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { isMoving, progressOf } from '../../state/downloads-slice.ts';
import { formatPercent, formatSpeed } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './download-line.module.css';

interface DownloadLineProps {
  readonly game: LibraryGame;
  readonly download: Download;
}

/** How this game's download stands, where its plan stood before. */
export function DownloadLine({ game, download }: DownloadLineProps) {
  const fraction = progressOf(download);
  const moving = isMoving(download);
  return (
    <div className={styles.line}>
      <p className={styles.words}>
        <span className={styles.phase}>{text.downloads.phases[download.phase]}</span>
        <span>{formatPercent(fraction)}</span>
        {moving && <span>{formatSpeed(download.networkBytesPerSecond)}</span>}
        {moving && download.secondsLeft !== null && (
          <span>{text.downloads.timeLeft({ seconds: download.secondsLeft })}</span>
        )}
        {download.savedBytes > 0 && (
          <span className={styles.saved}>{text.downloads.saved({ bytes: download.savedBytes })}</span>
        )}
      </p>
      <ProgressBar
        label={text.downloads.progressLabel({ title: game.title })}
        fraction={download.phase === 'planning' ? null : fraction}
        tone={download.phase === 'failed' ? 'bad' : moving ? 'cool' : 'still'}
      />
    </div>
  );
}
