import { toDecodeTask } from '../../delta/apply/decode-task.ts';
import { planDecoding, SegmentDecoders } from '../../delta/apply/segment-decoders.ts';
import { coalesceRanges } from '../../download/coalesce-ranges.ts';
import { AppError } from '../../errors.ts';
import type { PatchSegment } from '../../formats/patch.ts';
import { inSlices } from '../../threads/slices.ts';
import { OldTree } from './old-tree.ts';
import { PartSlicer } from './part-slicer.ts';
import type { PatchHop } from './remote-patch.ts';
import type { StageWorkerData, StoredPiece } from './stage-worker.ts';
import { fetchWhole, runStreams, type StagingJob } from './staging-job.ts';

/** For the whole patcher process, downloads included, while segments are made. */
const INSTALL_MEMORY_BYTES = 192 * 2 ** 20;

/** What is fetched of a segment; its first bytes may have come with the header. */
interface SegmentRange {
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly start: Uint8Array;
}

/** Segments of one patch to make. */
export interface SegmentOrder {
  readonly hop: PatchHop;
  readonly segments: readonly number[];
  /** Old files that are not at their place in the tree: path → where they are. */
  readonly elsewhere?: ReadonlyMap<string, string>;
  /** Of a later patch of a chain: where the parts of its old files lie, by tree path or a key of `elsewhere`. */
  readonly pieces?: ReadonlyMap<string, readonly StoredPiece[]> | undefined;
  /** Called with each segment that was made, in any order, several at once. */
  readonly take: (segment: number, made: Uint8Array) => Promise<void>;
}

/**
 * Fetch and make segments of a patch, on threads. One that fails is left out: a patch is a saving, never a condition.
 * @throws {AppError} Only what chunks could not mend either: no network, no right to read, no space.
 */
export async function makeSegments(job: StagingJob, order: SegmentOrder): Promise<void> {
  const { hop, segments } = order;
  const ranges = segments.flatMap((index): SegmentRange[] => {
    const segment = hop.patch.segments[index];
    if (segment === undefined) return [];
    const { offset, packedBytes } = segment;
    const start = hop.head.subarray(offset, offset + packedBytes);
    return [{ index, offset: offset + start.length, sizeBytes: packedBytes - start.length, start }];
  });
  if (ranges.length === 0) return;
  const isHere = ({ sizeBytes }: SegmentRange) => sizeBytes === 0;
  await using decoders = openDecoders(job, order);
  const make = async (range: SegmentRange, body: Uint8Array, signal: AbortSignal | undefined) => {
    const made = await makeOrNothing({ job, hop, decoders }, { range, body }, signal);
    if (made !== undefined) await order.take(range.index, made);
  };
  try {
    for (const range of ranges.filter(isHere)) {
      job.signal?.throwIfAborted();
      await make(range, range.start, job.signal);
    }
    const requests = coalesceRanges(ranges.filter((range) => !isHere(range)));
    await runStreams(job, requests, async (request, signal) => {
      const { offset, sizeBytes } = request;
      const slicer = new PartSlicer(request);
      for await (const bytes of job.fetcher.fetchRange(hop.path, offset, sizeBytes, signal)) {
        job.meter.downloaded(bytes.length);
        for (const { part, bytes: rest } of slicer.push(bytes))
          await make(part, part.start.length === 0 ? rest : Buffer.concat([part.start, rest]), signal);
      }
    });
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
  }
}

function openDecoders(job: StagingJob, { hop, segments, elsewhere, pieces }: SegmentOrder): SegmentDecoders {
  const { patch } = hop;
  const made = segments.flatMap((index) => patch.segments[index] ?? []);
  const data: StageWorkerData = {
    root: job.tree.root,
    elsewhere: elsewhere ?? (job.tree instanceof OldTree ? job.tree.elsewhere : new Map()),
    addressMaps: patch.addressMaps.map(({ map }) => map),
    pieces,
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

interface Making {
  readonly job: StagingJob;
  readonly hop: PatchHop;
  readonly decoders: SegmentDecoders;
}

/** A segment's body as it arrived. */
interface SegmentBody {
  readonly range: SegmentRange;
  readonly body: Uint8Array;
}

/** Make a segment; a body damaged on its way is fetched once more. */
async function makeOrNothing(
  { job, hop, decoders }: Making,
  { range, body }: SegmentBody,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const segment = hop.patch.segments[range.index] as PatchSegment;
  const make = (compressed: Uint8Array) =>
    job.meter.making(segment.newBytes, async () => {
      return decoders.decode(await inSlices(toDecodeTask(segment, hop.patch, compressed)));
    });
  try {
    return await make(body);
  } catch (error) {
    if (!isMendedByChunks(error)) throw error;
    if (error.code !== 'PATCH_SEGMENT_DAMAGED') return undefined;
  }
  const again = { path: hop.path, offset: segment.offset, sizeBytes: segment.packedBytes };
  const fetched = await fetchWhole(job, again, signal ?? new AbortController().signal);
  try {
    return await make(fetched);
  } catch (error) {
    if (isMendedByChunks(error)) return undefined;
    throw error;
  }
}

/**
 * Damage, absence, a listing too long for the memory and a thread that died concern the patch alone; no network, no grant
 * or a full disk would stop chunks as well.
 */
export function isMendedByChunks(error: unknown): error is AppError {
  return (
    error instanceof AppError &&
    (['THREAD_FAILED', 'PATCH_HEADER_TOO_LARGE'].includes(error.code) ||
      ['format', 'integrity', 'not-found', 'limit', 'conflict'].includes(error.family))
  );
}
