/**
 * What the launcher's own page may do, the same in every host: its own scripts, styles, pictures and connection.
 * No inline script, no eval, nothing from elsewhere.
 * @param connect Origins besides its own that the page talks to.
 */
export function launcherCsp(connect: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** A publisher's picture opened by itself must not become a page of the launcher. */
export const ART_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Headers of every answer of the launcher's own origin. */
export function securityHeaders(csp: string): Record<string, string> {
  return {
    'content-security-policy': csp,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=()',
  };
}
