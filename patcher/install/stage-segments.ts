import { decodeSegment } from '../delta/decode-segment.ts';
import { coalesceRanges } from '../download/coalesce-ranges.ts';
import { AppError } from '../errors.ts';
import type { OldRange, PatchSegment } from '../formats/patch.ts';
import { installErrors } from './install-errors.ts';
import { PartSlicer } from './part-slicer.ts';
import type { RemotePatch } from './remote-patch.ts';
import { readOldOrNothing } from './stage-copies.ts';
import { fetchWhole, runStreams, type StagingJob } from './staging-job.ts';

interface SegmentRange {
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Make what a patch's segments make. A segment that fails leaves its range empty, for chunks to fill: a patch is
 * a saving, never a condition.
 * @param wanted Entries to make; other outputs of the segments are left alone.
 * @throws {AppError} Only what chunks could not mend either: no network, no right to read, no space.
 */
export async function stageSegments(
  job: StagingJob,
  remote: RemotePatch,
  segments: readonly number[],
  wanted: ReadonlySet<number>,
): Promise<void> {
  const ranges = segments.flatMap((index): SegmentRange[] => {
    const segment = remote.patch.segments[index];
    return segment === undefined ? [] : [{ index, offset: segment.offset, sizeBytes: segment.packedBytes }];
  });
  const isHere = ({ offset, sizeBytes }: SegmentRange) => offset + sizeBytes <= remote.head.length;
  try {
    for (const range of ranges.filter(isHere)) {
      job.signal?.throwIfAborted();
      const body = remote.head.subarray(range.offset, range.offset + range.sizeBytes);
      await stageSegment(job, remote, { range, body, wanted }, job.signal);
    }
    const requests = coalesceRanges(ranges.filter((range) => !isHere(range)));
    await runStreams(job, requests, async (request, signal) => {
      const slicer = new PartSlicer(request);
      for await (const bytes of job.fetcher.fetchRange(
        remote.path,
        request.offset,
        request.sizeBytes,
        signal,
      )) {
        job.meter.downloaded(bytes.length);
        for (const { part, bytes: body } of slicer.push(bytes)) {
          await stageSegment(job, remote, { range: part, body, wanted }, signal);
        }
      }
    });
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
  }
  job.staging.finishFull(wanted);
  await job.staging.settle();
}

interface SegmentBody {
  readonly range: SegmentRange;
  readonly body: Uint8Array;
  readonly wanted: ReadonlySet<number>;
}

async function stageSegment(
  job: StagingJob,
  remote: RemotePatch,
  { range, body, wanted }: SegmentBody,
  signal: AbortSignal | undefined,
): Promise<void> {
  const segment = remote.patch.segments[range.index];
  const outputs = remote.segments[range.index]?.outputs ?? [];
  if (segment === undefined) return;
  const made = await makeOrNothing(job, remote, { segment, range, body }, signal);
  if (made === undefined) return;
  for (const { entry, offset, sizeBytes, start } of outputs) {
    if (!wanted.has(entry) || job.staging.isComplete(entry)) continue;
    await job.staging.write(entry, offset, made.subarray(start, start + sizeBytes));
  }
}

interface SegmentSource {
  readonly segment: PatchSegment;
  readonly range: SegmentRange;
  readonly body: Uint8Array;
}

/** Decode; a body damaged on its way is fetched once more. */
async function makeOrNothing(
  job: StagingJob,
  remote: RemotePatch,
  { segment, range, body }: SegmentSource,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const readOld = (old: OldRange) => readOldRange(job, remote, old);
  try {
    return decodeSegment({ segment, compressed: body, readOld });
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
    if (error.code !== 'PATCH_SEGMENT_DAMAGED') return undefined;
  }
  const again = await fetchWhole(
    job,
    { path: remote.path, offset: range.offset, sizeBytes: range.sizeBytes },
    signal ?? new AbortController().signal,
  );
  try {
    return decodeSegment({ segment, compressed: again, readOld });
  } catch (error) {
    if (isMendedByChunks(error)) return undefined;
    throw error;
  }
}

function readOldRange(job: StagingJob, remote: RemotePatch, range: OldRange): Uint8Array {
  const path = remote.patch.oldFiles[range.oldFile]?.path ?? '';
  const bytes = readOldOrNothing(job, path, range.offset, range.length);
  if (bytes === undefined) throw installErrors.error('INSTALL_CONTENT_MISMATCH', { path });
  return bytes;
}

/** Damage and absence concern the patch alone; no network, no grant or a full disk would stop chunks as well. */
export function isMendedByChunks(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    ['format', 'integrity', 'not-found', 'limit', 'conflict'].includes(error.family)
  );
}
