/** One host and what its addresses end with: full URL = `baseUrl + path + '?' + query`, nothing added. */
export interface GrantedHost {
  readonly baseUrl: string;
  /** '' where the host needs no signature. */
  readonly query: string;
}

/** The signed, expiring right to read one depot. */
export interface DownloadGrant extends GrantedHost {
  /** Other hosts with the same objects, best first; a signature names its host, so each has its own. */
  readonly mirrors?: readonly GrantedHost[] | undefined;
}

/** A grant's hosts in order of preference. */
export function hostsOf(grant: DownloadGrant): readonly GrantedHost[] {
  return grant.mirrors === undefined ? [grant] : [grant, ...grant.mirrors];
}

/** Where grants come from. The tokens that buy them never reach the patcher. */
export interface GrantProvider {
  readonly current: () => Promise<DownloadGrant>;
  /** Get a fresh one; `reason` is what the CDN answered. */
  readonly refresh: (reason: string) => Promise<DownloadGrant>;
}

/** One grant for all streams, refreshed once however many of them are refused at the same time. */
export class GrantKeeper {
  readonly #provider: GrantProvider;
  #held: Promise<DownloadGrant> | undefined;
  #refreshing: Promise<DownloadGrant> | undefined;
  /** How often the provider was asked for a fresh grant. */
  refreshes = 0;

  constructor(provider: GrantProvider) {
    this.#provider = provider;
  }

  current(): Promise<DownloadGrant> {
    this.#held ??= this.#forgetOnFailure(this.#provider.current());
    return this.#held;
  }

  /** Replace `refused`. A stream refused with an older grant than the held one gets the held one. */
  async replace(refused: DownloadGrant, reason: string): Promise<DownloadGrant> {
    const held = await this.current();
    if (held !== refused) return held;
    this.#refreshing ??= this.#refresh(reason);
    return this.#refreshing;
  }

  async #refresh(reason: string): Promise<DownloadGrant> {
    this.refreshes++;
    try {
      const fresh = await this.#provider.refresh(reason);
      // A copy, so that "is it still the refused one?" holds even if the provider returns one object for ever.
      const grant = { ...fresh };
      this.#held = Promise.resolve(grant);
      return grant;
    } finally {
      this.#refreshing = undefined;
    }
  }

  async #forgetOnFailure(grant: Promise<DownloadGrant>): Promise<DownloadGrant> {
    try {
      return await grant;
    } catch (error) {
      this.#held = undefined;
      throw error;
    }
  }
}
