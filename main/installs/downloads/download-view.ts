import type { Download } from '../../../preload/contract.ts';
import type { QueuedJob, Reached } from '../jobs/install-queue.ts';
import type { PatchProgress } from '../patcher-port.ts';

const NOTHING: Reached = { downloadedBytes: 0, downloadTotalBytes: 0, writtenBytes: 0, writeTotalBytes: 0 };

/** A job as Downloads shows it while it does not run. */
export function waitingDownload(job: QueuedJob): Download {
  return {
    gameId: job.gameId,
    reason: job.reason,
    version: job.build.version,
    phase: job.paused ? 'paused' : 'queued',
    route: null,
    ...(job.reached ?? NOTHING),
    savedBytes: 0,
    networkBytesPerSecond: 0,
    diskBytesPerSecond: 0,
    secondsLeft: null,
    failure: null,
    waitsUntil: null,
    finishedAt: null,
    damagedFiles: null,
  };
}

/** The same, moved on by a progress report and the measured speeds. */
export function advanceDownload(
  download: Download,
  {
    progress,
    reached = NOTHING,
  }: { readonly progress: PatchProgress; readonly reached?: Reached | undefined },
  speed: { readonly networkBytesPerSecond: number; readonly diskBytesPerSecond: number },
): Download {
  const { patchBytesPerSecond: _rate, ...shown } = progress;
  const total = progress.phase === 'planning' ? reached : addReached(reached, progress);
  const savedBytes = Math.max(0, progress.savedBytes - reached.downloadedBytes);
  const secondsLeft = estimateSecondsLeft(progress, speed);
  return { ...download, ...shown, ...total, savedBytes, ...speed, secondsLeft };
}

/** A run counts what is left for it: what runs before it did stands before that. */
function addReached({ downloadedBytes, writtenBytes }: Reached, run: Reached): Reached {
  return {
    downloadedBytes: downloadedBytes + run.downloadedBytes,
    downloadTotalBytes: downloadedBytes + run.downloadTotalBytes,
    writtenBytes: writtenBytes + run.writtenBytes,
    writeTotalBytes: writtenBytes + run.writeTotalBytes,
  };
}

/** How far a job has come that can go on from there; undefined for work that begins anew, such as a check. */
export function reachedOf(download: Download): Reached | undefined {
  if (!['install', 'update', 'preload', 'roll-back'].includes(download.reason)) return undefined;
  const { downloadedBytes, downloadTotalBytes, writtenBytes, writeTotalBytes } = download;
  if (downloadedBytes + writtenBytes === 0) return undefined;
  return { downloadedBytes, downloadTotalBytes, writtenBytes, writeTotalBytes };
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
