import type { UpdatePolicy } from '../../preload/contract.ts';
import type { LibraryService } from '../library/library.ts';
import type { StateStore } from '../state/state-store.ts';
import type { InstallQueue, QueuedJob } from './jobs/install-queue.ts';
import { type InstallRequests, jobFor, type RequestPorts } from './install-requests.ts';
import { discardJob } from './jobs/job-endings.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import type { PatcherPort } from './patcher-port.ts';
import type { QueueControl } from './jobs/queue-control.ts';

export interface AutomaticPorts extends Pick<RequestPorts, 'settings' | 'platform'> {
  readonly queue: InstallQueue;
  readonly patcher: PatcherPort;
  readonly library: LibraryService;
  readonly state: StateStore;
}

export interface AutomaticParts {
  readonly runner: JobRunner;
  readonly enqueue: QueueControl['enqueue'];
  readonly preload: InstallRequests['preload'];
}

/** Queue what the update policies ask for, and take back what they no longer do. */
export async function queueAutomaticUpdates(ports: AutomaticPorts, parts: AutomaticParts): Promise<void> {
  const { queue, state } = ports;
  for (const { gameId, updateAvailable, updatePolicy, preload: coming } of state.get('library').games) {
    const queued = queue.find(gameId);
    const scheduled = updatePolicy === 'scheduled';
    if (queued?.scheduled === true && !scheduled) await unschedule(ports, parts, queued, updatePolicy);
    const byItself = scheduled || updatePolicy === 'automatic';
    if (queued !== undefined || !byItself) continue;
    if (updateAvailable) await parts.enqueue({ ...jobFor(ports, { gameId, reason: 'update' }), scheduled });
    else if (coming?.announced === true && !coming.ready) await parts.preload(gameId, scheduled);
  }
}

/** The policy that queued a job has changed: it runs now, or not at all unless it has begun. */
async function unschedule(
  ports: AutomaticPorts,
  { runner }: AutomaticParts,
  job: QueuedJob,
  updatePolicy: UpdatePolicy,
): Promise<void> {
  const { queue } = ports;
  if (updatePolicy === 'automatic' || runner.isActive(job.gameId)) {
    await queue.setScheduled(job.gameId, false);
  } else {
    await queue.remove(job.gameId);
    runner.forget(job.gameId);
    await discardJob(ports, job);
  }
  runner.reconcile();
}
