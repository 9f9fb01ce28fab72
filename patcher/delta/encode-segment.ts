import { create, toBinary } from '@bufbuild/protobuf';
import { SegmentSchema, type Stream, StreamSchema } from '../formats/gen/patch_pb.ts';
import { SEGMENT_NEW_BYTES_MAX, SEGMENT_PACKED_BYTES_MAX, SEGMENT_ROWS_MAX } from '../formats/patch.ts';
import type { Alignment } from './alignment.ts';
import { serializeControl } from './control-coding.ts';
import { type DiffStreams, splitDiff } from './diff-coding.ts';
import { type Effort, encodeStream } from './stream-coding.ts';

/** Everything a segment is made of, in memory. */
export interface SegmentInput {
  readonly newBytes: Uint8Array;
  /** The segment's old ranges laid end to end. */
  readonly oldBytes: Uint8Array;
  /** `oldStart` counts in `oldBytes`; at most `SEGMENT_ROWS_MAX` rows. */
  readonly alignment: Alignment;
  readonly effort: Effort;
}

/** Lengths of equal bytes that may stay among the differences: none, or up to a few instructions. */
const EQUAL_RUN_BYTES = { short: 1, long: 64 } as const;
/** The longer stream is tried as well when it is this short: brotli takes a second for every MiB. */
const LONG_DIFFERENCES_BYTES_MAX = { fast: 0, default: 5 * 2 ** 20, max: SEGMENT_NEW_BYTES_MAX } as const;

/** Code a segment's body. The same input gives the same bytes under the same zlib. */
export function encodeSegment(input: SegmentInput): Uint8Array {
  const { newBytes, alignment, effort } = input;
  const control = serializeControl(alignment);
  const { diff, extra } = separate(input);
  const body = toBinary(
    SegmentSchema,
    create(SegmentSchema, {
      rowCount: control.rowCount,
      gaps: toStream(control.gaps, effort),
      lengths: toStream(control.lengths, effort),
      seeks: toStream(control.seeks, effort),
      ...encodeDiff(diff, effort),
      extra: toStream(extra, effort),
    }),
  );
  if (newBytes.length > SEGMENT_NEW_BYTES_MAX || body.length > SEGMENT_PACKED_BYTES_MAX) {
    throw new RangeError('a segment is larger than its format allows');
  }
  return body;
}

/** The differences of all rows and the bytes in none, each laid end to end. */
function separate({ newBytes, oldBytes, alignment }: SegmentInput): { diff: Uint8Array; extra: Uint8Array } {
  const alignedBytes = alignment.length.reduce((sum, length) => sum + length, 0);
  const diff = new Uint8Array(alignedBytes);
  const extra = new Uint8Array(newBytes.length - alignedBytes);
  let diffEnd = 0;
  let extraEnd = 0;
  let position = 0;
  for (let row = 0; row < alignment.count; row++) {
    const newStart = alignment.newStart[row] as number;
    const oldStart = alignment.oldStart[row] as number;
    const length = alignment.length[row] as number;
    extra.set(newBytes.subarray(position, newStart), extraEnd);
    extraEnd += newStart - position;
    for (let i = 0; i < length; i++) {
      diff[diffEnd++] = (newBytes[newStart + i] as number) - (oldBytes[oldStart + i] as number);
    }
    position = newStart + length;
  }
  extra.set(newBytes.subarray(position), extraEnd);
  return { diff, extra };
}

interface CodedDiff {
  readonly runCount: number;
  readonly equalRuns: Stream;
  readonly differentRuns: Stream;
  readonly differences: Stream;
}

/** Code the differences with whichever way of splitting them comes out smaller. */
function encodeDiff(diff: Uint8Array, effort: Effort): CodedDiff {
  const long = splitDiff(diff, EQUAL_RUN_BYTES.long);
  const short = splitDiff(diff, EQUAL_RUN_BYTES.short);
  // Only short runs can be more than a reader's columns hold.
  if (short.runCount > SEGMENT_ROWS_MAX) return encodeSplit(long, effort);
  const coded = encodeSplit(short, effort);
  if (long.differences.length > LONG_DIFFERENCES_BYTES_MAX[effort]) return coded;
  const rival = encodeSplit(long, effort);
  return countBytes(rival) < countBytes(coded) ? rival : coded;
}

function encodeSplit(streams: DiffStreams, effort: Effort): CodedDiff {
  return {
    runCount: streams.runCount,
    equalRuns: toStream(streams.equalRuns, effort),
    differentRuns: toStream(streams.differentRuns, effort),
    differences: toStream(streams.differences, effort),
  };
}

function countBytes({ equalRuns, differentRuns, differences }: CodedDiff): number {
  return equalRuns.data.length + differentRuns.data.length + differences.data.length;
}

function toStream(raw: Uint8Array, effort: Effort): Stream {
  const { coding, rawBytes, bytes } = encodeStream(raw, effort);
  return create(StreamSchema, { coding, rawBytes, data: bytes });
}
