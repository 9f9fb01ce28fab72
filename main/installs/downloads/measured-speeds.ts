import { z } from 'zod';
import { ASSUMED_SPEEDS, type MeasuredSpeeds } from '../../../patcher/plan/estimate-time.ts';
import type { Document } from '../../profile/document.ts';

export const measuredSpeedsSchema = z.object({
  networkBytesPerSecond: z.number().nonnegative(),
  diskBytesPerSecond: z.number().nonnegative(),
  patchBytesPerSecond: z.number().nonnegative(),
});

export const noSpeeds: MeasuredSpeeds = {
  networkBytesPerSecond: 0,
  diskBytesPerSecond: 0,
  patchBytesPerSecond: 0,
};

/** What this computer has shown it can do, remembered from one start to the next. */
export interface SpeedMemory {
  readonly get: () => MeasuredSpeeds;
  /** What was seen in a second, or of a job; 0 for what did not happen. */
  readonly note: (seen: Partial<MeasuredSpeeds>) => void;
  /** What was done in less than a second: so much a second is possible at least. */
  readonly noteAtLeast: (seen: Pick<MeasuredSpeeds, 'networkBytesPerSecond' | 'diskBytesPerSecond'>) => void;
  /** Write down what is known, after a job. */
  readonly keep: () => Promise<void>;
}

/**
 * Weights of the newest figure. What was reached can be reached again, while a slow second may be a game that ran, a
 * limit, or the other end: known speeds rise quickly and fall slowly.
 */
const RISING = 0.3;
const FALLING = 0.03;

export function createSpeedMemory(document: Document<MeasuredSpeeds>): SpeedMemory {
  let known = document.get();
  const blend = (before: number, seen = 0) => {
    if (seen <= 0) return before;
    if (before === 0) return seen;
    return Math.round(before + (seen - before) * (seen > before ? RISING : FALLING));
  };
  const raise = (before: number, assumed: number, seen: number) =>
    seen > (before || assumed) ? blend(before, seen) : before;
  return {
    get: () => known,
    noteAtLeast: ({ networkBytesPerSecond: network, diskBytesPerSecond: disk }) => {
      known = {
        ...known,
        networkBytesPerSecond: raise(
          known.networkBytesPerSecond,
          ASSUMED_SPEEDS.networkBytesPerSecond,
          network,
        ),
        diskBytesPerSecond: raise(known.diskBytesPerSecond, ASSUMED_SPEEDS.diskBytesPerSecond, disk),
      };
    },
    note: ({ networkBytesPerSecond, diskBytesPerSecond, patchBytesPerSecond }) => {
      known = {
        networkBytesPerSecond: blend(known.networkBytesPerSecond, networkBytesPerSecond),
        diskBytesPerSecond: blend(known.diskBytesPerSecond, diskBytesPerSecond),
        patchBytesPerSecond: blend(known.patchBytesPerSecond, patchBytesPerSecond),
      };
    },
    keep: () => document.update(() => known),
  };
}
