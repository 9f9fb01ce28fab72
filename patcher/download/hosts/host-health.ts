import type { AppError } from '../../errors.ts';
import { fullJitterMs, spreadMs } from './back-off.ts';
import type { Clock } from '../clock.ts';
import type { GrantedHost } from './grant.ts';

export interface HealthPolicy {
  /** Failures in a row that open a host's circuit: one may be chance, three streams that break together are not. */
  readonly failuresMax: number;
  /** Bound of the first wait of an open circuit, in ms; doubled with every probe that fails. */
  readonly openBaseMs: number;
  readonly openMaxMs: number;
  /** Probes that failed after which nobody waits for the host any longer; whoever asks gets its last error at once. */
  readonly probesMax: number;
  /** A failure this old no longer speaks against a host, in ms. */
  readonly forgiveMs: number;
  /** Longest wait for a host that is worth hiding from the player, in ms. */
  readonly waitMaxMs: number;
}

/**
 * Ten thousand players whose CDN fails come back within ten seconds, a thousand a second, one request each; then within
 * twenty, forty, and from there on within two minutes (`fleet.test.ts`).
 */
const DEFAULT_POLICY: HealthPolicy = {
  failuresMax: 3,
  openBaseMs: 10_000,
  openMaxMs: 120_000,
  probesMax: 3,
  forgiveMs: 30_000,
  waitMaxMs: 120_000,
};

/** The right to one request to a host. What it tells of the host counts until it is released. */
export interface Attempt {
  readonly host: GrantedHost;
  /** The host answers as it should; its body may still break off. */
  readonly answered: () => void;
  /** @param retryAfterMs How long the host asked to be left alone. */
  readonly failed: (error: AppError, retryAfterMs?: number) => void;
  /** The request is over. */
  readonly released: () => void;
}

export type Admission =
  | { readonly kind: 'go'; readonly attempt: Attempt }
  /** Ask again then, or as soon as {@link HostHealth.changed} resolves. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** No host is worth waiting for. */
  | { readonly kind: 'down'; readonly error: AppError };

interface Circuit {
  /** Failures in a row while closed. */
  failures: number;
  failedAt: number;
  /** The circuit is open until then, and half-open after; undefined while closed. */
  openUntil: number | undefined;
  probing: boolean;
  failedProbes: number;
  lastError: AppError | undefined;
}

/**
 * What is known of every host: a circuit breaker each, shared by all streams and jobs of the process. Closed, requests
 * pass; after some failures in a row it opens and none do; when its wait is over, one request probes and decides.
 */
export class HostHealth {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #policy: HealthPolicy;
  readonly #circuits = new Map<string, Circuit>();
  #change = Promise.withResolvers<void>();

  constructor(clock: Clock, random: () => number, policy: Partial<HealthPolicy> = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#policy = { ...DEFAULT_POLICY, ...policy };
  }

  /** Resolves when what is known of any host changes next. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /**
   * Which host to ask: the first that is well, else the one that failed least.
   * @param hosts In order of preference; at least one.
   */
  admit(hosts: readonly GrantedHost[]): Admission {
    const now = this.#clock.now();
    const all = hosts.map((host) => ({ host, circuit: this.#circuitOf(host) }));
    const well = all.find(({ circuit }) =>
      circuit.openUntil === undefined
        ? this.#recentFailures(circuit, now) === 0
        : circuit.openUntil <= now && !circuit.probing,
    );
    const shaky = all
      .filter(({ circuit }) => circuit.openUntil === undefined)
      .sort((a, b) => a.circuit.failures - b.circuit.failures)[0];
    const chosen = well ?? shaky;
    if (chosen !== undefined) return { kind: 'go', attempt: this.#begin(chosen.host, chosen.circuit) };
    return this.#waitFor(
      all.map(({ circuit }) => circuit),
      now,
    );
  }

  #waitFor(circuits: readonly Circuit[], now: number): Admission {
    const waits = circuits.map(({ openUntil = now, probing }) =>
      Math.max(openUntil - now, probing ? this.#policy.waitMaxMs : 0),
    );
    const ms = Math.min(...waits);
    const probed = circuits.some(({ probing }) => probing);
    const hopeless = circuits.every(({ failedProbes }) => failedProbes >= this.#policy.probesMax);
    const error = circuits.find(({ lastError }) => lastError !== undefined)?.lastError;
    const tooLong = ms > this.#policy.waitMaxMs || (hopeless && !probed);
    return error !== undefined && tooLong ? { kind: 'down', error } : { kind: 'wait', ms };
  }

  #begin(host: GrantedHost, circuit: Circuit): Attempt {
    let probing = circuit.openUntil !== undefined;
    circuit.probing ||= probing;
    const endProbe = () => {
      if (probing) circuit.probing = false;
      probing = false;
      this.#tell();
    };
    return {
      host,
      answered: () => {
        Object.assign(circuit, newCircuit());
        endProbe();
      },
      failed: (error, retryAfterMs) => {
        this.#fail(circuit, probing, { error, retryAfterMs });
        endProbe();
      },
      released: endProbe,
    };
  }

  #fail(
    circuit: Circuit,
    probing: boolean,
    { error, retryAfterMs }: { readonly error: AppError; readonly retryAfterMs: number | undefined },
  ): void {
    const now = this.#clock.now();
    circuit.failures = this.#recentFailures(circuit, now) + 1;
    circuit.failedAt = now;
    circuit.lastError = error;
    if (probing) circuit.failedProbes++;
    // One that is open already was opened by streams that broke together: their wait has begun.
    const breaks =
      probing || (circuit.openUntil === undefined && circuit.failures >= this.#policy.failuresMax);
    if (!breaks && retryAfterMs === undefined) return;
    const { openBaseMs: baseMs, openMaxMs: maxMs } = this.#policy;
    const restMs = breaks ? fullJitterMs(circuit.failedProbes + 1, { baseMs, maxMs }, this.#random) : 0;
    const askedMs = retryAfterMs === undefined ? 0 : spreadMs(retryAfterMs, this.#random);
    circuit.openUntil = Math.max(circuit.openUntil ?? 0, now + Math.max(restMs, askedMs));
  }

  #recentFailures(circuit: Circuit, now: number): number {
    return now - circuit.failedAt < this.#policy.forgiveMs ? circuit.failures : 0;
  }

  /** One for all games of a host: below its name lies one server. */
  #circuitOf({ baseUrl }: GrantedHost): Circuit {
    const name = URL.canParse(baseUrl) ? new URL(baseUrl).origin : baseUrl;
    const known = this.#circuits.get(name);
    if (known !== undefined) return known;
    const circuit = newCircuit();
    this.#circuits.set(name, circuit);
    return circuit;
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

function newCircuit(): Circuit {
  return {
    failures: 0,
    failedAt: Number.NEGATIVE_INFINITY,
    openUntil: undefined,
    probing: false,
    failedProbes: 0,
    lastError: undefined,
  };
}
