import type { DownloadGrant, GrantProvider } from '../../download/hosts/grant.ts';
import { FAULT_BODIES } from './object-server.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A request as a host saw it, in virtual time. */
export interface VirtualRequest {
  /** Counts from 0 over all hosts. */
  readonly index: number;
  readonly at: number;
  /** `https://name` */
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** What a host does instead of answering truthfully. */
export type VirtualFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** `fetch` throws, as for a connection that fails with this code. */
  | { readonly kind: 'throw'; readonly code: string }
  /** `200` with the whole object. */
  | { readonly kind: 'whole' }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'break'; readonly afterBytes: number }
  /** The body ends after so many bytes, as if that were all. */
  | { readonly kind: 'short'; readonly afterBytes: number }
  /** Another `Content-Range` than was asked for. */
  | { readonly kind: 'content-range'; readonly header: string }
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'silence' };

const PIECE_BYTES = 64 * 1024;

/** Hosts that serve one object in virtual time, behind a `fetch`. */
export class VirtualCdn {
  readonly #clock: VirtualClock;
  readonly #object: Uint8Array;
  #generation = 1;
  readonly requests: VirtualRequest[] = [];
  /** Off for runs with more requests than memory should hold; `fault` sees each of them anyway. */
  keepsRequests = true;
  #index = 0;
  /** Body bytes that somebody read. */
  sentBytes = 0;
  /** Grants that were refreshed. */
  refreshes = 0;
  /** From a request to its answer, in ms. */
  latencyMs = 20;
  fault: (request: VirtualRequest) => VirtualFault | undefined = () => undefined;

  constructor(clock: VirtualClock, object: Uint8Array) {
    this.#clock = clock;
    this.#object = object;
  }

  /** Grants handed out so far are refused from now on. */
  expireGrants(): void {
    this.#generation++;
  }

  /** @param names Of hosts, best first. */
  grantsFor(...names: string[]): GrantProvider {
    const grant = (): DownloadGrant => {
      const [first, ...others] = names.map((name) => ({
        baseUrl: `https://${name}/t/`,
        query: `g=${this.#generation}`,
      }));
      return { ...(first as DownloadGrant), mirrors: others };
    };
    return {
      current: () => Promise.resolve(grant()),
      refresh: async () => {
        await this.#clock.sleep(this.latencyMs);
        this.refreshes++;
        return grant();
      },
    };
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get('range') ?? '');
    const request: VirtualRequest = {
      index: this.#index++,
      at: this.#clock.now(),
      host: url.origin,
      path: url.pathname,
      query: url.search,
      headers,
      first: Number(range?.[1]),
      last: Number(range?.[2]),
    };
    if (this.keepsRequests) this.requests.push(request);
    const fault = this.fault(request);
    const signal = init?.signal ?? undefined;
    if (fault?.kind === 'silence') return await untilAborted(signal);
    await this.#clock.sleep(this.latencyMs, signal);
    if (fault?.kind === 'throw') {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error(fault.code), { code: fault.code }),
      });
    }
    if (fault?.kind === 'status') {
      const { status, body = '', headers: extra = {} } = fault;
      const type = /^<!doctype/i.test(body) ? 'text/html' : 'application/xml';
      return new Response(body, { status, headers: { 'content-type': type, ...extra } });
    }
    if (url.search !== `?g=${this.#generation}`)
      return new Response(FAULT_BODIES.accessDenied, { status: 403 });
    return this.#answer(request, fault);
  };

  #answer({ first, last }: VirtualRequest, fault: VirtualFault | undefined): Response {
    const object = this.#object;
    if (first >= object.length)
      return new Response('<Error><Code>InvalidRange</Code></Error>', { status: 416 });
    const whole = fault?.kind === 'whole';
    const body = whole ? object : object.subarray(first, last + 1);
    const contentRange =
      fault?.kind === 'content-range'
        ? fault.header
        : `bytes ${first}-${first + body.length - 1}/${object.length}`;
    return new Response(this.#stream(body, fault), {
      status: whole ? 200 : 206,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(body.length),
        ...(whole ? {} : { 'content-range': contentRange }),
        ...(fault?.kind === 'headers' ? fault.headers : {}),
      },
    });
  }

  #stream(body: Uint8Array, fault: VirtualFault | undefined): ReadableStream<Uint8Array<ArrayBuffer>> {
    const ends = fault?.kind === 'break' || fault?.kind === 'short' ? fault.afterBytes : body.length;
    let at = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void => {
      if (at >= ends) {
        if (fault?.kind === 'break')
          controller.error(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
        else controller.close();
        return;
      }
      const piece = Uint8Array.from(body.subarray(at, Math.min(at + PIECE_BYTES, ends)));
      at += piece.length;
      this.sentBytes += piece.length;
      controller.enqueue(piece);
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
