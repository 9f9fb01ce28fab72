import { makeBetween, readBetween, storedPieces } from './make-between.ts';
import { makeSegments } from './make-segments.ts';
import { relayedRow, type RemotePatch } from './remote-patch.ts';
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
  const take = async (index: number, bytes: Uint8Array): Promise<void> => {
    for (const { entry, offset, sizeBytes, start } of remote.segments[index]?.outputs ?? []) {
      if (!entries.has(entry) || job.staging.isComplete(entry)) continue;
      await job.staging.write(entry, offset, bytes.subarray(start, start + sizeBytes));
    }
  };
  const ready = segments.filter(isReady);
  for (const index of ready) {
    const row = relayedRow(remote, index);
    const bytes = row === undefined ? undefined : await readBetween(job, remote, row);
    if (bytes !== undefined) await take(index, bytes);
  }
  await makeSegments(job, {
    hop: remote,
    segments: ready.filter((index) => relayedRow(remote, index) === undefined),
    ...storedPieces(job, remote, remote.hops.length),
    take,
  });
  job.staging.finishFull(entries);
  await job.staging.settle();
}
