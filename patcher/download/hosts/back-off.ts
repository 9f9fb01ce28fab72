export interface BackOffBounds {
  /** Longest first wait, in ms; each further one may be twice as long. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait after the given failure in a row, counted from 1: anything between nothing and the bound. Full jitter
 * spreads a fleet that failed together over the whole of the wait; a fixed or half-jittered one comes back in a wave.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitterMs(
  failure: number,
  { baseMs, maxMs }: BackOffBounds,
  random: () => number,
): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (failure - 1));
}

/** A wait a server asked for, stretched by up to itself: all clients it answered so would come back at once. */
export function spreadMs(askedMs: number, random: () => number): number {
  return askedMs * (1 + random());
}
