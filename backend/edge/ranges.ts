/** Bytes `start` to `end`, the end not included. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** What to answer to a `Range` header. */
export type RangeDecision =
  | { readonly kind: 'whole' }
  | { readonly kind: 'slices'; readonly slices: readonly Slice[] }
  | { readonly kind: 'unsatisfiable' };

// More than this in one request is an attack on multipart answers, not a download.
const RANGES_MAX = 100;

/**
 * CloudFront's reading of `Range`: one range is served, or refused when it begins beyond the end; several
 * are served when they ascend without overlap, else the whole object with 200, as for any header it cannot read.
 */
export function decideRange(header: string | undefined, sizeBytes: number): RangeDecision {
  const match = /^bytes=(.+)$/i.exec(header?.trim() ?? '');
  if (!match) return { kind: 'whole' };
  const parts = (match[1] ?? '').split(',').map((part) => part.trim());
  if (parts.length > RANGES_MAX) return { kind: 'whole' };
  const slices = parts.map((part) => parseRange(part, sizeBytes));
  if (slices.length === 1) return decideOne(slices[0]);
  const valid = slices.filter((slice) => typeof slice === 'object');
  if (valid.length !== slices.length) return { kind: 'whole' };
  const ascending = valid.every((slice, index) => index === 0 || slice.start >= (valid[index - 1]?.end ?? 0));
  return ascending ? { kind: 'slices', slices: valid } : { kind: 'whole' };
}

function decideOne(slice: Slice | 'beyond' | 'invalid' | undefined): RangeDecision {
  if (slice === 'beyond') return { kind: 'unsatisfiable' };
  return typeof slice === 'object' ? { kind: 'slices', slices: [slice] } : { kind: 'whole' };
}

function parseRange(part: string, sizeBytes: number): Slice | 'beyond' | 'invalid' {
  const match = /^(\d{0,15})-(\d{0,15})$/.exec(part);
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return 'invalid';
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'beyond' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'invalid';
  if (start >= sizeBytes) return 'beyond';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
