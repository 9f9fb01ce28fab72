import { toDecodeTask } from '../delta/apply/decode-task.ts';
import { planDecoding, SegmentDecoders } from '../delta/apply/segment-decoders.ts';
import { coalesceRanges } from '../download/coalesce-ranges.ts';
import { AppError } from '../errors.ts';
import type { PatchSegment } from '../formats/patch.ts';
import { OldTree } from './low-space/old-tree.ts';
import { PartSlicer } from './part-slicer.ts';
import type { RemotePatch } from './remote-patch.ts';
import type { StageWorkerData } from './stage-worker.ts';
import { fetchWhole, runStreams, type StagingJob } from './staging-job.ts';

/** For the whole patcher process, downloads included, while segments are made. */
const INSTALL_MEMORY_BYTES = 192 * 2 ** 20;

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
  await using decoders = openDecoders(job, remote, segments);
  const stage: StageSegment = (part, signal) => stageSegment({ job, remote, decoders, wanted }, part, signal);
  try {
    for (const range of ranges.filter(isHere)) {
      job.signal?.throwIfAborted();
      const body = remote.head.subarray(range.offset, range.offset + range.sizeBytes);
      await stage({ range, body }, job.signal);
    }
    const requests = coalesceRanges(ranges.filter((range) => !isHere(range)));
    await runStreams(job, requests, async (request, signal) => {
      const { offset, sizeBytes } = request;
      const slicer = new PartSlicer(request);
      for await (const bytes of job.fetcher.fetchRange(remote.path, offset, sizeBytes, signal)) {
        job.meter.downloaded(bytes.length);
        for (const { part, bytes: body } of slicer.push(bytes)) await stage({ range: part, body }, signal);
      }
    });
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
  }
  job.staging.finishFull(wanted);
  await job.staging.settle();
}

function openDecoders(job: StagingJob, { patch }: RemotePatch, segments: readonly number[]): SegmentDecoders {
  const made = segments.flatMap((index) => patch.segments[index] ?? []);
  const data: StageWorkerData = {
    root: job.tree.root,
    elsewhere: job.tree instanceof OldTree ? job.tree.elsewhere : new Map(),
    addressMaps: patch.addressMaps.map(({ map }) => map),
  };
  return new SegmentDecoders({
    script: new URL('stage-worker.ts', import.meta.url),
    data,
    ...planDecoding(made, {
      memoryBytes: INSTALL_MEMORY_BYTES,
      heldBytes: process.memoryUsage.rss(),
    }),
    signal: job.signal,
  });
}

interface Stage {
  readonly job: StagingJob;
  readonly remote: RemotePatch;
  readonly decoders: SegmentDecoders;
  readonly wanted: ReadonlySet<number>;
}

/** A segment's body as it arrived. */
interface SegmentBody {
  readonly range: SegmentRange;
  readonly body: Uint8Array;
}

type StageSegment = (part: SegmentBody, signal: AbortSignal | undefined) => Promise<void>;

async function stageSegment(stage: Stage, part: SegmentBody, signal: AbortSignal | undefined): Promise<void> {
  const { job, remote, wanted } = stage;
  const segment = remote.patch.segments[part.range.index];
  const outputs = remote.segments[part.range.index]?.outputs ?? [];
  if (segment === undefined) return;
  const made = await makeOrNothing(stage, segment, part, signal);
  if (made === undefined) return;
  for (const { entry, offset, sizeBytes, start } of outputs) {
    if (!wanted.has(entry) || job.staging.isComplete(entry)) continue;
    await job.staging.write(entry, offset, made.subarray(start, start + sizeBytes));
  }
}

/** Make a segment; a body damaged on its way is fetched once more. */
async function makeOrNothing(
  { job, remote, decoders }: Stage,
  segment: PatchSegment,
  { range, body }: SegmentBody,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const make = (compressed: Uint8Array) => decoders.decode(toDecodeTask(segment, remote.patch, compressed));
  try {
    return await make(body);
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
    if (error.code !== 'PATCH_SEGMENT_DAMAGED') return undefined;
  }
  const { offset, sizeBytes } = range;
  const again = { path: remote.path, offset, sizeBytes };
  const fetched = await fetchWhole(job, again, signal ?? new AbortController().signal);
  try {
    return await make(fetched);
  } catch (error) {
    if (isMendedByChunks(error)) return undefined;
    throw error;
  }
}

/**
 * Damage, absence and a thread that died concern the patch alone; no network, no grant or a full disk would stop
 * chunks as well.
 */
export function isMendedByChunks(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    (error.code === 'THREAD_FAILED' ||
      ['format', 'integrity', 'not-found', 'limit', 'conflict'].includes(error.family))
  );
}
