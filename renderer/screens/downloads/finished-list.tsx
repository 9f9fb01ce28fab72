import { Check, CircleAlert } from 'lucide-react';
import type { Download } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { PrimaryActionButton } from '../../components/primary-action-button.tsx';
import { useGame } from '../../state/library-slice.ts';
import { formatAgo, formatBytes } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './finished-list.module.css';

const words = text.downloads;

export function FinishedList({ finished }: { readonly finished: readonly Download[] }) {
  return (
    <ul>
      {finished.map((download) => (
        <FinishedItem
          key={[download.gameId, download.reason, download.finishedAt].join(' ')}
          download={download}
        />
      ))}
    </ul>
  );
}

function FinishedItem({ download }: { readonly download: Download }) {
  const game = useGame(download.gameId);
  const { damagedFiles } = download;
  const isBad = download.phase === 'failed' || (damagedFiles ?? 0) > 0;
  const Icon = isBad ? CircleAlert : Check;
  return (
    <li className={styles.item}>
      {game !== undefined && <GameArt game={game} kind="icon" className={styles.icon} />}
      <div className={styles.words}>
        <span className={styles.title}>{game?.title ?? download.gameId}</span>
        <span className={styles.note}>
          <Icon aria-hidden data-bad={isBad} />
          {words.reasons[download.reason](download)}
        </span>
      </div>
      <span className={styles.saved} data-bad={isBad}>
        {download.savedBytes > 0 && words.saved({ bytes: download.savedBytes })}
        {damagedFiles !== null && words.checked({ damagedFiles })}
      </span>
      {damagedFiles === null && download.reason !== 'move' && (
        <span className={styles.figure}>
          {download.downloadedBytes > 0 ? formatBytes(download.downloadedBytes) : words.nothingFetched}
        </span>
      )}
      {download.finishedAt !== null && (
        <time dateTime={download.finishedAt} className={styles.figure}>
          {formatAgo(download.finishedAt)}
        </time>
      )}
      {game !== undefined && <PrimaryActionButton game={game} size="small" quiet />}
    </li>
  );
}
