import type { ObjectStore } from '../storage/object-store.ts';
import type { Database } from '../db/database.ts';
import { isPatched } from './patch-pair.ts';
import { listAllParts } from './stored-parts.ts';

/** A part that waited this long is of a patch that was given up: its jobs are tried for hours, not days. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export interface ExpirePartsServices {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly now: () => Date;
}

/** Delete parts of patches that exist by now, and of those that were given up. */
export async function expireParts({ database, store, now }: ExpirePartsServices): Promise<void> {
  for await (const { object, pair } of listAllParts(store)) {
    const isOld = now().getTime() - object.modifiedAt.getTime() > KEPT_MS;
    if (isOld || (await isPatched(database, pair))) await store.delete(object.key);
  }
}
