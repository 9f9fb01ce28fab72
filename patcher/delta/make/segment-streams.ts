import { COLLAPSE_WORK_MAX, type DeflateStream } from '../../containers/deflate-stream.ts';
import { type RebuiltStream, toPackedStreams } from '../../containers/expansion.ts';
import { STREAMS_MAX } from '../../containers/expansion-format.ts';
import type { DescribedStream } from '../../containers/plan-expansion.ts';
import type { SegmentPiece, SegmentTask } from './segment-maker.ts';

/** The same stream, counted from elsewhere. */
export function shiftStream<Stream extends DeflateStream>(stream: Stream, by: number): Stream {
  const pieces = stream.pieces.map(({ offset, sizeBytes }) => ({ offset: offset + by, sizeBytes }));
  return { ...stream, pieces };
}

/**
 * Choose what a segment expands: streams that lie in it whole; those that win most for each byte they grow by, if not
 * all may be expanded, and as many as a player can pack again with the work allowed.
 * @param streamsOf The streams of a new file.
 * @returns Offsets count in the segment.
 */
export function chooseSegmentStreams(
  { newBytes, pieces, limits }: Pick<SegmentTask, 'newBytes' | 'pieces' | 'limits'>,
  streamsOf: (path: string) => readonly DescribedStream[],
): readonly DescribedStream[] {
  const inside = pieces.flatMap((piece) =>
    streamsOf(piece.path)
      .filter((stream) => liesIn(stream, piece))
      .map((stream) => shiftStream(stream, piece.start - piece.fileOffset)),
  );
  let roomBytes = limits.expandedBytes - newBytes;
  let workLeft = COLLAPSE_WORK_MAX;
  const chosen = new Set<DescribedStream>();
  for (const stream of inside.toSorted((a, b) => growth(a) - growth(b))) {
    const grown = stream.inflatedBytes - stream.packedBytes;
    if (grown > roomBytes || stream.work > workLeft || chosen.size === STREAMS_MAX) continue;
    roomBytes -= grown;
    workLeft -= stream.work;
    chosen.add(stream);
  }
  return inside.filter((stream) => chosen.has(stream));
}

function liesIn({ pieces }: DeflateStream, { fileOffset, length }: SegmentPiece): boolean {
  const first = pieces[0];
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return false;
  return first.offset >= fileOffset && last.offset + last.sizeBytes <= fileOffset + length;
}

/** What content that is all new still wins where it is expanded. */
const NEW_CONTENT_SHARE = 1 / 32;

/** What a byte that is won costs: what is won goes with the packed bytes that the old build has, what it costs with the others. */
function growth({ inflatedBytes, packedBytes, share }: DescribedStream): number {
  return (inflatedBytes - packedBytes) / (packedBytes * (share + NEW_CONTENT_SHARE));
}

/** How long a segment's new bytes are when its streams are expanded. */
export function countExpandedBytes({ newBytes, streams }: Pick<SegmentTask, 'newBytes' | 'streams'>): number {
  return streams.reduce((sum, { inflatedBytes, packedBytes }) => sum + inflatedBytes - packedBytes, newBytes);
}

/** Streams as an expansion lists them. */
export function toRebuiltStreams(streams: readonly DescribedStream[]): RebuiltStream[] {
  const packed = toPackedStreams(streams);
  return streams.map(({ inflatedBytes, description }, row) => ({
    ...(packed[row] as (typeof packed)[number]),
    inflatedBytes,
    description,
  }));
}
