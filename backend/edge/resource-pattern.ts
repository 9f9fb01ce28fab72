/** The address of a request in the four sections CloudFront compares one by one. */
export interface RequestUrl {
  readonly protocol: 'http' | 'https';
  /** As in the `Host` header, with its port. */
  readonly host: string;
  /** As sent, from the first slash. */
  readonly path: string;
  /** Without the reserved parameters and without `?`; '' for none. */
  readonly query: string;
}

interface Sections {
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
  /** `undefined` when the resource has no query section. */
  readonly query: string | undefined;
}

/** True for what CloudFront takes as a `Resource`: a URL, `*://…`, or a leading `*` in place of the protocol. */
export function isResource(resource: string): boolean {
  return /^(?:https?:\/\/|\*)/.test(resource);
}

/**
 * Whether a custom policy's `Resource` covers a request. `*` matches any run of characters and `?` exactly
 * one, inside their section only; a trailing `*` in path or host covers the sections after it.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
export function matchesResource(resource: string, url: RequestUrl): boolean {
  if (resource === '*') return true;
  // An unescaped `?` may be a wildcard or begin the query: AWS writes both the same way, so each reading counts.
  return readings(resource).some((sections) => matchesSections(sections, url));
}

function matchesSections(sections: Sections, url: RequestUrl): boolean {
  if (!matches(sections.protocol, url.protocol)) return false;
  if (!matches(sections.host.toLowerCase(), url.host.toLowerCase())) return false;
  if (sections.path === '' && sections.host.endsWith('*')) return true;
  if (!matches(sections.path === '' ? '/' : sections.path, url.path)) return false;
  if (sections.query !== undefined) return matches(sections.query, url.query);
  return url.query === '' || sections.path.endsWith('*');
}

function readings(resource: string): Sections[] {
  const scheme = /^(https?|\*):\/\//.exec(resource);
  // "Without a protocol, a leading * stands for any": `*example.com` is `*://*example.com/`.
  const protocol = scheme?.[1] ?? '*';
  const rest = scheme ? resource.slice(scheme[0].length) : resource;
  const slash = rest.indexOf('/');
  const host = slash < 0 ? rest : rest.slice(0, slash);
  const tail = slash < 0 ? '' : rest.slice(slash);
  const escaped = tail.indexOf('\\?');
  if (escaped >= 0) {
    return [{ protocol, host, path: tail.slice(0, escaped), query: tail.slice(escaped + 2) }];
  }
  const found: Sections[] = [{ protocol, host, path: tail, query: undefined }];
  for (let cut = tail.indexOf('?'); cut >= 0; cut = tail.indexOf('?', cut + 1)) {
    found.push({ protocol, host, path: tail.slice(0, cut), query: tail.slice(cut + 1) });
  }
  return found;
}

/** Wildcards without a regular expression: linear in practice, never exponential, whatever the policy says. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starText = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      starText = at;
      inPattern += 1;
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      inPattern += 1;
      at += 1;
    } else if (star >= 0) {
      // The last star takes one character more, and the rest is tried again.
      starText += 1;
      at = starText;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
