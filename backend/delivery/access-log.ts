/**
 * CloudFront's standard log, version 1: W3C extended, tab separated, one line per request.
 * @see docs/formats/access-log.md
 */
export const ACCESS_LOG_FIELDS = [
  'date',
  'time',
  'x-edge-location',
  'sc-bytes',
  'c-ip',
  'cs-method',
  'cs(Host)',
  'cs-uri-stem',
  'sc-status',
  'cs(Referer)',
  'cs(User-Agent)',
  'cs-uri-query',
  'cs(Cookie)',
  'x-edge-result-type',
  'x-edge-request-id',
  'x-host-header',
  'cs-protocol',
  'cs-bytes',
  'time-taken',
  'x-forwarded-for',
  'ssl-protocol',
  'ssl-cipher',
  'x-edge-response-result-type',
  'cs-protocol-version',
  'fle-status',
  'fle-encrypted-fields',
  'c-port',
  'time-to-first-byte',
  'x-edge-detailed-result-type',
  'sc-content-type',
  'sc-content-len',
  'sc-range-start',
  'sc-range-end',
] as const;

type AccessLogField = (typeof ACCESS_LOG_FIELDS)[number];

/** A request as a log tells it: decoded values by field; a field that is `-` or not logged is absent. */
export type AccessLogEntry = Readonly<Partial<Record<AccessLogField, string>>>;

/** The two lines every log file begins with. */
export const ACCESS_LOG_HEADER = `#Version: 1.0\n#Fields: ${ACCESS_LOG_FIELDS.join(' ')}\n`;

/** One line with its newline; a missing or empty value becomes `-`. */
export function serializeEntry(entry: AccessLogEntry): string {
  return `${ACCESS_LOG_FIELDS.map((field) => encodeValue(entry[field] ?? '')).join('\t')}\n`;
}

/** The fields a `#Fields:` line announces, or `undefined` for any other line. */
export function parseFieldsLine(line: string): readonly string[] | undefined {
  const match = /^#Fields:\s*(.*)$/.exec(line.trimEnd());
  return match?.[1]?.split(/\s+/);
}

/**
 * One line of a log, by the fields its file announced.
 * @returns `undefined` when the number of values is not the number of fields, as in a line cut short.
 */
export function parseEntry(
  line: string,
  fields: readonly string[] = ACCESS_LOG_FIELDS,
): AccessLogEntry | undefined {
  const values = line.replace(/\r$/, '').split('\t');
  if (values.length !== fields.length) return undefined;
  const entry: Record<string, string> = {};
  for (const [index, field] of fields.entries()) {
    const value = values[index] ?? '-';
    if (value !== '-' && value !== '') entry[field] = decodeValue(value);
  }
  return entry;
}

/** What AWS documents as encoded: controls, space, everything past ASCII, and the characters RFC 1738 calls unsafe. */
const UNSAFE = /[^\x21-\x7e]|[<>"#%{}|\\^~[\]`']/gu;

function encodeValue(value: string): string {
  if (value === '') return '-';
  // A value that is itself a dash must not read as "no value".
  if (value === '-') return '%2D';
  return value.replace(UNSAFE, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // Not encoded by a CDN: kept as it stands, and judged by whoever uses it.
  }
}
