import type { ConnectionState } from '../../preload/contract.ts';
import { toAppError } from '../failure.ts';

/**
 * Errors that only a machine which reached the service's address gets: somebody refused, hung up or kept silent.
 * Node's codes (`errno`), undici's own, and Chromium's, which Electron's `net.fetch` puts into the message.
 */
const REACHED =
  /ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|UND_ERR_(?:SOCKET|\w*TIMEOUT)|TimeoutError|ERR_CONNECTION_(?:REFUSED|RESET|CLOSED|ABORTED|TIMED_OUT)|ERR_EMPTY_RESPONSE|ERR_TIMED_OUT/;

/**
 * What a failed call tells of the connection.
 * @returns `offline` without a network (no name, no route), `service-down` where the service does not answer or
 * answers that it cannot, null where it answered and only this call failed.
 */
export function classifyFailure(error: unknown): Exclude<ConnectionState['status'], 'online'> | null {
  const { family, details, cause } = toAppError(error);
  if (family === 'unavailable') return 'service-down';
  // A proxy before the service answers for it, not in the API's own form.
  if (typeof details['status'] === 'number' && details['status'] >= 500) return 'service-down';
  if (family !== 'network') return null;
  return signsOf(cause).some((sign) => REACHED.test(sign)) ? 'service-down' : 'offline';
}

/** Codes, names and messages of an error, of what caused it, and of each address that was tried. */
function signsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error ? String(error.code) : '';
  const tried: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [code, error.name, error.message, ...signsOf(error.cause), ...tried.flatMap(signsOf)];
}
