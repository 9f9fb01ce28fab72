/** Quick enough for any screen, far too slow to keep main busy. */
const BURST = 200;
const PER_SECOND = 100;

/** A token bucket for one sender of requests. @returns false where the request comes too soon. */
export function createRequestRate(now: () => number): () => boolean {
  let tokens = BURST;
  let at = now();
  return () => {
    const current = now();
    tokens = Math.min(BURST, tokens + (Math.max(0, current - at) / 1000) * PER_SECOND);
    at = current;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
