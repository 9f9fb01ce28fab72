import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Addresses that work once, and the cookie each becomes: how the launcher knows its own pages. */
export class PageKeys {
  readonly #tokens = new Set<string>();
  readonly #cookies = new Set<string>();
  readonly #cookieName: string;

  constructor(port: number) {
    // Cookies do not tell ports apart, so the name does.
    this.#cookieName = `gantry-launcher-${port}`;
  }

  /** A token for one address. */
  issue(): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.add(digest(token));
    return token;
  }

  /** @returns The `Set-Cookie` header for a token that was issued and not yet used, else null. */
  exchange(token: string): string | null {
    if (!this.#tokens.delete(digest(token))) return null;
    const cookie = randomBytes(32).toString('base64url');
    this.#cookies.add(digest(cookie));
    return `${this.#cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  isKnown(request: IncomingMessage): boolean {
    const prefix = `${this.#cookieName}=`;
    const given = (request.headers.cookie ?? '')
      .split(/;\s*/)
      .filter((each) => each.startsWith(prefix))
      .map((each) => Buffer.from(digest(each.slice(prefix.length))));
    return [...this.#cookies].some((known) =>
      given.some((each) => timingSafeEqual(each, Buffer.from(known))),
    );
  }
}

/** Secrets are compared by their hashes, so that neither lookup nor comparison tells how much of one was right. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
