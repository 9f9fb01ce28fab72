import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessLogEntry } from '../delivery/access-log.ts';
import { plainAddress } from './verify.ts';

export interface RequestFacts {
  readonly requestId: string;
  readonly location: string;
  readonly protocol: 'http' | 'https';
  readonly clientIp: string;
  readonly clientPort: number | undefined;
  readonly startedMs: number;
  readonly firstByteMs: number;
  readonly endedMs: number;
  /** Headers and body, as the socket counted them. */
  readonly bytes: number;
  /** `Hit`, `Miss` or `Error`. */
  readonly resultType: string;
  readonly detail: string;
}

/** A finished request as CloudFront logs it. The moment is the one at which it ended. */
export function logEntry(
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
): AccessLogEntry {
  const target = request.url ?? '';
  const cut = target.indexOf('?');
  const [date = '', clock = ''] = new Date(facts.endedMs).toISOString().split('T');
  const { headers } = request;
  const host = headers.host ?? '';
  const [, rangeStart = '', rangeEnd = ''] =
    /^bytes (\d+)-(\d+)\//.exec(headerText(response, 'content-range')) ?? [];
  return {
    date,
    time: clock.slice(0, 8),
    'x-edge-location': facts.location,
    'sc-bytes': String(facts.bytes),
    'c-ip': plainAddress(facts.clientIp),
    'cs-method': request.method ?? '',
    'cs(Host)': host,
    'cs-uri-stem': cut < 0 ? target : target.slice(0, cut),
    'sc-status': String(response.statusCode),
    'cs(Referer)': headers.referer ?? '',
    'cs(User-Agent)': headers['user-agent'] ?? '',
    'cs-uri-query': cut < 0 ? '' : target.slice(cut + 1),
    'x-edge-result-type': facts.resultType,
    'x-edge-request-id': facts.requestId,
    'x-host-header': host,
    'cs-protocol': facts.protocol,
    'cs-bytes': String(requestBytes(request)),
    'time-taken': seconds(facts.endedMs - facts.startedMs),
    'x-edge-response-result-type': facts.resultType,
    'cs-protocol-version': `HTTP/${request.httpVersion}`,
    'c-port': String(facts.clientPort ?? ''),
    'time-to-first-byte': seconds(facts.firstByteMs - facts.startedMs),
    'x-edge-detailed-result-type': facts.detail,
    'sc-content-type': headerText(response, 'content-type'),
    'sc-content-len': headerText(response, 'content-length'),
    'sc-range-start': rangeStart,
    'sc-range-end': rangeEnd,
  };
}

/** The request line and headers as they came; players' requests have no body. */
function requestBytes(request: IncomingMessage): number {
  const line = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  return request.rawHeaders.reduce((sum, text) => sum + text.length + 2, line.length + 2);
}

function headerText(response: ServerResponse, name: string): string {
  return String(response.getHeader(name) ?? '');
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
