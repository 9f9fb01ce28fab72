import type { Download, LibraryGame } from '../../../preload/contract.ts';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { isMoving, progressOf, speedOf } from '../../state/downloads-slice.ts';
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
        {!isPlainVerb(download) && (
          <span className={styles.phase}>{text.downloads.reasons[download.reason](download)}</span>
        )}
        <span className={isPlainVerb(download) ? styles.phase : undefined}>
          {text.downloads.phases[download.phase]}
        </span>
        <span>{formatPercent(fraction)}</span>
        {moving && <span>{formatSpeed(speedOf(download))}</span>}
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

/** An install or update is what the button beside the line said; other work says what it is. */
const isPlainVerb = ({ reason }: Download): boolean => reason === 'install' || reason === 'update';
