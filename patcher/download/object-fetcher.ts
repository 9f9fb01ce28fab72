import { createHash } from 'node:crypto';
import type { AppError } from '../errors.ts';
import { fullJitterMs } from './hosts/back-off.ts';
import type { BandwidthLimit } from './bandwidth-limit.ts';
import { type Clock, sleepUnlessWoken } from './clock.ts';
import { clockFacts, connectionFault } from './connection/connection-fault.ts';
import { downloadErrors } from './download-errors.ts';
import {
  type DownloadGrant,
  type GrantedHost,
  GrantKeeper,
  type GrantProvider,
  hostsOf,
} from './hosts/grant.ts';
import { type Attempt, HostHealth } from './hosts/host-health.ts';
import type { BodyReader, RangeFetch, RangeResponse } from './connection/range-fetch.ts';
import { type AskedRange, checkRangeResponse, type Fault, FaultError } from './connection/response-check.ts';
import { ServerTime } from './connection/server-time.ts';
import { StallWatch } from './stall-watch.ts';
import { StreamWidth } from './stream-width.ts';

/** Where a content-named object is: its path below the grant's base URL. */
export interface ObjectReference {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly path: string;
}

/** A part of an object, by its path below the grant's base URL. */
export type ObjectRange = Omit<AskedRange, 'wholeAccepted'>;

/** Gives memory for at least one byte. */
export type NextRoom = () => Uint8Array;

export interface FetcherPorts {
  readonly grants: GrantProvider;
  readonly fetch: RangeFetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limit?: BandwidthLimit | undefined;
  readonly policy?: Partial<RetryPolicy>;
  /** What all jobs of a process know of the hosts; by default this fetcher learns for itself. */
  readonly health?: HostHealth | undefined;
  /** Milliseconds since 1970, as this computer believes; by default the system's. */
  readonly wallClock?: (() => number) | undefined;
}

export interface RetryPolicy {
  /** Failures in a row, without {@link progressBytes} in between, before a range is given up. */
  readonly failuresMax: number;
  readonly progressBytes: number;
  /** Fresh grants one range may ask for, without {@link progressBytes} in between. */
  readonly refreshesMax: number;
  /** Silence after which a connection is given up. */
  readonly stallMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/**
 * Six failures under full jitter are half a minute on average: longer than a roaming Wi-Fi, shorter than patience. Two
 * seconds for the first, because ten thousand players may share it.
 */
const DEFAULT_POLICY: RetryPolicy = {
  failuresMax: 6,
  progressBytes: 1024 * 1024,
  refreshesMax: 2,
  stallMs: 30_000,
  backoffBaseMs: 2_000,
  backoffMaxMs: 20_000,
};
/** Answers with the whole object instead of a range after which that is taken as the only way. */
const WHOLE_ANSWERS_MAX = 2;

/** Bytes read at once into a room: each part is a dozen promises, and a limit on bandwidth counts whole parts. */
const PART_BYTES_MAX = 512 * 1024;

/** Largest object {@link ObjectFetcher.fetchObject} holds in memory: a manifest of a million chunks is about 60 MB. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024;
/** Tries for an object whose hash is wrong: one may be a broken cache, two are not chance. */
const OBJECT_TRIES = 2;

/** What went over the network, ever growing. */
export interface NetworkCounters {
  requests: number;
  /** Body bytes received, wanted or not. */
  receivedBytes: number;
  /** Of those, the ones before a range that came inside the whole object. */
  skippedBytes: number;
  /** Answers that asked us to slow down. */
  throttled: number;
}

interface RangeState {
  failures: number;
  refreshes: number;
  grant: DownloadGrant;
  /** How often each host, by its base URL, has failed to give this range. */
  readonly failedAt: Map<string, number>;
  /** Base URLs of hosts that will not give this range. */
  readonly refusedBy: Set<string>;
}

/**
 * Reads ranges of CDN objects: hosts, retries, back-off, grants and limits in one place, so that a caller sees
 * either exactly the bytes it asked for or one typed error. Bytes are not hashed here; whoever stores them does.
 */
export class ObjectFetcher {
  readonly #ports: FetcherPorts;
  readonly #policy: RetryPolicy;
  readonly #grants: GrantKeeper;
  readonly #health: HostHealth;
  readonly #time: ServerTime;
  /** Whole objects that came in place of ranges since the last range that came. */
  #wholeAnswers = 0;
  /** How many ranges are worth reading at once, as the arriving bytes tell. */
  readonly width: StreamWidth;
  readonly counters: NetworkCounters = { requests: 0, receivedBytes: 0, skippedBytes: 0, throttled: 0 };

  constructor(ports: FetcherPorts) {
    this.#ports = ports;
    this.#policy = { ...DEFAULT_POLICY, ...ports.policy };
    this.#grants = new GrantKeeper(ports.grants);
    this.#health = ports.health ?? new HostHealth(ports.clock, ports.random);
    this.#time = new ServerTime(ports.wallClock ?? Date.now);
    this.width = new StreamWidth(ports.clock);
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
    yield* this.#fetch({ path, offset, sizeBytes }, { elsewhere: false, signal });
  }

  /**
   * The same, read to where they shall be.
   * @param nextRoom Where the next bytes go: asked again behind all that were given.
   * @returns The parts of these rooms that were filled.
   */
  async *fetchInto(
    { path, offset, sizeBytes }: ObjectRange,
    nextRoom: NextRoom,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#fetch({ path, offset, sizeBytes }, { elsewhere: false, nextRoom, signal });
  }

  /** The same, for bytes that came wrong: from another host where there is one, whose cache may be the better. */
  async *fetchRangeAgain(
    path: string,
    offset: number,
    sizeBytes: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#fetch({ path, offset, sizeBytes }, { elsewhere: true, signal });
  }

  async *#fetch(
    { path, offset, sizeBytes }: ObjectRange,
    { elsewhere, nextRoom, signal }: HowToFetch,
  ): AsyncGenerator<Uint8Array, void, void> {
    checkObjectPath(path);
    const grant = await this.#grants.current();
    const state: RangeState = {
      failures: 0,
      refreshes: 0,
      grant,
      failedAt: new Map(elsewhere ? [[grant.baseUrl, 1]] : []),
      refusedBy: new Set(),
    };
    let received = 0;
    let creditedAt = 0;
    while (received < sizeBytes) {
      const attempt = await this.#admitted(state, signal);
      const wholeAccepted = this.#wholeAnswers >= WHOLE_ANSWERS_MAX;
      const asked = { path, offset: offset + received, sizeBytes: sizeBytes - received, wholeAccepted };
      try {
        for await (const bytes of this.#request(asked, { attempt, state, nextRoom, signal })) {
          received += bytes.length;
          yield bytes;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (received - creditedAt >= this.#policy.progressBytes) {
          state.failures = 0;
          state.refreshes = 0;
          creditedAt = received;
        }
        await this.#recover(connectionFault(error, this.#time), { attempt, state, nextRoom, signal });
      } finally {
        attempt.released();
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
      throw downloadErrors.error('DOWNLOAD_TOO_LARGE', { path, sizeBytes, maxBytes: OBJECT_BYTES_MAX });
    }
    for (let attempt = 0; attempt < OBJECT_TRIES; attempt++) {
      const parts: Uint8Array[] = [];
      const range = this.#fetch({ path, offset: 0, sizeBytes }, { elsewhere: attempt > 0, signal });
      for await (const bytes of range) parts.push(bytes);
      const whole = Buffer.concat(parts);
      if (createHash('sha256').update(whole).digest('hex') === sha256) return whole;
    }
    throw downloadErrors.error('DOWNLOAD_CORRUPT', { path });
  }

  /** Wait until a host may be asked. @throws {AppError} The last error of hosts that are not worth waiting for. */
  async #admitted(state: RangeState, signal: AbortSignal | undefined): Promise<Attempt> {
    for (;;) {
      signal?.throwIfAborted();
      const admission = this.#health.admit(openHosts(state));
      if (admission.kind === 'go') return admission.attempt;
      if (admission.kind === 'down') throw admission.error;
      const onWake = (wake: () => void) => {
        void this.#health.changed.then(wake);
        return () => undefined;
      };
      await sleepUnlessWoken(this.#ports.clock, admission.ms, { onWake, signal });
    }
  }

  /** Milliseconds by the clock that decides about stalls. */
  readonly now = (): number => this.#ports.clock.now();

  /** One request. Ends early, without an error, only when all asked bytes were given. */
  async *#request(
    asked: AskedRange,
    { attempt, nextRoom, signal }: OneTry,
  ): AsyncGenerator<Uint8Array, void, void> {
    const abort = new AbortController();
    const onAbort = () => abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.counters.requests++;
    const { stallMs } = this.#policy;
    using watch = new StallWatch(this.#ports.clock, stallMs, () => stalled(stallMs));
    try {
      const response = await watch.over(
        this.#ports.fetch(objectUrl(attempt.host, asked.path), {
          headers: { range: `bytes=${asked.offset}-${asked.offset + asked.sizeBytes - 1}` },
          redirect: 'manual',
          signal: abort.signal,
        }),
      );
      this.#time.note(response.headers);
      if (response.status === 206) this.#wholeAnswers = 0;
      if (response.status === 200) this.#wholeAnswers++;
      const skipBytes = await watch.over(checkRangeResponse(response, asked));
      attempt.answered();
      yield* this.#body(response, { skipBytes, sizeBytes: asked.sizeBytes, nextRoom, watch }, signal);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      abort.abort();
    }
  }

  async *#body(
    response: RangeResponse,
    wanted: {
      readonly skipBytes: number;
      readonly sizeBytes: number;
      readonly nextRoom: NextRoom | undefined;
      readonly watch: StallWatch;
    },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, void> {
    const reader = response.body?.getReader();
    if (reader === undefined) throw truncated();
    const { nextRoom, watch } = wanted;
    let skipBytes = wanted.skipBytes;
    let left = wanted.sizeBytes;
    while (left > 0) {
      const room = nextRoom?.().subarray(0, Math.min(PART_BYTES_MAX, skipBytes > 0 ? skipBytes : left));
      const part = await watch.over(readPart(reader, room));
      if (part === undefined) throw truncated();
      this.counters.receivedBytes += part.length;
      this.width.arrived(part.length);
      await this.#ports.limit?.take(part.length, signal);
      const skipped = Math.min(skipBytes, part.length);
      skipBytes -= skipped;
      this.counters.skippedBytes += skipped;
      const bytes = part.subarray(skipped, skipped + left);
      left -= bytes.length;
      if (bytes.length === 0) continue;
      if (nextRoom === undefined || bytes.buffer === room?.buffer) yield bytes;
      else yield* copyInto(nextRoom, bytes);
    }
  }

  async #recover(fault: Fault, { attempt, state, signal }: OneTry): Promise<void> {
    const refreshable = fault.kind === 'refresh' && state.refreshes < this.#policy.refreshesMax;
    if (fault.kind === 'fatal' || (fault.kind === 'refresh' && !refreshable)) {
      state.refusedBy.add(attempt.host.baseUrl);
      const hopeless = fault.kind === 'fatal' && fault.hostBound !== true;
      if (hopeless || openHosts(state).length === 0) throw this.#lastWord(fault);
      return;
    }
    if (fault.kind === 'refresh') {
      state.refreshes++;
      state.grant = await this.#grants.replace(state.grant, fault.reason);
      return;
    }
    if (fault.blamesHost === true) attempt.failed(fault.error, fault.retryAfterMs);
    // Even without blame: another name may resolve, and another route lead somewhere.
    const { baseUrl } = attempt.host;
    state.failedAt.set(baseUrl, (state.failedAt.get(baseUrl) ?? 0) + 1);
    if (fault.throttled === true) this.counters.throttled++;
    this.width.slowDown();
    state.failures++;
    if (state.failures >= this.#policy.failuresMax) throw fault.error;
    const { backoffBaseMs: baseMs, backoffMaxMs: maxMs } = this.#policy;
    const waitMs = fullJitterMs(state.failures, { baseMs, maxMs }, this.#ports.random);
    await this.#ports.clock.sleep(waitMs, signal);
    // A grant another stream has refreshed meanwhile is the better one to go on with.
    state.grant = await this.#grants.current();
  }

  /** Fresh grants are refused as well: by a computer whose clock is wrong, that is the likeliest cause. */
  #lastWord(fault: Fault): AppError {
    if (fault.kind !== 'refresh' || !this.#time.isWrong) return fault.error;
    return downloadErrors.error('DOWNLOAD_CLOCK_WRONG', clockFacts(fault.reason, this.#time), fault.error);
  }
}

interface HowToFetch {
  /** From another host, where there is one. */
  readonly elsewhere: boolean;
  readonly nextRoom?: NextRoom | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One try at a range: with which host, for which range, until when. */
interface OneTry {
  readonly attempt: Attempt;
  readonly state: RangeState;
  readonly nextRoom: NextRoom | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @returns What came next, in `room` where the reader can read into one; undefined behind the last. */
async function readPart(reader: BodyReader, room: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  if (room !== undefined && reader.readInto !== undefined) {
    const sizeBytes = await reader.readInto(room);
    return sizeBytes === 0 ? undefined : room.subarray(0, sizeBytes);
  }
  const part = await reader.read();
  return part.done ? undefined : part.value;
}

function* copyInto(nextRoom: NextRoom, bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; ) {
    const room = nextRoom().subarray(0, bytes.length - at);
    room.set(bytes.subarray(at, at + room.length));
    at += room.length;
    yield room;
  }
}

/** The grant's hosts that have not refused the range, those first that failed it least. */
function openHosts({ grant, failedAt, refusedBy }: RangeState): GrantedHost[] {
  const failures = ({ baseUrl }: GrantedHost) => failedAt.get(baseUrl) ?? 0;
  return hostsOf(grant)
    .filter(({ baseUrl }) => !refusedBy.has(baseUrl))
    .toSorted((a, b) => failures(a) - failures(b));
}

function objectUrl({ baseUrl, query }: GrantedHost, path: string): string {
  return query === '' ? `${baseUrl}${path}` : `${baseUrl}${path}?${query}`;
}

/** A signed wildcard must not be led elsewhere: plain segments only, nothing to decode or to resolve. */
function checkObjectPath(path: string): void {
  const plain = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/.test(path);
  if (!plain) throw downloadErrors.error('DOWNLOAD_PATH_REFUSED', { path: path.slice(0, 200) });
}

function stalled(stallMs: number): FaultError {
  const error = downloadErrors.error('DOWNLOAD_STALLED', { seconds: Math.round(stallMs / 1000) });
  return new FaultError({ kind: 'retry', error, blamesHost: true });
}

function truncated(): FaultError {
  const error = downloadErrors.error('DOWNLOAD_NETWORK_FAILED', { reason: 'the answer ended too early' });
  return new FaultError({ kind: 'retry', error, blamesHost: true });
}
