import { Pause, Play, X } from 'lucide-react';
import type { Download } from '../../../preload/contract.ts';
import { FailureCard } from '../../components/failure-card.tsx';
import { GameArt } from '../../components/game-art.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { cancelDownload, pauseDownload, progressOf, resumeDownload } from '../../state/downloads-slice.ts';
import { useGame } from '../../state/library-slice.ts';
import { serializePlace } from '../../state/navigation-slice.ts';
import { formatPercent } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './active-download.module.css';
import { PhaseStepper } from './phase-stepper.tsx';

const words = text.downloads;

/** One download large: art, steps, bar and figures. */
export function ActiveDownload({ download }: { readonly download: Download }) {
  const { gameId } = download;
  const game = useGame(gameId);
  const title = game?.title ?? gameId;
  const failed = download.phase === 'failed';
  const fraction = progressOf(download);
  return (
    <section className={styles.active} aria-labelledby={`active-${gameId}`}>
      {game !== undefined && <GameArt game={game} kind="hero" className={styles.art} />}
      <div className={styles.body}>
        <header className={styles.header}>
          <div className={styles.names}>
            <h2 id={`active-${gameId}`} className={styles.title}>
              <a href={serializePlace({ screen: 'game', gameId, tab: 'overview' })}>{title}</a>
            </h2>
            <p className={styles.reason}>{words.reasons[download.reason](download)}</p>
          </div>
          {failed ? (
            <IconButton label={words.resume({ title })} onClick={() => void resumeDownload(gameId)}>
              <Play aria-hidden />
            </IconButton>
          ) : (
            <IconButton label={words.pause({ title })} onClick={() => void pauseDownload(gameId)}>
              <Pause aria-hidden />
            </IconButton>
          )}
          <IconButton label={words.cancel({ title })} onClick={() => void cancelDownload(gameId)}>
            <X aria-hidden />
          </IconButton>
        </header>
        <PhaseStepper download={download} />
        <div className={styles.progress}>
          <ProgressBar
            label={words.progressLabel({ title })}
            fraction={download.phase === 'planning' ? null : fraction}
            tone={failed ? 'bad' : 'cool'}
          />
          <span className={styles.percent}>{formatPercent(fraction)}</span>
        </div>
        <p className={styles.figures}>
          <BytesFigure download={download} />
          {download.secondsLeft !== null && !failed && (
            <span>{words.timeLeft({ seconds: download.secondsLeft })}</span>
          )}
          {download.savedBytes > 0 && (
            <span className={styles.saved}>{words.saved({ bytes: download.savedBytes })}</span>
          )}
        </p>
        {download.failure !== null && (
          <FailureCard
            failure={download.failure}
            onRetry={() => resumeDownload(gameId)}
            gameId={gameId}
            retriesAt={download.waitsUntil}
          />
        )}
      </div>
    </section>
  );
}

/** Bytes fetched while fetching, bytes made or checked on disk after that. */
function BytesFigure({ download }: { readonly download: Download }) {
  const fetching = download.downloadedBytes < download.downloadTotalBytes;
  const done = fetching ? download.downloadedBytes : download.writtenBytes;
  const total = fetching ? download.downloadTotalBytes : download.writeTotalBytes;
  return <span>{words.bytesOf({ done, total })}</span>;
}
