import type { Download } from '../../preload/contract.ts';
import type { QueuedJob } from './install-queue.ts';
import type { PatchProgress } from './patcher-port.ts';

/** A job as Downloads shows it before it has run. */
export function waitingDownload(job: QueuedJob): Download {
  return {
    gameId: job.gameId,
    reason: job.reason,
    version: job.build.version,
    phase: job.paused ? 'paused' : 'queued',
    route: null,
    downloadedBytes: 0,
    downloadTotalBytes: 0,
    writtenBytes: 0,
    writeTotalBytes: 0,
    savedBytes: 0,
    networkBytesPerSecond: 0,
    diskBytesPerSecond: 0,
    secondsLeft: null,
    failure: null,
    waitsUntil: null,
    finishedAt: null,
  };
}

/** The same, moved on by a progress report and the measured speeds. */
export function advanceDownload(
  download: Download,
  progress: PatchProgress,
  speed: { readonly networkBytesPerSecond: number; readonly diskBytesPerSecond: number },
): Download {
  const { patchBytesPerSecond: _rate, ...shown } = progress;
  return { ...download, ...shown, ...speed, secondsLeft: estimateSecondsLeft(progress, speed) };
}

/** By whichever of network and disk needs longer; null until a speed is known. */
export function estimateSecondsLeft(
  progress: PatchProgress,
  speed: { readonly networkBytesPerSecond: number; readonly diskBytesPerSecond: number },
): number | null {
  const network = secondsFor(
    progress.downloadTotalBytes - progress.downloadedBytes,
    speed.networkBytesPerSecond,
  );
  const disk = secondsFor(progress.writeTotalBytes - progress.writtenBytes, speed.diskBytesPerSecond);
  if (network === null) return null;
  return disk === null ? network : Math.max(network, disk);
}

function secondsFor(bytes: number, bytesPerSecond: number): number | null {
  if (bytes <= 0) return 0;
  return bytesPerSecond > 0 ? Math.round(bytes / bytesPerSecond) : null;
}
