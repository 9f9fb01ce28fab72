import type { Download } from '../../../preload/contract.ts';
import type { Clock } from '../../clock.ts';
import type { LibraryService } from '../../library/library.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { InstallQueue } from '../jobs/install-queue.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import { createThrottle } from './throttle.ts';

export interface BoardPorts {
  readonly queue: InstallQueue;
  readonly library: LibraryService;
  readonly state: StateStore;
  readonly clock: Clock;
}

/** What the players see of downloads: the queue, what has ended, and the throughput. */
export interface DownloadBoard {
  /** As it is now, for hosts that do not start the queue. */
  readonly publish: () => void;
  /** Soon, together with what else changes until then. */
  readonly publishSoon: () => void;
  /** At once, with the library. */
  readonly publishAll: () => void;
  /** Put a download that has ended first of those that have. */
  readonly addFinished: (download: Download) => void;
  readonly clearFinished: () => void;
  readonly close: () => void;
}

/** The bridge's promise: at most ten events a second. */
const PUBLISH_PERIOD_MS = 100;
const FINISHED_MAX = 50;

/** @param runner Asked for when something is published; it may be made after the board. */
export function createDownloadBoard(
  { queue, library, state, clock }: BoardPorts,
  runner: () => Pick<JobRunner, 'view' | 'throughput'>,
): DownloadBoard {
  let finished: Download[] = [];
  const publish = () => {
    const view = runner().view();
    const allPaused = view.length > 0 && queue.jobs().every((job) => job.paused);
    const throughput = [...runner().throughput.samples];
    state.set('downloads', { queue: view, finished, throughput, allPaused });
  };
  const throttle = createThrottle(clock, PUBLISH_PERIOD_MS, publish);
  return {
    publish,
    publishSoon: throttle.request,
    publishAll: () => {
      throttle.flush();
      library.publish();
    },
    addFinished: (download) => {
      const others = finished.filter(({ gameId }) => gameId !== download.gameId);
      finished = [download, ...others].slice(0, FINISHED_MAX);
    },
    clearFinished: () => {
      finished = [];
      throttle.flush();
    },
    close: throttle.close,
  };
}
