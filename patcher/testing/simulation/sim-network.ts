import type { DownloadGrant, GrantProvider } from '../../download/hosts/grant.ts';
import { FAULT_BODIES } from '../network/object-server.ts';
import type { SeededRandom } from '../random-bytes.ts';
import type { FetchedRange } from '../builds/refetched-bytes.ts';
import type { SimScheduler } from './sim-scheduler.ts';

/** Largest piece of a body that arrives at once. */
const PIECE_BYTES_MAX = 12_000;

/** How bad a network is; `honestAfter` faults it works, so that something can end. */
export interface SimWeather {
  /** Of 100 requests, how many go wrong. */
  readonly faultsPercent: number;
  readonly honestAfter: number;
  /** Milliseconds a piece takes at most. */
  readonly slowestMs: number;
}

export const FAIR_WEATHER: SimWeather = { faultsPercent: 0, honestAfter: 0, slowestMs: 3 };

const FAULTS = [
  'busy',
  'throttled',
  'expired',
  'reset',
  'truncated',
  'stalled',
  'corrupt',
  'whole',
  'shifted',
  'gone',
  'portal',
] as const;
type SimNetworkFault = (typeof FAULTS)[number];

/** One range as it was asked for and answered. */
interface SimRequest extends FetchedRange {
  readonly fault: SimNetworkFault | undefined;
}

/** A CDN whose latency, losses, wrong bytes and refusals are decided by a seed. */
export class SimNetwork {
  weather: SimWeather = FAIR_WEATHER;
  requests: SimRequest[] = [];
  readonly #objects: ReadonlyMap<string, Uint8Array>;
  readonly #scheduler: SimScheduler;
  readonly #random: SeededRandom;
  #faults = 0;
  #generation = 1;

  constructor(objects: ReadonlyMap<string, Uint8Array>, scheduler: SimScheduler, random: SeededRandom) {
    this.#objects = objects;
    this.#scheduler = scheduler;
    this.#random = random;
  }

  readonly grants: GrantProvider = {
    current: () => this.#scheduler.step(() => this.#grant()),
    refresh: () => this.#scheduler.step(() => this.#grant()),
  };

  /** Begin anew under other weather; what was asked for so far is forgotten. */
  change(weather: SimWeather): void {
    this.weather = weather;
    this.#faults = 0;
    this.requests = [];
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '');
    const first = Number(range?.[1]);
    const end = Number(range?.[2]) + 1;
    const fault = this.#decide();
    const asked = { path: url.pathname.slice(1), first, end, fault };
    this.requests.push(asked);
    await this.#scheduler.sleep(this.#random.below(this.weather.slowestMs + 1), init?.signal ?? undefined);
    if (fault === 'expired') this.#generation++;
    if (url.search !== `?Signature=${this.#generation}`) return refusal(403, FAULT_BODIES.accessDenied);
    return this.#answer(asked, init?.signal ?? undefined);
  };

  #grant(): DownloadGrant {
    return { baseUrl: 'http://cdn.invalid/', query: `Signature=${this.#generation}` };
  }

  #decide(): SimNetworkFault | undefined {
    const { faultsPercent, honestAfter } = this.weather;
    if (this.#faults >= honestAfter || this.#random.below(100) >= faultsPercent) return undefined;
    this.#faults++;
    return FAULTS[this.#random.below(FAULTS.length)];
  }

  #answer({ path, first, end, fault }: SimRequest, signal: AbortSignal | undefined): Response {
    const object = this.#objects.get(path);
    if (fault === 'reset') throw connectionReset();
    if (fault === 'busy') return refusal(503, '', { 'retry-after': '1' });
    if (fault === 'throttled') return refusal(429, '');
    if (fault === 'gone') return refusal(404, '<Error><Code>NoSuchKey</Code></Error>');
    if (fault === 'portal') return refusal(200, FAULT_BODIES.html, { 'content-type': 'text/html' });
    if (object === undefined) return refusal(404, '<Error><Code>NoSuchKey</Code></Error>');
    if (first >= object.length) return refusal(416, '<Error><Code>InvalidRange</Code></Error>');
    const shift = fault === 'shifted' ? 1 : 0;
    const whole = fault === 'whole';
    const from = whole ? 0 : first + shift;
    const to = whole ? object.length : Math.min(end + shift, object.length);
    const body = Uint8Array.from(object.subarray(from, to));
    if (fault === 'corrupt') {
      const at = this.#random.below(body.length);
      body[at] = (body[at] as number) ^ (1 << this.#random.below(8));
    }
    return new Response(this.#stream(body, fault, signal), {
      status: whole ? 200 : 206,
      headers: {
        'content-length': String(body.length),
        ...(whole ? {} : { 'content-range': `bytes ${from}-${to - 1}/${object.length}` }),
      },
    });
  }

  #stream(
    body: Uint8Array<ArrayBuffer>,
    fault: SimNetworkFault | undefined,
    signal: AbortSignal | undefined,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const cut = fault === 'truncated' || fault === 'stalled';
    const end = cut ? this.#random.below(body.length + 1) : body.length;
    let at = 0;
    return new ReadableStream(
      {
        pull: async (controller) => {
          await this.#scheduler.sleep(this.#random.below(this.weather.slowestMs + 1), signal);
          if (at >= end) {
            if (fault === 'stalled') return new Promise(() => {});
            if (fault === 'truncated') controller.error(connectionReset());
            else controller.close();
            return;
          }
          const piece = body.slice(at, Math.min(end, at + 1 + this.#random.below(PIECE_BYTES_MAX)));
          at += piece.length;
          controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
  }
}

function refusal(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers });
}

function connectionReset(): Error {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });
}
