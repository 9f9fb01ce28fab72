import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { fetchDirectly } from './range-client.ts';
import { UnusualHead } from './range-connection.ts';
import type { BodyReader, RangeFetch, RangeHeaders } from './range-fetch.ts';

/** Origins that have answered out of the ordinary. */
const unusual = new Set<string>();

/**
 * Downloads by connections of our own; where a server answers out of the ordinary, such as in chunks, by Node's client from
 * then on, and by Node's `fetch` where Node is told to go by a proxy.
 */
export const httpFetch: RangeFetch = async (url, options) => {
  if (isProxied()) return fetch(url, options);
  const { origin } = new URL(url);
  if (unusual.has(origin)) return fetchByNode(url, options);
  try {
    return await fetchDirectly(url, options);
  } catch (error) {
    if (!(error instanceof UnusualHead)) throw error;
    unusual.add(origin);
    return fetchByNode(url, options);
  }
};

const fetchByNode: RangeFetch = (url, { signal, headers }) => {
  // Once it is needed; an import would have all that the modules export made, among it a WebSocket.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve, reject) => {
    const asked = request(url, { signal, headers: { ...headers, accept: '*/*' } });
    asked.once('response', (response) => {
      // Read before anything else happens: an error then has somebody to hear of it.
      const body: BodyReader = Readable.toWeb(response).getReader();
      const status = response.statusCode ?? 0;
      resolve({ status, type: 'basic', headers: headersOf(response), body: { getReader: () => body } });
    });
    // Also after the response has begun, when its reader tells of it.
    asked.on('error', reject);
    asked.end();
  });
};

function isProxied(): boolean {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  return process.env['NODE_USE_ENV_PROXY'] === '1' || flags.some((flag) => flag.includes('--use-env-proxy'));
}

function headersOf({ headers }: IncomingMessage): RangeHeaders {
  return {
    get: (name) => {
      const value = headers[name];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}
