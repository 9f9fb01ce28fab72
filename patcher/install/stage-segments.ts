import { makeBetween, storedPieces } from './make-between.ts';
import { makeSegments } from './make-segments.ts';
import type { RemotePatch } from './remote-patch.ts';
import type { StagingJob } from './staging-job.ts';

/** What to make of a patch. */
interface Wanted {
  /** Of the last, or only, patch. */
  readonly segments: readonly number[];
  /** Of a chain: rows of `remote.between` that these need. */
  readonly between?: readonly number[];
  /** Entries to make; other outputs of the segments are left alone. */
  readonly entries: ReadonlySet<number>;
}

/**
 * Make what a patch's segments make, after what they need of earlier patches. A segment that fails leaves its range
 * empty, for chunks to fill: a patch is a saving, never a condition.
 * @throws {AppError} Only what chunks could not mend either: no network, no right to read, no space.
 */
export async function stageSegments(
  job: StagingJob,
  remote: RemotePatch,
  { segments, between = [], entries }: Wanted,
): Promise<void> {
  const made = await makeBetween(job, remote, between);
  const isReady = (index: number) => (remote.segments[index]?.needs ?? []).every((row) => made.has(row));
  await makeSegments(job, {
    hop: remote,
    segments: segments.filter(isReady),
    ...storedPieces(job, remote, remote.hops.length),
    take: async (index, bytes) => {
      for (const { entry, offset, sizeBytes, start } of remote.segments[index]?.outputs ?? []) {
        if (!entries.has(entry) || job.staging.isComplete(entry)) continue;
        await job.staging.write(entry, offset, bytes.subarray(start, start + sizeBytes));
      }
    },
  });
  job.staging.finishFull(entries);
  await job.staging.settle();
}
