import type { Depot } from '../../../backend/api/contract.ts';
import type { BuildSummary } from '../../../preload/contract.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import type { LibraryService } from '../../library/library.ts';
import { announcingChannel } from '../../library/library-view.ts';
import type { QueuedJob } from './install-queue.ts';

interface Target {
  readonly depot: Depot;
  readonly channel: string;
  readonly build: BuildSummary;
}

/** What a job works towards: the channel's newest build, or for verify and repair the build that is installed. */
export function targetOf(
  library: LibraryService,
  gameId: string,
  reason: QueuedJob['reason'],
  platform: NodeJS.Platform,
): Target {
  const game = library.game(gameId);
  const installed = library.installed(gameId);
  if (installed !== undefined && ['verify', 'repair', 'move', 'roll-back'].includes(reason)) {
    return { depot: installed.depot, channel: installed.channel, build: installed.build };
  }
  if (reason === 'preload') {
    const { preload, channel } = game;
    if (installed === undefined || preload === null) {
      throw launcherErrors.error('INSTALL_NOTHING_TO_PRELOAD', { gameId });
    }
    const { build, announced } = preload;
    return { depot: installed.depot, channel: announced ? announcingChannel(channel) : channel, build };
  }
  if (game.depot === null || game.latest === null) {
    throw launcherErrors.error('LIBRARY_NO_DEPOT', { gameId, platform });
  }
  return { depot: game.depot, channel: game.channel, build: game.latest };
}

/** The newest build of a job's channel; null where the service offers that channel no longer. */
export function newestOf(library: LibraryService, job: QueuedJob): BuildSummary | null {
  const game = library.serviceGame(job.gameId);
  const channel = game?.depots
    .find(({ depot }) => depot === job.depot)
    ?.channels.find(({ channel }) => channel === job.channel);
  if (channel === undefined) return null;
  const { buildId, version, notes, createdAt, sizeBytes, downloadBytes } = channel.build;
  return { buildId, version, notes, createdAt, sizeBytes, downloadBytes };
}
