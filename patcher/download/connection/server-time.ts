import type { RangeHeaders } from './range-fetch.ts';

/** A difference below this is an ordinary clock; certificates and signatures allow for it. In ms. */
export const SKEW_TOLERATED_MS = 5 * 60_000;

/** How far this computer's clock is from the servers', by the `Date` of their answers. */
export class ServerTime {
  readonly #wallClock: () => number;
  #skewMs: number | null = null;

  /** @param wallClock Milliseconds since 1970, as this computer believes. */
  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** Positive where this computer is ahead; null until an answer told. Good to about two seconds. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /** What this computer believes the time to be. */
  get believed(): Date {
    return new Date(this.#wallClock());
  }

  /** True where the clock is so far off that certificates and signatures stop working. */
  get isWrong(): boolean {
    return this.#skewMs !== null && Math.abs(this.#skewMs) > SKEW_TOLERATED_MS;
  }

  /** Learn from an answer. A cache's `Date` is that of its copy, and `Age` says how old that is (RFC 9111, 4.2.3). */
  note(headers: RangeHeaders): void {
    const date = parseHttpDate(headers.get('date'));
    if (date === undefined) return;
    const age = /^\d{1,9}$/.exec(headers.get('age') ?? '');
    this.#skewMs = this.#wallClock() - date - Number(age?.[0] ?? 0) * 1000;
  }
}

/** Milliseconds since 1970 of an `IMF-fixdate`; undefined for anything else. */
export function parseHttpDate(header: string | null): number | undefined {
  if (header === null || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header))
    return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}
