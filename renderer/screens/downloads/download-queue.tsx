import { Download as DownloadIcon, GripVertical, Pause, Play, X } from 'lucide-react';
import { useState, type DragEvent, type KeyboardEvent } from 'react';
import type { Download } from '../../../preload/contract.ts';
import { GameArt } from '../../components/game-art.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
import { Section } from '../../components/section.tsx';
import {
  cancelDownload,
  moveDownload,
  pauseDownload,
  progressOf,
  resumeDownload,
} from '../../state/downloads-slice.ts';
import { findGame, useGame, useLibrary } from '../../state/library-slice.ts';
import { formatBytes } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './download-queue.module.css';

const words = text.downloads;

/** The whole queue in its order; the handle moves a download by mouse or by arrow keys. */
export function DownloadQueue({ queue }: { readonly queue: readonly Download[] }) {
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  const count = queue.length;

  const move = (gameId: string, position: number): void => {
    const from = queue.findIndex((download) => download.gameId === gameId);
    if (position < 0 || position >= count || position === from) return;
    void moveDownload(gameId, position);
    const title = findGame(useLibrary.getState(), gameId)?.title ?? gameId;
    setSaid(words.moved({ title, position: position + 1, count }));
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    if (dragged !== null && over !== null) move(dragged, over);
    setDragged(null);
    setOver(null);
  };
  if (count < 2 && queue.every((download) => download.phase !== 'paused' && download.phase !== 'queued'))
    return null;
  return (
    <Section title={words.queue}>
      <p id="queue-hint" className="visually-hidden">
        {words.reorderHint}
      </p>
      {/* oxlint-disable jsx-a11y/no-noninteractive-element-interactions -- dragging; the handle has the keys */}
      <ol className={styles.queue} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        {queue.map((download, index) => (
          <li
            key={download.gameId}
            className={styles.item}
            data-over={over === index && dragged !== download.gameId}
            data-dragged={dragged === download.gameId}
            draggable={count > 1}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move';
              setDragged(download.gameId);
            }}
            onDragEnter={() => setOver(index)}
            onDragEnd={() => {
              setDragged(null);
              setOver(null);
            }}
          >
            <QueueItem
              download={download}
              position={index}
              count={count}
              onMove={(position) => move(download.gameId, position)}
            />
          </li>
        ))}
      </ol>
      {/* oxlint-enable jsx-a11y/no-noninteractive-element-interactions */}
      <p role="status" className="visually-hidden">
        {said}
      </p>
    </Section>
  );
}

interface QueueItemProps {
  readonly download: Download;
  /** From 0. */
  readonly position: number;
  readonly count: number;
  readonly onMove: (position: number) => void;
}

function QueueItem({ download, position, count, onMove }: QueueItemProps) {
  const { gameId, phase } = download;
  const game = useGame(gameId);
  const title = game?.title ?? gameId;
  const stopped = phase === 'paused' || phase === 'failed';
  const scheduledAt = phase === 'queued' ? download.waitsUntil : null;
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = { ArrowUp: position - 1, ArrowDown: position + 1, Home: 0, End: count - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onMove(target);
  };
  return (
    <>
      {count > 1 && (
        <IconButton
          label={words.reorder({ title, position: position + 1, count })}
          aria-describedby="queue-hint"
          className={styles.handle}
          onKeyDown={onKeyDown}
        >
          <GripVertical aria-hidden />
        </IconButton>
      )}
      {game !== undefined && <GameArt game={game} kind="icon" className={styles.icon} />}
      <div className={styles.words}>
        <span className={styles.title}>{title}</span>
        <span className={styles.note}>{words.reasons[download.reason](download)}</span>
      </div>
      <span className={styles.phase}>
        {scheduledAt === null ? words.phases[phase] : words.startsAt({ at: scheduledAt })}
      </span>
      <span className={styles.bar}>
        <ProgressBar
          label={words.progressLabel({ title })}
          fraction={phase === 'planning' ? null : progressOf(download)}
          tone={phase === 'failed' ? 'bad' : stopped || phase === 'queued' ? 'still' : 'cool'}
          thickness="thin"
        />
      </span>
      <span className={styles.size}>{formatBytes(download.downloadTotalBytes)}</span>
      <NextStep download={download} title={title} scheduled={scheduledAt !== null} />
      <IconButton label={words.cancel({ title })} onClick={() => void cancelDownload(gameId)}>
        <X aria-hidden />
      </IconButton>
    </>
  );
}

interface NextStepProps {
  readonly download: Download;
  readonly title: string;
  /** It waits for its hours. */
  readonly scheduled: boolean;
}

/** Resume what is stopped, start what waits for its hours, pause what runs or is about to. */
function NextStep({ download: { gameId, phase }, title, scheduled }: NextStepProps) {
  if (phase === 'paused' || phase === 'failed') {
    return (
      <IconButton label={words.resume({ title })} onClick={() => void resumeDownload(gameId)}>
        <Play aria-hidden />
      </IconButton>
    );
  }
  if (scheduled) {
    return (
      <IconButton label={words.startNow({ title })} onClick={() => void resumeDownload(gameId)}>
        <DownloadIcon aria-hidden />
      </IconButton>
    );
  }
  return (
    <IconButton label={words.pause({ title })} onClick={() => void pauseDownload(gameId)}>
      <Pause aria-hidden />
    </IconButton>
  );
}
