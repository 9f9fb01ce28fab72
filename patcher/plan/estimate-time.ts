/** What was measured on this player's computer, bytes a second; 0 for what is not known yet. */
export interface MeasuredSpeeds {
  readonly networkBytesPerSecond: number;
  readonly diskBytesPerSecond: number;
  /** New bytes that patches make, on all threads together. */
  readonly patchBytesPerSecond: number;
}

/** What a way to a build costs, as far as time goes. */
export interface RouteWork {
  readonly downloadBytes: number;
  readonly requests: number;
  readonly writeBytes: number;
  /** Bytes made by patches. */
  readonly patchedBytes: number;
}

/** A request costs about this besides its bytes: a round trip, of which several run at once. */
const REQUEST_SECONDS = 0.02;

/**
 * How long a plan takes: fetching, making and writing go on side by side, so that the slowest of them decides.
 * @returns Seconds, at least 1 when there is anything to do; null while the speed that would decide is unknown.
 */
export function estimateSeconds(
  { downloadBytes, requests, writeBytes, patchedBytes }: RouteWork,
  { networkBytesPerSecond, diskBytesPerSecond, patchBytesPerSecond }: MeasuredSpeeds,
): number | null {
  if (downloadBytes === 0 && writeBytes === 0) return 0;
  if (downloadBytes > 0 && networkBytesPerSecond <= 0) return null;
  if (downloadBytes === 0 && diskBytesPerSecond <= 0) return null;
  const fetching =
    downloadBytes === 0 ? 0 : downloadBytes / networkBytesPerSecond + requests * REQUEST_SECONDS;
  const writing = diskBytesPerSecond > 0 ? writeBytes / diskBytesPerSecond : 0;
  const patching = patchBytesPerSecond > 0 ? patchedBytes / patchBytesPerSecond : 0;
  return Math.max(1, Math.round(Math.max(fetching, writing, patching)));
}

/**
 * Of a computer that has not shown yet what it can do: a line of 50 Mbit/s and a hard disk. Less than most have, because
 * who is done sooner than was said minds less than who waits longer.
 */
export const ASSUMED_SPEEDS = { networkBytesPerSecond: 6_250_000, diskBytesPerSecond: 100_000_000 };

/** How long it takes, and by which speed that nobody measured yet, if any. */
export interface TimeEstimate {
  readonly seconds: number;
  readonly assumed: { readonly of: 'network' | 'disk'; readonly bytesPerSecond: number } | null;
}

/** The same as {@link estimateSeconds} for people to read, who are told something even before anything was measured. */
export function estimateTime(
  work: RouteWork,
  speeds: MeasuredSpeeds,
  limitBytesPerSecond = Number.POSITIVE_INFINITY,
): TimeEstimate {
  const of = work.downloadBytes > 0 ? 'network' : 'disk';
  const known = speeds[`${of}BytesPerSecond`];
  const line = speeds.networkBytesPerSecond || ASSUMED_SPEEDS.networkBytesPerSecond;
  const networkBytesPerSecond = Math.min(line, limitBytesPerSecond);
  const diskBytesPerSecond = speeds.diskBytesPerSecond || ASSUMED_SPEEDS.diskBytesPerSecond;
  const seconds = estimateSeconds(work, { ...speeds, networkBytesPerSecond, diskBytesPerSecond }) ?? 0;
  const bytesPerSecond = ASSUMED_SPEEDS[`${of}BytesPerSecond`];
  const decides = of === 'disk' || bytesPerSecond < limitBytesPerSecond;
  const isAssumed = known === 0 && decides && seconds > 0;
  return { seconds, assumed: isAssumed ? { of, bytesPerSecond } : null };
}
