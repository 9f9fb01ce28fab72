/**
 * What a request claims: read here, judged in `verify.ts`. Nothing is normalised: CloudFront
 * compares addresses as they were sent, and so must the edge.
 */
export interface SignedRequest {
  readonly keyPairId: string | undefined;
  readonly signature: string | undefined;
  readonly policy: string | undefined;
  readonly expires: string | undefined;
  readonly hashAlgorithm: string | undefined;
  /** A reserved name came twice: which one counts is not documented, so neither does. */
  readonly ambiguous: boolean;
  /** The query as sent, in its order, without the reserved parameters; '' for none. */
  readonly ownQuery: string;
  /** The path as sent, up to the first `?`. */
  readonly path: string;
}

const URL_NAMES = {
  keyPairId: 'Key-Pair-Id',
  signature: 'Signature',
  policy: 'Policy',
  expires: 'Expires',
  hashAlgorithm: 'Hash-Algorithm',
} as const;

const RESERVED: ReadonlySet<string> = new Set(Object.values(URL_NAMES));

/** Take a request line's target and `Cookie` header apart. A URL with any reserved parameter wins over the cookies. */
export function parseSignedRequest(target: string, cookieHeader: string | undefined): SignedRequest {
  const cut = target.indexOf('?');
  const path = cut < 0 ? target : target.slice(0, cut);
  const query = cut < 0 ? '' : target.slice(cut + 1);
  const { reserved, own } = splitQuery(query);
  const ownQuery = own.join('&');
  if (reserved.length > 0) return { ...pick(reserved, (name) => name), ownQuery, path };
  return { ...pick(parseCookies(cookieHeader ?? ''), (name) => `CloudFront-${name}`), ownQuery, path };
}

type Pairs = readonly (readonly [name: string, value: string])[];

function splitQuery(query: string): { reserved: Pairs; own: readonly string[] } {
  const reserved: [string, string][] = [];
  const own: string[] = [];
  for (const pair of query === '' ? [] : query.split('&')) {
    const cut = pair.indexOf('=');
    const name = cut < 0 ? pair : pair.slice(0, cut);
    if (RESERVED.has(name)) reserved.push([name, decode(cut < 0 ? '' : pair.slice(cut + 1))]);
    else own.push(pair);
  }
  return { reserved, own };
}

function parseCookies(header: string): Pairs {
  return header.split(';').flatMap((part) => {
    const cut = part.indexOf('=');
    const name = part.slice(0, cut).trim();
    return cut > 0 && name.startsWith('CloudFront-') ? [[name, part.slice(cut + 1).trim()] as const] : [];
  });
}

function pick(pairs: Pairs, rename: (name: string) => string): Omit<SignedRequest, 'ownQuery' | 'path'> {
  const valueOf = (name: string): string | undefined => pairs.find(([found]) => found === rename(name))?.[1];
  const names = pairs.map(([name]) => name);
  return {
    keyPairId: valueOf(URL_NAMES.keyPairId),
    signature: valueOf(URL_NAMES.signature),
    policy: valueOf(URL_NAMES.policy),
    expires: valueOf(URL_NAMES.expires),
    hashAlgorithm: valueOf(URL_NAMES.hashAlgorithm),
    ambiguous: Object.values(URL_NAMES).some(
      (name) => names.filter((found) => found === rename(name)).length > 1,
    ),
  };
}

/** A value that is no valid escape is kept as it is; it then fails where it is used. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
