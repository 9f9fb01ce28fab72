import type { ObjectStore, StoredObject } from '../storage/object-store.ts';

/** Some 20 MB of memory at most. */
const ENTRIES_MAX = 50_000;

export interface CachedObject {
  readonly object: StoredObject;
  /** Seconds since it was first asked for, or `undefined` for a miss. */
  readonly ageSeconds: number | undefined;
}

/**
 * Remembers the facts of immutable objects, which saves the store a look-up per range. The bytes stay
 * in the store: on one machine its disk cache is the better copy.
 */
export class EdgeCache {
  readonly #store: ObjectStore;
  readonly #entries = new Map<string, { object: StoredObject; sinceMs: number }>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async head(key: string, nowMs: number): Promise<CachedObject | undefined> {
    const known = this.#entries.get(key);
    if (known) {
      return { object: known.object, ageSeconds: Math.max(0, Math.floor((nowMs - known.sinceMs) / 1000)) };
    }
    const object = await this.#store.head(key);
    if (!object) return undefined;
    if (object.cacheControl?.includes('immutable')) this.#remember(key, object, nowMs);
    return { object, ageSeconds: undefined };
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  invalidate(path: string): void {
    const key = path.replace(/^\//, '');
    if (!key.endsWith('*')) return this.forget(key);
    const prefix = key.slice(0, -1);
    for (const known of this.#entries.keys()) if (known.startsWith(prefix)) this.#entries.delete(known);
  }

  #remember(key: string, object: StoredObject, sinceMs: number): void {
    if (this.#entries.size >= ENTRIES_MAX) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { object, sinceMs });
  }
}
