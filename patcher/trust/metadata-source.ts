import { trustErrors } from './trust-errors.ts';
import { FETCH_TIMEOUT_MS } from './trust-limits.ts';

export interface MetadataSourceOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Where the documents are, with a slash at its end; asked for at each document, since a service may tell it late. */
  readonly baseUrl: () => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/** Documents by their names below an address nobody trusts. */
export interface MetadataSource {
  /**
   * @param maxBytes Reading stops there: a server may send without end.
   * @returns undefined where there is no such document.
   * @throws {AppError} `TRUST_UNREACHABLE`, `TRUST_TOO_LARGE`
   */
  readonly fetch: (name: string, options: { role: string; maxBytes: number }) => Promise<Buffer | undefined>;
}

export function createMetadataSource(options: MetadataSourceOptions): MetadataSource {
  return {
    fetch: async (name, { role, maxBytes }) => {
      const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
      const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
      try {
        const response = await options.fetch(`${await options.baseUrl()}${name}`, {
          signal,
          // Another host has nothing to say here, and a cache's copy of the newest record is not the newest.
          redirect: 'error',
          cache: 'no-store',
        });
        return await readAnswer(response, { role, maxBytes });
      } catch (cause) {
        if (options.signal?.aborted) throw options.signal.reason;
        if (!(cause instanceof Error) || 'family' in cause) throw cause;
        const reason = timeout.aborted ? `no answer within ${FETCH_TIMEOUT_MS / 1000} s` : 'no connection';
        throw trustErrors.error('TRUST_UNREACHABLE', { reason }, cause);
      }
    },
  };
}

async function readAnswer(
  response: Response,
  { role, maxBytes }: { role: string; maxBytes: number },
): Promise<Buffer | undefined> {
  const { status } = response;
  const isPage = response.headers.get('content-type')?.includes('text/html') === true;
  if (status === 200 && !isPage) return await readUpTo(response, role, maxBytes);
  await response.body?.cancel();
  // S3 says 403 of what it does not have to whoever may not list.
  if ((status === 404 || status === 403) && !isPage) return undefined;
  const reason = isPage ? 'the network answered with a page of its own' : `status ${status}`;
  throw trustErrors.error('TRUST_UNREACHABLE', { reason });
}

async function readUpTo(response: Response, role: string, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    // Leaving the loop cancels the stream.
    if (bytes > maxBytes) throw trustErrors.error('TRUST_TOO_LARGE', { role, maxBytes });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
