import { buffer } from 'node:stream/consumers';
import type { PatchSource } from '../../patcher/delta/apply/open-patch.ts';
import type { SegmentRange } from '../../patcher/delta/make/write-segments.ts';
import type { PatchPartsJob } from '../jobs/job-queue.ts';
import type { ListedObject, ObjectStore } from '../storage/object-store.ts';
import type { PairIds } from './patch-pair.ts';

/** Outside `t/`, which is all that grants open: no player ever sees a part. */
const PREFIX = 'parts/';

function pairPrefix({ oldBuildId, newBuildId }: PairIds): string {
  return `${PREFIX}${oldBuildId}-${newBuildId}/`;
}

/** Where a part is stored: `parts/<old>-<new>/<plan>/<first>-<end>`. */
export function partKey(job: PatchPartsJob, { first, end }: SegmentRange): string {
  return `${pairPrefix(job)}${job.planDigest}/${first}-${end}`;
}

/** The parts of a patch, in order. */
export function listRanges({ ends }: PatchPartsJob): SegmentRange[] {
  return ends.map((end, part) => ({ first: ends[part - 1] ?? 0, end }));
}

/** Keys of all stored parts of a patch. */
export async function listStoredParts(store: ObjectStore, job: PatchPartsJob): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { key } of store.list(`${pairPrefix(job)}${job.planDigest}/`)) keys.add(key);
  return keys;
}

/** Delete all parts that were ever stored for a pair. */
export async function deleteParts(store: ObjectStore, pair: PairIds): Promise<void> {
  for await (const { key } of store.list(pairPrefix(pair))) await store.delete(key);
}

/** All stored parts and the pairs they are for. */
export async function* listAllParts(
  store: ObjectStore,
): AsyncGenerator<{ readonly object: ListedObject; readonly pair: PairIds }> {
  for await (const object of store.list(PREFIX)) {
    const [, oldBuildId, newBuildId] = /^parts\/(\d+)-(\d+)\//.exec(object.key) ?? [];
    yield { object, pair: { oldBuildId: Number(oldBuildId), newBuildId: Number(newBuildId) } };
  }
}

/** @returns The bytes of a stored part, by range; undefined when it is not stored. */
export async function openStoredPart(store: ObjectStore, key: string): Promise<PatchSource | undefined> {
  const found = await store.head(key);
  if (found === undefined) return undefined;
  const { sizeBytes } = found;
  return {
    sizeBytes,
    read: async (offset, length) => {
      const end = Math.min(offset + length, sizeBytes);
      if (end <= offset) return new Uint8Array();
      return buffer((await store.read(key, { start: offset, end })).stream);
    },
  };
}
