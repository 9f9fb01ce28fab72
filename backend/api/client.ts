import type { z } from 'zod';
import { AppError, defineErrors } from '../../patcher/errors.ts';
import { describeProblems } from '../../patcher/input-problems.ts';
import { problemSchema, type RouteContract, type RouteName, type Routes, routes } from './contract.ts';

export const clientErrors = defineErrors({
  SERVICE_UNREACHABLE: {
    family: 'network',
    sentence: 'The service at {url} cannot be reached.',
    next: 'Check the network connection and that the service runs, then try again.',
  },
  SERVICE_INTERCEPTED: {
    family: 'network',
    sentence: 'A page came instead of an answer of the service at {url} (status {status}).',
    next: 'Sign in to the network in a browser, then try again.',
  },
  SERVICE_ANSWER_INVALID: {
    family: 'format',
    sentence: 'The service at {url} gave an answer that does not fit its API.',
    next: 'Check that the address is a Gantry service of a matching version.',
  },
});

type Input<S> = S extends z.ZodType ? z.input<S> : S extends 'bytes' ? Uint8Array : never;
type Output<S> = S extends z.ZodType ? z.output<S> : S extends 'bytes' ? Uint8Array : undefined;
type Part<R, K extends string, Name extends string> = R extends { readonly [P in K]: infer S }
  ? { readonly [P in Name]: Input<S> }
  : unknown;

/** What a call of one route takes: its params, query, body and, where the route asks for it, an idempotency key. */
export type CallOf<R extends RouteContract> = Part<R, 'params', 'params'> &
  (R extends { readonly query: infer Q } ? { readonly query?: Input<Q> } : unknown) &
  Part<R, 'body', 'body'> &
  (R extends { readonly idempotent: true } ? { readonly idempotencyKey: string } : unknown);

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** One method per route of the contract. Routes without parameters take `{}`. */
export type ApiClient = {
  readonly [Name in RouteName]: (
    call: CallOf<Routes[Name]>,
    options?: CallOptions,
  ) => Promise<Output<Routes[Name]['response']>>;
};

export interface ApiClientOptions {
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** The current access token, or undefined when signed out; asked for at each call. */
  readonly accessToken?: () => Promise<string | undefined>;
  /** Sent as `User-Agent` where the runtime lets it. */
  readonly userAgent?: string;
  /** After this long without an answer the call fails as unreachable. */
  readonly timeoutMs?: number;
}

/** Long enough for a service that hashes a password under load, short enough that a screen is not left waiting. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * The typed client of the HTTP API.
 * @throws {AppError} the problem the service answered with, under its own code; `SERVICE_UNREACHABLE`; `SERVICE_ANSWER_INVALID`.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const entries = Object.entries(routes).map(([name, route]) => [
    name,
    (call: AnyCall, callOptions?: CallOptions) => callRoute(options, route, call, callOptions),
  ]);
  return Object.fromEntries(entries) as ApiClient;
}

interface AnyCall {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

async function callRoute(
  options: ApiClientOptions,
  route: RouteContract,
  call: AnyCall,
  callOptions?: CallOptions,
): Promise<unknown> {
  const url = buildUrl(options.baseUrl, route.path, call);
  const response = await send(options, route, url, call, callOptions);
  if (!response.ok) throw await readProblem(response, url);
  if (route.response === 'empty') return undefined;
  if (route.response === 'bytes') return new Uint8Array(await response.arrayBuffer());
  const parsed = route.response.safeParse(await readJson(response, url));
  if (!parsed.success) {
    throw clientErrors.error('SERVICE_ANSWER_INVALID', { url, reason: describeProblems(parsed.error) });
  }
  return parsed.data;
}

async function send(
  options: ApiClientOptions,
  route: RouteContract,
  url: string,
  call: AnyCall,
  callOptions?: CallOptions,
): Promise<Response> {
  const token = route.auth === 'public' ? undefined : await options.accessToken?.();
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (options.userAgent !== undefined) headers['user-agent'] = options.userAgent;
  if (call.idempotencyKey !== undefined) headers['idempotency-key'] = call.idempotencyKey;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = callOptions?.signal ? AbortSignal.any([callOptions.signal, timeout]) : timeout;
  try {
    return await options.fetch(url, {
      method: route.method,
      headers,
      signal,
      ...encodeBody(route, call, headers),
    });
  } catch (cause) {
    if (callOptions?.signal?.aborted) throw cause;
    throw clientErrors.error('SERVICE_UNREACHABLE', { url: options.baseUrl }, cause);
  }
}

function encodeBody(
  route: RouteContract,
  call: AnyCall,
  headers: Record<string, string>,
): Pick<RequestInit, 'body'> {
  if (route.body === undefined) return {};
  if (route.body === 'bytes') {
    headers['content-type'] = 'application/octet-stream';
    return { body: call.body as Uint8Array<ArrayBuffer> };
  }
  headers['content-type'] = 'application/json';
  return { body: JSON.stringify(call.body ?? {}) };
}

function buildUrl(baseUrl: string, path: string, call: AnyCall): string {
  const filled = path.replaceAll(/:(\w+)/g, (_whole, name: string) =>
    encodeURIComponent(String(call.params?.[name])),
  );
  const url = new URL(filled, baseUrl);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, `${value as string | number}`);
  }
  return url.href;
}

async function readProblem(response: Response, url: string): Promise<AppError> {
  const problem = problemSchema.safeParse(await readJson(response, url));
  if (!problem.success) return clientErrors.error('SERVICE_ANSWER_INVALID', { url, status: response.status });
  const { code, title, next, details, status } = problem.data;
  return new AppError({ code, family: familyOfStatus(status), message: title, next, details });
}

async function readJson(response: Response, url: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    const { status, headers } = response;
    const page = (headers.get('content-type') ?? '').toLowerCase().startsWith('text/html');
    // A proxy before the service fails with a page too; only one that says that all is well is somebody else's.
    const code = page && (status < 400 || status === 511) ? 'SERVICE_INTERCEPTED' : 'SERVICE_ANSWER_INVALID';
    throw clientErrors.error(code, { url, status }, cause);
  }
}

function familyOfStatus(status: number): AppError['family'] {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 413 || status === 429) return 'limit';
  if (status >= 500) return 'unavailable';
  return 'input';
}
