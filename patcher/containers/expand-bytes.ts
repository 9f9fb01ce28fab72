import { BoundedOutput } from './bounded-output.ts';
import { INFLATED_BYTES_MAX, PACKED_BYTES_MAX } from './deflate-stream.ts';
import { type PackedStream, spanOfCuts } from './expansion.ts';
import type { Inflater } from './inflate-stream.ts';

/** Where a stream lay and where its content, with the foreign bytes of its cuts, lies now. */
export interface StreamPlace {
  readonly start: number;
  readonly end: number;
  readonly expandedStart: number;
  readonly expandedEnd: number;
}

/**
 * Put the content of streams in their place: what a segment's old bytes are compared with, on both sides.
 * @param streams Need not be trusted.
 * @param expanded Where to put the result, which is as long.
 * @param inflater Finds its way in both.
 * @returns `undefined` when a stream is not where it should be, or the result has another length.
 */
export function expandBytes(
  bytes: Uint8Array,
  streams: readonly PackedStream[],
  expanded: Uint8Array,
  inflater: Inflater,
): readonly StreamPlace[] | undefined {
  const output = new BoundedOutput(expanded);
  const places: StreamPlace[] = [];
  let position = 0;
  for (const stream of streams) {
    const start = position + stream.gapBytes;
    if (start > bytes.length || !output.append(bytes.subarray(position, start))) return undefined;
    const expandedStart = output.length;
    const packed = { bytes, start };
    const end =
      stream.cuts.length > 0
        ? expandCut(packed, stream, output, inflater)
        : expandPlain(packed, output, inflater);
    if (end === undefined) return undefined;
    places.push({ start, end, expandedStart, expandedEnd: output.length });
    position = end;
  }
  return output.append(bytes.subarray(position)) && output.freeBytes === 0 ? places : undefined;
}

/** Bytes, and where in them a stream begins. */
interface StreamStart {
  readonly bytes: Uint8Array;
  readonly start: number;
}

function expandPlain(
  { bytes, start }: StreamStart,
  output: BoundedOutput,
  inflater: Inflater,
): number | undefined {
  const packedBytes = inflateTo(output, bytes.subarray(start, start + PACKED_BYTES_MAX), inflater);
  return packedBytes === undefined ? undefined : start + packedBytes;
}

function expandCut(
  { bytes, start }: StreamStart,
  stream: PackedStream,
  output: BoundedOutput,
  inflater: Inflater,
): number | undefined {
  const end = start + spanOfCuts(stream);
  if (end > bytes.length) return undefined;
  const pieces: Uint8Array[] = [];
  const gaps: Uint8Array[] = [];
  let at = start;
  for (const { afterBytes, gapBytes } of stream.cuts) {
    pieces.push(bytes.subarray(at, at + afterBytes));
    gaps.push(bytes.subarray(at + afterBytes, at + afterBytes + gapBytes));
    at += afterBytes + gapBytes;
  }
  pieces.push(bytes.subarray(at, end));
  const packedBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (packedBytes > PACKED_BYTES_MAX) return undefined;
  if (inflateTo(output, inflater.join(pieces), inflater) !== packedBytes) return undefined;
  return gaps.every((gap) => output.append(gap)) ? end : undefined;
}

/** @returns How many bytes the stream takes. */
function inflateTo(output: BoundedOutput, packed: Uint8Array, inflater: Inflater): number | undefined {
  const found = inflater.inflate(packed, output.room(INFLATED_BYTES_MAX));
  if (found === undefined) return undefined;
  output.advance(found.inflatedBytes);
  return found.packedBytes;
}
