import { type Clock, toTimestamp } from '../../clock.ts';
import type { LibraryService } from '../../library/library.ts';
import type { InstalledRecord } from '../../library/library-cache.ts';
import type { JobResult } from './job-runner.ts';

/** What is installed once a job is done. */
export function recordOf(
  result: JobResult,
  library: Pick<LibraryService, 'installed'>,
  clock: Pick<Clock, 'now'>,
): InstalledRecord {
  const { job } = result;
  const now = toTimestamp(clock.now());
  const before = library.installed(job.gameId);
  const { gameId, depot, channel, folder, build } = job;
  // What lies ready changes nothing of what is installed.
  if (job.reason === 'preload' && before !== undefined) return { ...before, preloadedBuildId: build.buildId };
  const verified = result.kind === 'verified';
  return {
    gameId,
    depot,
    channel,
    folder: (verified ? undefined : result.report.folder) ?? folder,
    build,
    installedAt: before?.installedAt ?? now,
    damaged: verified ? result.report.damage.length > 0 : result.report.damaged === true,
    // Every byte an install, update or repair commits was hashed as it was written; only a full verify counts as one.
    verifiedAt: verified || ['repair', 'adopt'].includes(job.reason) ? now : (before?.verifiedAt ?? null),
    // A check and a move leave what lies ready as it is; every other job has made it void or put it in place.
    preloadedBuildId: verified || job.reason === 'move' ? (before?.preloadedBuildId ?? null) : null,
    previous:
      before === undefined || before.build.buildId === build.buildId
        ? (before?.previous ?? null)
        : before.build,
  };
}
