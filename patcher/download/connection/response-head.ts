/** The head of an answer whose body is its next `sizeBytes` bytes. */
export interface ResponseHead {
  readonly status: number;
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly sizeBytes: number;
  /** Whether the connection may be asked again behind the body. */
  readonly staysOpen: boolean;
}

const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)(?: [^\r\n]*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;

/**
 * Read a head as content hosts send them for ranges.
 * @param text Latin-1, all of it but the empty line at its end.
 * @returns undefined for everything out of the ordinary, however right it may be: a body in chunks, without a length or with
 *   several, HTTP/1.0, folded lines, a status that has no body.
 * @see https://datatracker.ietf.org/doc/html/rfc9112
 */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(STATUS_LINE.exec(first)?.[1]);
  if (Number.isNaN(status) || status === 204 || status === 304) return undefined;
  const headers = parseHeaders(lines);
  const length = headers?.get('content-length') ?? '';
  // Twice the same length is joined to "5, 5".
  if (headers === undefined || headers.has('transfer-encoding') || !/^\d{1,15}$/.test(length))
    return undefined;
  const staysOpen = (headers.get('connection') ?? 'keep-alive').toLowerCase() === 'keep-alive';
  return { status, headers, sizeBytes: Number(length), staysOpen };
}

function parseHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
