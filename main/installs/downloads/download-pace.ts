import { estimateTime, type RouteWork, type TimeEstimate } from '../../../patcher/plan/estimate-time.ts';
import type { Settings } from '../../../preload/contract.ts';
import type { Clock } from '../../clock.ts';
import { isWindowOpen, nextOpening } from './download-window.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { SpeedMemory } from './measured-speeds.ts';
import type { PatcherPort } from '../patcher-port.ts';

export interface PacePorts {
  readonly patcher: PatcherPort;
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly speeds: SpeedMemory;
  readonly isAnythingRunning: () => boolean;
}

const SAMPLE_PERIOD_MS = 1_000;
/** What downloads may use while a game runs, when the player wants the game to come first: enough to go on, too little to lag. */
const PLAYING_LIMIT_BYTES_PER_SECOND = 1_000_000;

/** Give downloads the speed they may have now. */
export function applyLimit(ports: PacePorts): void {
  ports.patcher.setLimit(limitNow(ports));
}

/** Bytes a second; 0: no limit. */
function limitNow({
  settings,
  isAnythingRunning,
}: Pick<PacePorts, 'settings' | 'isAnythingRunning'>): number {
  const { downloadLimitBytesPerSecond: limit, slowWhilePlaying } = settings();
  if (!slowWhilePlaying || !isAnythingRunning()) return limit;
  return Math.min(limit || PLAYING_LIMIT_BYTES_PER_SECOND, PLAYING_LIMIT_BYTES_PER_SECOND);
}

/** How long a plan's work takes at the speeds this computer has shown, within the limit the player set. */
export function estimatePlan(
  { speeds, settings }: Pick<PacePorts, 'speeds' | 'settings'>,
  work: RouteWork,
): TimeEstimate {
  // A game that runs now need not run then: the slower speed it brings is not counted.
  const { downloadLimitBytesPerSecond: limit } = settings();
  return estimateTime(work, speeds.get(), limit === 0 ? undefined : limit);
}

/** When scheduled jobs may run next, in ms since 1970; null while they may. */
export function windowOpensAt({ settings, clock }: Pick<PacePorts, 'settings' | 'clock'>): number | null {
  const { downloadWindow } = settings();
  const now = new Date(clock.now());
  if (downloadWindow === null || isWindowOpen(downloadWindow, now)) return null;
  return nextOpening(downloadWindow, now).getTime();
}

/** Each second: see how fast it goes, and whether the hours for scheduled jobs began or ended. @returns Ends it. */
export function watchPace(
  ports: PacePorts,
  runner: Pick<JobRunner, 'reconcile' | 'throughput'>,
  onSample: () => void,
): () => void {
  let windowWasOpen = windowOpensAt(ports) === null;
  return ports.clock.every(SAMPLE_PERIOD_MS, () => {
    const open = windowOpensAt(ports) === null;
    if (open !== windowWasOpen) runner.reconcile();
    windowWasOpen = open;
    if (!runner.throughput.tick(ports.clock.now())) return;
    const seen = runner.throughput.samples.at(-1);
    // Under a limit neither the line nor the drive shows what it can do.
    if (seen !== undefined && limitNow(ports) === 0) ports.speeds.note(seen);
    onSample();
  });
}
