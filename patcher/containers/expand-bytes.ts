import { BoundedOutput } from './bounded-output.ts';
import { INFLATED_BYTES_MAX, PACKED_BYTES_MAX } from './deflate-stream.ts';
import { type PackedStream, spanOfCuts } from './expansion.ts';
import { useInflated } from './inflate-stream.ts';

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
 * @returns `undefined` when a stream is not where it should be, or the result has another length.
 */
export function expandBytes(
  bytes: Uint8Array,
  streams: readonly PackedStream[],
  expanded: Uint8Array,
): readonly StreamPlace[] | undefined {
  const output = new BoundedOutput(expanded);
  const places: StreamPlace[] = [];
  let position = 0;
  for (const stream of streams) {
    const start = position + stream.gapBytes;
    if (start > bytes.length || !output.append(bytes.subarray(position, start))) return undefined;
    const expandedStart = output.length;
    const end =
      stream.cuts.length > 0 ? expandCut(bytes, start, stream, output) : expandPlain(bytes, start, output);
    if (end === undefined) return undefined;
    places.push({ start, end, expandedStart, expandedEnd: output.length });
    position = end;
  }
  return output.append(bytes.subarray(position)) && output.freeBytes === 0 ? places : undefined;
}

function expandPlain(bytes: Uint8Array, start: number, output: BoundedOutput): number | undefined {
  const most = Math.min(INFLATED_BYTES_MAX, output.freeBytes);
  const ahead = bytes.subarray(start, start + PACKED_BYTES_MAX);
  const packedBytes = useInflated(ahead, most, (inflated) => output.append(inflated));
  return packedBytes === undefined ? undefined : start + packedBytes;
}

function expandCut(
  bytes: Uint8Array,
  start: number,
  stream: PackedStream,
  output: BoundedOutput,
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
  const packed = Buffer.concat(pieces);
  const most = Math.min(INFLATED_BYTES_MAX, output.freeBytes);
  const packedBytes = useInflated(packed, most, (inflated) => output.append(inflated));
  if (packedBytes !== packed.length) return undefined;
  return gaps.every((gap) => output.append(gap)) ? end : undefined;
}
