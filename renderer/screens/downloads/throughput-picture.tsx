import { useMemo } from 'react';
import { leadingDownload, useDownloads } from '../../state/downloads-slice.ts';
import { formatDuration, formatSpeed } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './throughput-picture.module.css';
import { shapeThroughput, windowSeconds } from './throughput-shape.ts';

const words = text.downloads;

/** Network and disk over the last two minutes, with the figures of now. */
export function ThroughputPicture() {
  const samples = useDownloads((downloads) => downloads.throughput);
  const secondsLeft = useDownloads((downloads) => leadingDownload(downloads)?.secondsLeft ?? null);
  const shape = useMemo(() => shapeThroughput(samples), [samples]);
  const now = samples.at(-1);
  const network = now?.networkBytesPerSecond ?? 0;
  const disk = now?.diskBytesPerSecond ?? 0;
  return (
    <figure className={styles.figure}>
      <dl className={styles.figures}>
        <div className={styles.network}>
          <dt>
            <svg viewBox="0 0 20 8" aria-hidden>
              <path d="M0 4h20" className={styles.networkLine} />
            </svg>
            {words.network}
          </dt>
          <dd>{formatSpeed(network)}</dd>
        </div>
        <div>
          <dt>
            <svg viewBox="0 0 20 8" aria-hidden>
              <path d="M0 4h20" className={styles.diskLine} />
            </svg>
            {words.disk}
          </dt>
          <dd>{formatSpeed(disk)}</dd>
        </div>
        {secondsLeft !== null && (
          <div>
            <dt>{words.left}</dt>
            <dd>{formatDuration(secondsLeft)}</dd>
          </div>
        )}
      </dl>
      <div className={styles.picture}>
        <svg
          viewBox={`0 0 ${windowSeconds} 100`}
          preserveAspectRatio="none"
          role="img"
          aria-label={words.pictureLabel({ network, disk, peak: shape.networkPeak })}
          className={styles.chart}
        >
          <path d={`M0 50H${windowSeconds}M0 0.3H${windowSeconds}`} className={styles.guide} />
          <path d={shape.networkArea} className={styles.networkArea} />
          <path d={shape.diskLine} className={styles.diskLine} />
          <path d={shape.networkLine} className={styles.networkLine} />
        </svg>
        <span className={styles.top} aria-hidden>
          {formatSpeed(shape.ceiling)}
        </span>
        <span className={styles.half} aria-hidden>
          {formatSpeed(shape.ceiling / 2)}
        </span>
      </div>
      <figcaption className={styles.caption}>
        <span>{words.seconds({ seconds: windowSeconds })}</span>
        <span>{words.peak({ speed: shape.networkPeak })}</span>
        <span>{words.now}</span>
      </figcaption>
    </figure>
  );
}
