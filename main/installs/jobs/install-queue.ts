import { z } from 'zod';
import { depotSchema } from '../../../backend/api/contract.ts';
import { buildSummarySchema } from '../../../preload/contract.ts';
import type { Document } from '../../profile/document.ts';

const bytes = z.number().int().nonnegative();
const reachedSchema = z.object({
  downloadedBytes: bytes,
  downloadTotalBytes: bytes,
  writtenBytes: bytes,
  writeTotalBytes: bytes,
});
export type Reached = z.infer<typeof reachedSchema>;

/** A job that outlives the launcher: what is to be done, and whether the player paused it. */
export const queuedJobSchema = z.object({
  gameId: z.string(),
  depot: depotSchema,
  channel: z.string(),
  reason: z.enum(['install', 'update', 'verify', 'repair', 'move', 'adopt', 'roll-back', 'preload']),
  folder: z.string(),
  build: buildSummarySchema,
  oldBuildId: z.number().int().nullable(),
  paused: z.boolean(),
  /** Of a move: the folder it leads to. Kept until the record of the install says so too. */
  to: z.string().optional(),
  /** Replace files as it goes, even where both builds would fit. */
  lowSpace: z.boolean().optional(),
  /** Runs only while the download window is open; a queue of an earlier launcher does not say. */
  scheduled: z.boolean().default(false),
  /** How far runs of it that were stopped have come; another build makes it void. */
  reached: reachedSchema.optional(),
});
export type QueuedJob = z.infer<typeof queuedJobSchema>;
export const queueSchema = z.array(queuedJobSchema);

/** The order of the jobs, on disk at every change. One job a game. */
export interface InstallQueue {
  readonly jobs: () => readonly QueuedJob[];
  readonly find: (gameId: string) => QueuedJob | undefined;
  readonly add: (job: QueuedJob) => Promise<void>;
  readonly remove: (gameId: string) => Promise<void>;
  readonly setPaused: (gameIds: readonly string[], paused: boolean) => Promise<void>;
  /** Remember how far a job that is stopped has come. */
  readonly setReached: (gameId: string, reached: Reached) => Promise<void>;
  /** Let a job run at any time, or only in the window. */
  readonly setScheduled: (gameId: string, scheduled: boolean) => Promise<void>;
  /** To a place in the queue; beyond its end is its end. */
  readonly move: (gameId: string, position: number) => Promise<void>;
}

export function createInstallQueue(document: Document<QueuedJob[]>): InstallQueue {
  return {
    jobs: document.get,
    find: (gameId) => document.get().find((job) => job.gameId === gameId),
    add: (job) => document.update((jobs) => [...jobs, job]),
    remove: (gameId) => document.update((jobs) => jobs.filter((job) => job.gameId !== gameId)),
    setPaused: (gameIds, paused) =>
      document.update((jobs) => jobs.map((job) => (gameIds.includes(job.gameId) ? { ...job, paused } : job))),
    setReached: (gameId, reached) =>
      document.update((jobs) => jobs.map((job) => (job.gameId === gameId ? { ...job, reached } : job))),
    setScheduled: (gameId, scheduled) =>
      document.update((jobs) => jobs.map((job) => (job.gameId === gameId ? { ...job, scheduled } : job))),
    move: (gameId, position) =>
      document.update((jobs) => {
        const job = jobs.find((each) => each.gameId === gameId);
        return job === undefined
          ? jobs
          : jobs.filter((each) => each !== job).toSpliced(Math.min(position, jobs.length - 1), 0, job);
      }),
  };
}
