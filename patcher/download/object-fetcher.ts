import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { BandwidthLimit } from './bandwidth-limit.ts';
import type { Clock } from './clock.ts';
import { downloadErrors } from './download-errors.ts';
import { type DownloadGrant, GrantKeeper, type GrantProvider } from './grant.ts';
import { type AskedRange, checkRangeResponse, type Fault, FaultError } from './response-check.ts';

/** Where a content-named object is: its path below the grant's base URL. */
export interface ObjectReference {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly path: string;
}

export interface FetcherPorts {
  readonly grants: GrantProvider;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limit?: BandwidthLimit;
  readonly policy?: Partial<RetryPolicy>;
}

export interface RetryPolicy {
  /** Failures in a row, without {@link progressBytes} in between, before a range is given up. */
  readonly failuresMax: number;
  readonly progressBytes: number;
  /** Fresh grants one range may ask for. */
  readonly refreshesMax: number;
  /** Silence after which a connection is given up. */
  readonly stallMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/** Six failures under full jitter are half a minute on average: longer than a roaming Wi-Fi, shorter than patience. */
const DEFAULT_POLICY: RetryPolicy = {
  failuresMax: 6,
  progressBytes: 1024 * 1024,
  refreshesMax: 2,
  stallMs: 30_000,
  backoffBaseMs: 500,
  backoffMaxMs: 20_000,
};

/** Largest object {@link ObjectFetcher.fetchObject} holds in memory: a manifest of a million chunks is about 60 MB. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024;
/** Tries for an object whose hash is wrong: one may be a broken cache, two are not chance. */
const OBJECT_TRIES = 2;

/** What went over the network, ever growing. */
export interface NetworkCounters {
  requests: number;
  /** Body bytes received, wanted or not. */
  receivedBytes: number;
  /** Answers that asked us to slow down. */
  throttled: number;
}

interface RangeState {
  failures: number;
  refreshes: number;
  grant: DownloadGrant;
}

/**
 * Reads ranges of CDN objects: retries, back-off, grants and limits in one place, so that a caller sees
 * either exactly the bytes it asked for or one typed error. Bytes are not hashed here; whoever stores them does.
 */
export class ObjectFetcher {
  readonly #ports: FetcherPorts;
  readonly #policy: RetryPolicy;
  readonly #grants: GrantKeeper;
  readonly counters: NetworkCounters = { requests: 0, receivedBytes: 0, throttled: 0 };

  constructor(ports: FetcherPorts) {
    this.#ports = ports;
    this.#policy = { ...DEFAULT_POLICY, ...ports.policy };
    this.#grants = new GrantKeeper(ports.grants);
  }

  /** How often a fresh grant was asked for. */
  get refreshes(): number {
    return this.#grants.refreshes;
  }

  /**
   * The bytes `[offset, offset + sizeBytes)` of an object, in order, as they arrive.
   * @throws {AppError} `DOWNLOAD_…`; or the signal's reason.
   */
  async *fetchRange(
    path: string,
    offset: number,
    sizeBytes: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    checkObjectPath(path);
    const state: RangeState = { failures: 0, refreshes: 0, grant: await this.#grants.current() };
    let received = 0;
    let creditedAt = 0;
    while (received < sizeBytes) {
      signal?.throwIfAborted();
      const asked = { path, offset: offset + received, sizeBytes: sizeBytes - received };
      try {
        for await (const bytes of this.#request(asked, state.grant, signal)) {
          received += bytes.length;
          yield bytes;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (received - creditedAt >= this.#policy.progressBytes) {
          state.failures = 0;
          creditedAt = received;
        }
        await this.#recover(toFault(error), state, signal);
      }
    }
  }

  /**
   * A whole small object, checked against its hash.
   * @throws {AppError} `DOWNLOAD_…`; `DOWNLOAD_CORRUPT` when its hash stays wrong.
   */
  async fetchObject(object: ObjectReference, signal?: AbortSignal): Promise<Uint8Array> {
    const { path, sizeBytes, sha256 } = object;
    if (sizeBytes > OBJECT_BYTES_MAX) {
      throw downloadErrors.error('DOWNLOAD_TOO_LARGE', { path, sizeBytes, max: OBJECT_BYTES_MAX });
    }
    for (let attempt = 0; attempt < OBJECT_TRIES; attempt++) {
      const parts: Uint8Array[] = [];
      for await (const bytes of this.fetchRange(path, 0, sizeBytes, signal)) parts.push(bytes);
      const whole = Buffer.concat(parts);
      if (createHash('sha256').update(whole).digest('hex') === sha256) return whole;
    }
    throw downloadErrors.error('DOWNLOAD_CORRUPT', { path });
  }

  /** One request. Ends early, without an error, only when all asked bytes were given. */
  async *#request(
    asked: AskedRange,
    grant: DownloadGrant,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, void> {
    const abort = new AbortController();
    const onAbort = () => abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.counters.requests++;
    try {
      const response = await this.#unlessStalled(
        this.#ports.fetch(objectUrl(grant, asked.path), {
          headers: { range: `bytes=${asked.offset}-${asked.offset + asked.sizeBytes - 1}` },
          redirect: 'manual',
          signal: abort.signal,
        }),
      );
      const skipBytes = await this.#unlessStalled(checkRangeResponse(response, asked));
      yield* this.#body(response, { skipBytes, sizeBytes: asked.sizeBytes }, signal);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      abort.abort();
    }
  }

  async *#body(
    response: Response,
    wanted: { readonly skipBytes: number; readonly sizeBytes: number },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, void> {
    const reader = response.body?.getReader();
    if (reader === undefined) throw truncated();
    let skipBytes = wanted.skipBytes;
    let left = wanted.sizeBytes;
    while (left > 0) {
      const part = await this.#unlessStalled(reader.read());
      if (part.done) throw truncated();
      this.counters.receivedBytes += part.value.length;
      await this.#ports.limit?.take(part.value.length, signal);
      const skipped = Math.min(skipBytes, part.value.length);
      skipBytes -= skipped;
      const bytes = part.value.subarray(skipped, skipped + left);
      left -= bytes.length;
      if (bytes.length > 0) yield bytes;
    }
  }

  async #recover(fault: Fault, state: RangeState, signal: AbortSignal | undefined): Promise<void> {
    if (fault.kind === 'fatal') throw fault.error;
    if (fault.kind === 'refresh') {
      if (state.refreshes >= this.#policy.refreshesMax) throw fault.error;
      state.refreshes++;
      state.grant = await this.#grants.replace(state.grant, fault.reason);
      return;
    }
    if (fault.throttled === true) this.counters.throttled++;
    state.failures++;
    if (state.failures >= this.#policy.failuresMax) throw fault.error;
    await this.#ports.clock.sleep(this.#backoffMs(state.failures, fault.retryAfterMs), signal);
    // A grant another stream has refreshed meanwhile is the better one to go on with.
    state.grant = await this.#grants.current();
  }

  /** Exponential with full jitter, so that a fleet that failed together does not come back together. */
  #backoffMs(failures: number, retryAfterMs = 0): number {
    const { backoffBaseMs, backoffMaxMs } = this.#policy;
    const ceiling = Math.min(backoffMaxMs, backoffBaseMs * 2 ** (failures - 1));
    return retryAfterMs + this.#ports.random() * ceiling;
  }

  async #unlessStalled<T>(work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const stall = this.#ports.clock.sleep(this.#policy.stallMs, done.signal).then(
      () => {
        throw stalled(this.#policy.stallMs);
      },
      () => new Promise<never>(() => {}),
    );
    try {
      return await Promise.race([work, stall]);
    } finally {
      done.abort();
      work.catch(() => {
        // Reported through the race already, or abandoned with the connection.
      });
    }
  }
}

function objectUrl(grant: DownloadGrant, path: string): string {
  return grant.query === '' ? `${grant.baseUrl}${path}` : `${grant.baseUrl}${path}?${grant.query}`;
}

/** A signed wildcard must not be led elsewhere: plain segments only, nothing to decode or to resolve. */
function checkObjectPath(path: string): void {
  const plain = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/.test(path);
  if (!plain) throw downloadErrors.error('DOWNLOAD_PATH_REFUSED', { path: path.slice(0, 200) });
}

function stalled(stallMs: number): FaultError {
  const error = downloadErrors.error('DOWNLOAD_STALLED', { seconds: Math.round(stallMs / 1000) });
  return new FaultError({ kind: 'retry', error });
}

function truncated(): FaultError {
  const error = downloadErrors.error('DOWNLOAD_NETWORK_FAILED', { reason: 'the answer ended too early' });
  return new FaultError({ kind: 'retry', error });
}

function toFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (error instanceof AppError) return { kind: 'fatal', error };
  const reason = errnoOf(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(reason)) {
    return { kind: 'fatal', error: downloadErrors.error('DOWNLOAD_CERTIFICATE_REFUSED', { reason }, error) };
  }
  return { kind: 'retry', error: downloadErrors.error('DOWNLOAD_NETWORK_FAILED', { reason }, error) };
}

/** `fetch` wraps the cause of a failed connection once or twice. */
function errnoOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return error instanceof Error ? error.message : 'unknown';
}
