import type { Download, DownloadsState } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useDownloads = createMirrorStore<DownloadsState>({
  queue: [],
  finished: [],
  throughput: [],
  allPaused: false,
});

/** A download that moves bytes right now. */
export const isMoving = (download: Download): boolean =>
  download.phase !== 'queued' &&
  download.phase !== 'paused' &&
  download.phase !== 'failed' &&
  download.phase !== 'done';

/** What the strip and the picture speak of: the first that moves, else the first of the queue. */
export const leadingDownload = (state: DownloadsState): Download | undefined =>
  state.queue.find(isMoving) ?? state.queue[0];

export const useDownload = (gameId: string): Download | undefined =>
  useDownloads((state) => state.queue.find((download) => download.gameId === gameId));

/**
 * How far a download is, 0 to 1: as far as the slower of network and disk, so that the bar never runs ahead of the
 * figures beside it and is full exactly when both are done.
 */
export function progressOf(download: Download): number {
  if (download.phase === 'done') return 1;
  const { downloadedBytes, downloadTotalBytes, writtenBytes, writeTotalBytes } = download;
  if (downloadTotalBytes + writeTotalBytes === 0) return 0;
  return Math.min(share(downloadedBytes, downloadTotalBytes), share(writtenBytes, writeTotalBytes));
}

/** What is nothing is done. */
function share(done: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}

/** Bytes per second of what it waits for: the network, but for a copy from folder to folder the disk. */
export const speedOf = ({ phase, networkBytesPerSecond, diskBytesPerSecond }: Download): number =>
  phase === 'copying' ? diskBytesPerSecond : networkBytesPerSecond;

export const pauseDownload = (gameId: string) => report(request('install:pause', { gameId }));
export const resumeDownload = (gameId: string) => report(request('install:resume', { gameId }));
export const cancelDownload = (gameId: string) => report(request('install:cancel', { gameId }));
export const pauseAll = () => report(request('downloads:pause-all', {}));
export const resumeAll = () => report(request('downloads:resume-all', {}));
export const clearFinished = () => report(request('downloads:clear-finished', {}));
export const moveDownload = (gameId: string, position: number) =>
  report(request('downloads:move', { gameId, position }));
