import type { DeflateDescription } from '../kernels/deflate/deflate-coder.ts';
import type { DeflateStream, Piece } from './deflate-stream.ts';

/** Foreign bytes inside a stream, such as the head of PNG's next chunk. */
export interface Cut {
  /** Bytes of the stream since the cut before, or since its beginning; at least 1. */
  readonly afterBytes: number;
  /** How many foreign bytes follow; at least 1. */
  readonly gapBytes: number;
}

/** Where a stream lies in bytes that are to be expanded. A deflate stream says itself where it ends. */
export interface PackedStream {
  /** Bytes between the end of the stream before, or the beginning, and this one. */
  readonly gapBytes: number;
  readonly cuts: readonly Cut[];
  /** Bytes behind the last cut; 0 where there is none. */
  readonly tailBytes: number;
}

/** A stream to be made from its content, laid where it was. */
export interface RebuiltStream extends PackedStream {
  readonly inflatedBytes: number;
  readonly description: DeflateDescription;
}

/**
 * What a segment expands: streams in its old ranges laid end to end, and streams in the new bytes it makes. Both in
 * order. In the expanded bytes a stream's content stands where the stream
 * began, then the foreign bytes of its cuts.
 * @see docs/formats/containers.md
 */
export interface Expansion {
  readonly old: readonly PackedStream[];
  readonly new: readonly RebuiltStream[];
}

/**
 * The places of streams that were found in the same bytes.
 * @param streams In the order of their offsets, not overlapping.
 * @param start Where the bytes begin in what the streams' offsets count.
 */
export function toPackedStreams(streams: readonly DeflateStream[], start = 0): PackedStream[] {
  let end = start;
  return streams.map(({ pieces }) => {
    const packed = { gapBytes: (pieces[0]?.offset ?? end) - end, ...toCuts(pieces) };
    end = endOf(pieces.at(-1));
    return packed;
  });
}

function toCuts(pieces: readonly Piece[]): Omit<PackedStream, 'gapBytes'> {
  const cuts = pieces.slice(1).map(({ offset }, i) => {
    const before = pieces[i];
    return { afterBytes: before?.sizeBytes ?? 0, gapBytes: offset - endOf(before) };
  });
  return { cuts, tailBytes: cuts.length > 0 ? (pieces.at(-1)?.sizeBytes ?? 0) : 0 };
}

function endOf(piece: Piece | undefined): number {
  return piece === undefined ? 0 : piece.offset + piece.sizeBytes;
}

/** How many bytes from its beginning a cut stream takes, foreign bytes counted. */
export function spanOfCuts({ cuts, tailBytes }: PackedStream): number {
  return cuts.reduce((sum, { afterBytes, gapBytes }) => sum + afterBytes + gapBytes, tailBytes);
}
