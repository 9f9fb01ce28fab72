import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { buildSummarySchema } from './library-state.ts';
import { bytes, gameId, timestamp } from './values.ts';

const planReasonSchema = z.enum(['install', 'update', 'repair', 'adopt', 'preload']);

/** Where the bytes that a build lacks come from. */
const routeSchema = z.enum(['chunks', 'patch', 'mixed', 'none']);

/** What is known before anything is downloaded. */
export const installPlanSchema = z.object({
  gameId,
  build: buildSummarySchema,
  reason: planReasonSchema,
  route: routeSchema,
  /** Patches applied one after the other: 0 for none, more than 1 for a chain. */
  patchHops: z.number().int().nonnegative(),
  downloadBytes: bytes,
  requests: z.number().int().nonnegative(),
  /** What a download without patching and shared chunks would need. */
  fullBytes: bytes,
  diskPeakBytes: bytes,
  /** The same when files are replaced as it goes, which is done where the above does not fit; null where it makes no difference. */
  lowSpacePeakBytes: bytes.nullable(),
  freeBytes: bytes,
  /** Space the previous build's kept files take, which a low-space update gives up; 0 where none are kept. */
  keptBytes: bytes,
  folder: z.string(),
  /** By what was measured on this computer, and by {@link assumedSpeed} where that is not enough to say. */
  estimatedSeconds: z.number().nonnegative(),
  assumedSpeed: z.object({ of: z.enum(['network', 'disk']), bytesPerSecond: bytes }).nullable(),
});
export type InstallPlan = z.infer<typeof installPlanSchema>;

export const downloadPhaseSchema = z.enum([
  'queued',
  'planning',
  'downloading',
  'patching',
  'verifying',
  'copying',
  'committing',
  'paused',
  'failed',
  'done',
]);
export type DownloadPhase = z.infer<typeof downloadPhaseSchema>;

export const downloadSchema = z.object({
  gameId,
  reason: z.enum(['install', 'update', 'verify', 'repair', 'move', 'adopt', 'roll-back', 'preload']),
  version: z.string(),
  phase: downloadPhaseSchema,
  route: routeSchema.nullable(),
  downloadedBytes: bytes,
  downloadTotalBytes: bytes,
  /** Bytes made or checked on disk. */
  writtenBytes: bytes,
  writeTotalBytes: bytes,
  /** What patching and shared chunks saved against a full download. */
  savedBytes: bytes,
  networkBytesPerSecond: z.number().nonnegative(),
  diskBytesPerSecond: z.number().nonnegative(),
  secondsLeft: z.number().nonnegative().nullable(),
  failure: failureSchema.nullable(),
  /** When it goes on by itself: the window opens, or what failed is tried again. Null where nothing is waited for. */
  waitsUntil: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  /** Of a check that is done; null for all else. */
  damagedFiles: z.number().int().nonnegative().nullable(),
});
export type Download = z.infer<typeof downloadSchema>;

/** One point of the throughput picture; main keeps the last two minutes, one point a second. */
export const throughputSampleSchema = z.object({
  at: z.number(),
  networkBytesPerSecond: z.number().nonnegative(),
  diskBytesPerSecond: z.number().nonnegative(),
});
export type ThroughputSample = z.infer<typeof throughputSampleSchema>;

export const downloadsStateSchema = z.object({
  /** Running and waiting, in queue order. */
  queue: z.array(downloadSchema),
  /** Finished in this session, newest first. */
  finished: z.array(downloadSchema),
  throughput: z.array(throughputSampleSchema),
  allPaused: z.boolean(),
});
export type DownloadsState = z.infer<typeof downloadsStateSchema>;
