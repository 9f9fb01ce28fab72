import { Pause, Play } from 'lucide-react';
import { useEffect } from 'react';
import { GameArt } from '../components/game-art.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { ProgressBar } from '../components/progress-bar.tsx';
import {
  leadingDownload,
  pauseDownload,
  progressOf,
  resumeDownload,
  speedOf,
  useDownloads,
} from '../state/downloads-slice.ts';
import { useGame } from '../state/library-slice.ts';
import { useNavigation } from '../state/navigation-slice.ts';
import { formatSpeed } from '../text/format.ts';
import { text } from '../text/text.ts';
import styles from './downloads-strip.module.css';

/** The download that runs, within reach on every screen but its own. */
export function DownloadsStrip() {
  const download = useDownloads(leadingDownload);
  const waiting = useDownloads((state) => state.queue.length - 1);
  const hidden = useNavigation(({ place }) => place.screen === 'downloads');
  const game = useGame(download?.gameId ?? '');
  const shown = download !== undefined && game !== undefined && !hidden;
  useStripHeight(shown);
  if (!shown) return null;
  const fraction = progressOf(download);
  const stopped = download.phase === 'paused' || download.phase === 'failed';
  return (
    <aside className={styles.strip} aria-label={text.downloads.stripLabel}>
      <div className={styles.line}>
        <ProgressBar
          label={text.downloads.progressLabel({ title: game.title })}
          fraction={download.phase === 'planning' ? null : fraction}
          tone={download.phase === 'failed' ? 'bad' : stopped ? 'still' : 'cool'}
          thickness="thin"
        />
      </div>
      <a href="#/downloads" className={styles.game}>
        <GameArt game={game} kind="icon" className={styles.icon} />
        <span className={styles.words}>
          <span className={styles.title}>{game.title}</span>
          <span className={styles.phase}>
            {text.library.status.progress({ phase: text.downloads.phases[download.phase], fraction })}
          </span>
        </span>
        <span className="visually-hidden">{text.downloads.openDownloads}</span>
      </a>
      {waiting > 0 && <span className={styles.waiting}>{text.downloads.waiting({ count: waiting })}</span>}
      {!stopped && (
        <span className={styles.figures}>
          <span className={styles.speed}>{formatSpeed(speedOf(download))}</span>
          {download.secondsLeft !== null && (
            <span>{text.downloads.timeLeft({ seconds: download.secondsLeft })}</span>
          )}
        </span>
      )}
      {stopped ? (
        <IconButton
          label={text.downloads.resume({ title: game.title })}
          onClick={() => void resumeDownload(download.gameId)}
        >
          <Play aria-hidden />
        </IconButton>
      ) : (
        <IconButton
          label={text.downloads.pause({ title: game.title })}
          onClick={() => void pauseDownload(download.gameId)}
        >
          <Pause aria-hidden />
        </IconButton>
      )}
    </aside>
  );
}

/** Toasts stand above the strip while there is one. */
function useStripHeight(shown: boolean): void {
  useEffect(() => {
    document.documentElement.style.setProperty('--strip-height', shown ? '4rem' : '0px');
  }, [shown]);
}
