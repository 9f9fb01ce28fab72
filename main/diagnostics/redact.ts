/** What must never leave the machine in a log or bundle, and what stands in its place. */
const secrets: readonly (readonly [RegExp, string])[] = [
  // JSON Web Tokens: three base64url parts.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,}/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [token]'],
  // CDN grants: their query is the right to read.
  [/([?&](?:Policy|Signature|Key-Pair-Id|token)=)[^&\s"]+/gi, '$1[grant]'],
  [
    /("?(?:password|secret|refreshToken|accessToken|gameToken|nonce)"?\s*[:=]\s*)"?[^",\s}]+"?/gi,
    '$1"[secret]"',
  ],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[email]'],
];

/** Text without secrets, e-mail addresses, or the player's own folder name. */
export function redact(text: string, home: string): string {
  const withoutHome = home.length > 1 ? text.replaceAll(home, '~') : text;
  return secrets.reduce((redacted, [pattern, stand]) => redacted.replaceAll(pattern, stand), withoutHome);
}
